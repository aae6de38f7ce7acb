/** One attempt that visits several homes, or one home more than once: what it has done for one run it has done for no other. */
import type { Engine } from '../../lib/engine/handle.js';
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { ScriptedWorld, userFunction } from './scripted.js';

/** Cancelled by any X, which is told and followed. */
const cancelledByAny = createJourney(
  {
    ...{ id: 'check', triggers: [{ event: 'T' }], key: 'data.cart', waitsFor: ['P'] },
    cancelOn: [{ event: 'X', match: null }],
    onCancel: async () => 'undone',
  },
  async ({ step }) => step.waitForEvent('P', { event: 'P', timeout: '10h' }),
);

class TellingWorld extends ScriptedWorld {
  override engine(): Engine {
    return { ...super.engine(), lifecycleEvents: ['cancelled'] };
  }
}

test('a send that was repeated with another key begins two runs; the end of each is told and followed, and leaves no pointer', async () => {
  const world = new TellingWorld(cancelledByAny);
  for (const cart of ['1', '2']) await (await world.event('T', 1, { id: 'S', hops: 1, data: { cart } })).finish();

  expect(await (await world.event('X', 9, { data: {} })).finish()).toBe('acknowledged');

  const runs = world.records.runs().map(({ pk, status }) => `${pk.split('|')[1]} ${status}`);
  expect(runs.sort()).toEqual(['after completed', 'after completed', 'key cancelled', 'key cancelled']);
  expect(world.sent.map(({ data }) => (data as { key: string }).key).sort()).toEqual(['1', '2']);
  expect(world.pointers.all()).toEqual([]);
  expect(world.timersOf()).toEqual([]);
});

/** Mails when the first P comes, by its key or by its account. */
const mailing = (byKey: boolean): AnyJourney =>
  createJourney(
    {
      ...{ id: 'check', triggers: [{ event: 'T' }], key: 'data.cart' },
      waitsFor: [
        ...(byKey ? ['P' as never] : [{ event: 'P' as never, match: 'data.user' }]),
        { event: 'P' as never, match: 'data.account' },
      ],
    },
    async ({ step }: JourneyContext) => {
      const wait = { event: 'P', timeout: '10m' };
      await Promise.race([
        step.waitForEvent('P', { ...wait, ...(!byKey && { match: 'data.user' }) } as never),
        step.waitForEvent('PA', { ...wait, match: 'data.account' } as never),
      ]);
      await step.run('mail', userFunction('mail'));
      await step.sleep('s', '1m');
    },
  );

describe.each([
  ['its own home by a pointer, too', true],
  ['a home by two pointers', false],
])('an event that finds %s', (_how, byKey) => {
  test('starts no function again in one attempt whose writes fail', async () => {
    const world = new ScriptedWorld(mailing(byKey));
    let mails = 0;
    world.functions.mail = () => {
      mails += 1;
      return 'sent';
    };
    const data = { cart: '42', account: 'a1', user: 'u1' };
    await (await world.event('T', 1, { data })).finish();
    const invocation = await (await world.event('P', 5, { data })).through('function mail');

    let failed = 0;
    while (!invocation.ended) {
      const fails = invocation.at === 'commit' && failed < 2;
      if (fails) failed += 1;
      await invocation.next(fails ? 'fails' : 'ok');
    }

    expect([invocation.at, failed, mails]).toEqual(['threw Error', 2, 1]);
    world.nowS += 200;
    expect(await (await world.event('P', 5, { data })).finish()).toBe('acknowledged');
    expect(world.step('T1', 'mail')).toBe('done');
    expect(mails).toBe(2);
  });
});
