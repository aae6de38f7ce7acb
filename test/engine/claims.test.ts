/** Places of `idempotency`, call by call: whom a place remembers, and who may come too late for what (docs/decisions/036). */
import { holdersOf } from '../../lib/engine/stored/holders.js';
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { limits } from '../../lib/limits.js';
import { ScriptedWorld, tenMs } from './scripted.js';

const periodS = 60;

function journey(more: object = {}): AnyJourney {
  const order = { key: 'data.order', period: `${periodS}s` };
  return createJourney(
    {
      id: 'check',
      triggers: [{ event: 'T' }],
      key: 'data.cart',
      waitsFor: ['P'],
      idempotency: order,
      ...more,
    } as never,
    async ({ step }: JourneyContext) => step.waitForEvent('P', { event: 'P', timeout: '1d' } as never),
  );
}

const of = (id: string) => ({ id, data: { cart: id, order: 'o1', mark: id } });
const status = (world: ScriptedWorld) =>
  Object.fromEntries(world.records.runs().map(({ trigger, status }) => [trigger.id, status]));
const holders = (world: ScriptedWorld) =>
  world.records.held().flatMap((claim) => holdersOf(claim).map(({ holder }) => holder.position.split('#')[3]));

class CountingWorld extends ScriptedWorld {
  readonly calls: string[] = [];

  override answered(what: string): void {
    this.calls.push(what);
  }
}

async function taken(world: ScriptedWorld, ...triggers: readonly (readonly [id: string, s: number])[]): Promise<void> {
  for (const [id, s] of triggers) expect(await (await world.event('T', s, of(id))).finish()).toBe('acknowledged');
}

function late(): ScriptedWorld {
  const world = new ScriptedWorld(journey());
  world.nowS = 1_000;
  return world;
}

describe('two late twins, both from more than a period before a newer event', () => {
  test.each([
    [
      'the older first',
      [
        ['a', 100],
        ['b', 130],
      ],
      { a: 'active', b: 'skipped' },
    ],
    [
      'the newer first',
      [
        ['b', 130],
        ['a', 100],
      ],
      { a: 'skipped', b: 'active' },
    ],
  ] as const)('one of them starts a run: %s', async (_name, twins, expected) => {
    const world = late();
    await taken(world, ['new', 900], ...twins);
    expect(status(world)).toEqual({ new: 'active', ...expected });
  });

  test('one of them starts a run when they come at once', async () => {
    const world = late();
    await taken(world, ['new', 900]);
    const twins = [await world.event('T', 100, of('a')), await world.event('T', 130, of('b'))];
    while (twins.some(({ ended }) => !ended)) for (const twin of twins) if (!twin.ended) await twin.next();
    expect(Object.values(status(world)).sort()).toEqual(['active', 'active', 'skipped']);
  });

  test('the late twin of a holder that a newer one has followed starts none', async () => {
    const world = late();
    await taken(world, ['a', 100], ['new', 900], ['b', 130]);
    expect(status(world)).toEqual({ a: 'active', new: 'active', b: 'skipped' });
    expect(holders(world)).toEqual(['new', 'a']);
  });

  test('an event between two holders is joined to the one in whose period it is', async () => {
    const world = late();
    await taken(world, ['a', 100], ['new', 300], ['near new', 240], ['near a', 160], ['between', 200]);
    expect(status(world)).toEqual({
      ...{ a: 'active', new: 'active', between: 'active' },
      ...{ 'near new': 'skipped', 'near a': 'skipped' },
    });
  });
});

describe('a holder among the earlier ones', () => {
  test('is known again when its trigger is delivered twice, and keeps the others', async () => {
    const world = late();
    await taken(world, ['new', 900], ['a', 100]);
    world.nowS += 10;
    await taken(world, ['a', 100], ['new', 900], ['b', 130]);
    expect(status(world)).toEqual({ new: 'active', a: 'active', b: 'skipped' });
    expect(holders(world)).toEqual(['new', 'a']);
  });

  test('that died before it put its run holds its place while it may still do so, and no longer', async () => {
    const world = late();
    await taken(world, ['new', 900]);
    const dead = await world.event('T', 100, of('a'));
    await dead.upTo('begin');
    await taken(world, ['b', 130]);
    expect(status(world)).toEqual({ new: 'active', b: 'skipped' });
    world.nowS += 165 + limits.claimMarginMs / 1_000 + 1;
    await taken(world, ['c', 131], ['a', 100]);
    expect(status(world)).toEqual({ new: 'active', b: 'skipped', c: 'active', a: 'skipped' });
    expect(holders(world)).toEqual(['new', 'c']);
  });

  test('whose attempt comes back keeps the place until that attempt is over', async () => {
    const world = late();
    await taken(world, ['new', 900]);
    await (await world.event('T', 100, of('a'))).upTo('begin');
    world.nowS += 300;
    const second = await world.event('T', 100, of('a'));
    await second.upTo('begin');
    world.nowS += 100;
    await taken(world, ['b', 130]);
    expect(await second.finish()).toBe('acknowledged');
    expect(status(world)).toEqual({ new: 'active', b: 'skipped', a: 'active' });
  });
});

test('a claim costs one write, and two beside another holder; who is skipped reads that one', async () => {
  const world = new CountingWorld(journey());
  world.nowS = 1_000;
  const counted = async (id: string, s: number) => {
    world.calls.length = 0;
    await taken(world, [id, s]);
    return world.calls.filter((call) => ['claim', 'holder', 'begin'].includes(call));
  };
  expect(await counted('b', 500)).toEqual(['claim', 'begin']);
  expect(await counted('b', 500)).toEqual(['claim', 'begin']);
  expect(await counted('c', 510)).toEqual(['claim', 'holder', 'begin']);
  expect(await counted('d', 700)).toEqual(['claim', 'claim', 'begin']);
  expect(await counted('a', 300)).toEqual(['claim', 'claim', 'begin']);
  expect(await counted('e', 490)).toEqual(['claim', 'holder', 'begin']);
});

describe('a place', () => {
  test('forgets holders whose twins would be refused as too late', async () => {
    const world = new ScriptedWorld(journey({ acceptLate: '1h' }));
    world.nowS = 1_000;
    await taken(world, ['a', 100], ['b', 900]);
    world.nowS = 100 + 3_600 + periodS + limits.claimMarginMs / 1_000 + 1;
    await taken(world, ['c', 3_000]);
    expect(holders(world)).toEqual(['c', 'b']);
  });

  test('is kept as long as the one of its holders that may have the latest twin', async () => {
    const world = late();
    await taken(world, ['new', 900]);
    const [before] = world.records.held();
    world.nowS = 500_000;
    await taken(world, ['a', 100]);
    const [after] = world.records.held();
    expect(after!.expiresAtS).toBeGreaterThan(before!.expiresAtS);
    await taken(world, ['b', 1_000]);
    expect(world.records.held()[0]!.expiresAtS).toBeGreaterThanOrEqual(after!.expiresAtS);
  });

  test('with as many holders as it remembers forgets the oldest, and takes nobody in who is older than all', async () => {
    const world = new ScriptedWorld(journey());
    world.nowS = 100 * (limits.earlierHolders + 3);
    const many = Array.from({ length: limits.earlierHolders + 2 }, (_, n) => [`e${n + 1}`, 100 * (n + 1)] as const);
    await taken(world, ...many);
    expect(holders(world)).toHaveLength(limits.earlierHolders + 1);
    expect(holders(world)).not.toContain('e1');
    await taken(world, ['late', 101]);
    expect(status(world).late).toBe('active');
    expect(holders(world)).not.toContain('late');
  });

  test('of old, without a list, is read and gets one', async () => {
    const world = late();
    await taken(world, ['new', 900]);
    const [{ rev: _rev, earlier: _earlier, ...old }] = world.records.held() as never as [Record<string, unknown>];
    expect(world.records.held()).toEqual([old]);
    await taken(world, ['a', 100], ['b', 130]);
    expect(status(world)).toEqual({ new: 'active', a: 'active', b: 'skipped' });
  });
});

test('a singleton’s place is kept as long as the timer of its run may come, however short acceptLate is', async () => {
  const world = new ScriptedWorld(
    journey({
      idempotency: undefined,
      singleton: { mode: 'skip', key: 'data.order' },
      acceptLate: '1h',
      maxDuration: '1d',
    }),
  );
  await taken(world, ['a', 0]);
  const aliveS = 86_400 + (limits.busRetryMs + limits.deadLetterRetentionMs) / 1_000;
  world.records.forget(tenMs + aliveS * 1_000);
  await taken(world, ['b', aliveS]);
  expect(status(world)).toMatchObject({ b: 'skipped' });
});
