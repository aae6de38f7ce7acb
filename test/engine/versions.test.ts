/** A run finishes with the code it began with, whatever is deployed meanwhile (docs/decisions/020). */
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import { Deployments } from './deployments.js';

const definition = {
  id: 'check',
  triggers: [{ event: 'T' }],
  key: 'data.cart',
  waitsFor: ['P'],
  retries: 0,
} as const;

interface Tools {
  waitForEvent(id: string, wait: object): Promise<unknown>;
  run(id: string, fn: () => unknown): Promise<unknown>;
}

/** Waits for P for 100 s, in a step whose name differs from one generation of the code to the next. */
function generation(name: string, options: object = {}): AnyJourney {
  return createJourney({ ...definition, ...options }, (async ({ step }: never) => {
    const tools = step as Tools;
    const bought = await tools.waitForEvent(`wait of ${name}`, { event: 'P', timeout: '100s' });
    await tools.run(`step of ${name}`, () => name);
    return `${bought === null ? 'reminded' : 'bought'} by ${name}`;
  }) as never);
}
const [old, newer, newest] = ['old', 'newer', 'newest'].map((name) => generation(name)) as [
  AnyJourney,
  AnyJourney,
  AnyJourney,
];
const cancelling = { cancelOn: [{ event: 'T' }] };

let world: Deployments;
beforeEach(() => {
  world = new Deployments();
});

describe('a run that waits while its code is deployed again', () => {
  test('takes an event with the code it began with', async () => {
    world.deploy(old);
    await world.event('T', 0);
    world.deploy(newer);
    await world.event('P', 5);
    expect(world.run('T0').status).toBe('active');
    await world.arrive();
    expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'bought by old', codeVersion: '1' });
    expect(world.timers.size).toBe(0);
  });

  test('times out with it, without any forward: its timer names its version', async () => {
    world.deploy(old);
    await world.event('T', 0);
    world.deploy(newer);
    await world.fire('wait of old');
    expect(world.run('T0')).toMatchObject({ status: 'completed', output: 'reminded by old' });
    expect(world.calls).not.toContain('forward');
  });

  test('times out with it although its timer was set by another version', async () => {
    world.deploy(old);
    await world.event('T', 0);
    const other = world.deploy(newer);
    await world.fire('wait of old', other);
    expect(world.run('T0').status).toBe('active');
    await world.arrive();
    expect(world.run('T0')).toMatchObject({ output: 'reminded by old' });
  });

  test('is cancelled by it, and leaves no timer', async () => {
    world.deploy(generation('old', cancelling));
    await world.event('T', 0);
    world.deploy(generation('newer', cancelling));
    await world.event('T', 5);
    await world.arrive();
    expect(world.run('T0')).toMatchObject({ status: 'cancelled', codeVersion: '1' });
    expect(world.run('T5')).toMatchObject({ status: 'active', codeVersion: '2' });
    expect([...world.timers.values()].map(({ step }) => step)).toEqual(['wait of newer']);
  });

  test('is cancelled by its own definition only', async () => {
    world.deploy(old);
    await world.event('T', 0);
    world.deploy(generation('newer', cancelling));
    await world.event('T', 5);
    await world.arrive();
    expect(world.run('T0').status).toBe('active');
  });

  test('is decided in event order although its version looks late', async () => {
    world.deploy(old);
    await world.event('T', 0);
    world.deploy(newer);
    await world.event('P', 50);
    await world.fire('wait of old');
    expect(world.run('T0')).toMatchObject({ output: 'bought by old' });
    await world.arrive();
    expect(world.run('T0')).toMatchObject({ output: 'bought by old' });
  });

  test('begins with the code that is live, although another version is told of its trigger', async () => {
    world.deploy(old);
    await world.event('T', 0);
    world.deploy(newer);
    await world.event('T', 5);
    await world.arrive();
    expect(world.records.runs()).toHaveLength(2);
    expect(world.run('T5').codeVersion).toBe('2');
  });
});

describe('forwarding', () => {
  test('costs nothing where all runs are of one version', async () => {
    world.deploy(old);
    world.deploy(newer);
    await world.event('T', 0);
    await world.event('P', 5);
    expect(world.calls).toEqual(['begin', 'look', 'note', 'look', 'commit', 'commit']);
    expect(world.facts).not.toContainEqual(expect.objectContaining({ kind: 'forwarded' }));
  });

  test('tells each other version once, however many runs it has, and however often it looks', async () => {
    world.deploy(old);
    await world.event('T', 0);
    await world.event('T', 1);
    world.deploy(newer);
    await world.event('T', 2);
    await world.arrive();
    world.deploy(newest);
    await world.event('P', 5);
    expect(world.forwards.map(({ version }) => version)).toEqual(['1', '2']);
    await world.arrive();
    expect(world.records.runs().map(({ output }) => output)).toEqual([
      'bought by old',
      'bought by old',
      'bought by newer',
    ]);
  });

  test('is one hop: a version that was told tells no other', async () => {
    world.deploy(old);
    await world.event('T', 0);
    world.deploy(newer);
    await world.event('T', 1);
    world.forwards.length = 0;
    world.deploy(newest);
    await world.event('P', 5);
    await world.arrive();
    expect(world.forwards).toEqual([]);
  });

  test('is a duplicate that changes nothing when it arrives twice', async () => {
    world.deploy(old);
    await world.event('T', 0);
    world.deploy(newer);
    await world.event('P', 5);
    world.forwards.push(...world.forwards);
    await world.arrive();
    const { rev } = world.run('T0');
    await world.event('P', 5);
    await world.arrive();
    expect(world.run('T0')).toMatchObject({ output: 'bought by old', rev });
  });

  test('fails with its cause unacknowledged, after the own runs were settled, and goes on when the cause comes back', async () => {
    world.deploy(old);
    await world.event('T', 0);
    world.deploy(newer);
    await world.event('T', 1);
    world.forwards.length = 0;
    world.failingForwards = 1;
    await expect(world.event('P', 5)).rejects.toThrow('the forward fails');
    expect(world.run('T1')).toMatchObject({ output: 'bought by newer' });
    expect(world.run('T0').status).toBe('active');
    await world.event('P', 5);
    await world.arrive();
    expect(world.run('T0')).toMatchObject({ output: 'bought by old' });
  });

  test('goes to the version of a run that this very cause has ended, which may have died before cleaning up', async () => {
    world.deploy(old);
    await world.event('T', 0);
    const timers = new Map(world.timers);
    await world.event('P', 5);
    for (const [name, timer] of timers) world.timers.set(name, timer);
    world.deploy(newer);
    await world.event('P', 5);
    await world.arrive();
    expect(world.timers.size).toBe(0);
  });
});

describe('a run whose version is gone', () => {
  test('goes on with the code that finds it, if that fits what is on record', async () => {
    world.deploy(old);
    await world.event('T', 0);
    world.remove('1');
    world.deploy(generation('old', { retries: 1 }));
    await world.event('P', 5);
    expect(world.run('T0')).toMatchObject({ output: 'bought by old', codeVersion: '2' });
  });

  test('fails with NonDeterminism if it does not fit, and leaves no timer', async () => {
    world.deploy(old);
    await world.event('T', 0);
    world.remove('1');
    world.deploy(newer);
    await world.event('P', 5);
    expect(world.run('T0')).toMatchObject({ status: 'failed', error: { name: 'NonDeterminism' } });
    expect(world.facts).toContainEqual({ kind: 'versionGone', version: '1' });
    expect(world.timers.size).toBe(0);
  });

  test.each([
    ['calls a step of that name, but of another kind', (tools: Tools) => tools.run('wait of old', () => 'ran')],
    ['ends without the step on record', async () => 'ended'],
  ])('fails with NonDeterminism if the new code %s', async (_, body) => {
    world.deploy(old);
    await world.event('T', 0);
    world.remove('1');
    world.deploy(createJourney(definition, (({ step }: never) => body(step)) as never));
    await world.event('P', 5);
    expect(world.run('T0')).toMatchObject({ status: 'failed', error: { name: 'NonDeterminism' } });
    expect(world.run('T0').steps.get('wait of old')).toMatchObject({ kind: 'wait', state: 'waiting' });
  });

  test('is looked for when what was forwarded to it comes back to another version', async () => {
    world.deploy(old);
    await world.event('T', 0);
    const live = world.deploy(generation('old', { retries: 1 }));
    await world.event('P', 5);
    world.remove('1');
    const { version, cause, own } = world.forwards.splice(0)[0]!;
    await world.deliver(live, { kind: 'forwarded', version, cause, own, requestId: 'r' });
    expect(world.run('T0')).toMatchObject({ output: 'bought by old' });
  });

  test('fails to be taken over by an older version', async () => {
    const older = world.deploy(old);
    world.deploy(newer);
    await world.event('T', 0);
    world.remove('2');
    await expect(world.event('P', 5, { at: older })).rejects.toMatchObject({
      name: 'UnreachableVersion',
      message: expect.stringContaining('Fix: deploy again'),
    });
    expect(world.run('T0')).toMatchObject({ status: 'active', codeVersion: '2' });
  });
});

describe('a latest-wins journey across deployments', () => {
  test('sets no floor above a run that only its own version can end', async () => {
    world.deploy(generation('old', cancelling));
    await world.event('T', 0);
    world.deploy(generation('newer', cancelling));
    await world.event('T', 5);
    await world.event('P', 6);
    expect(world.run('T5')).toMatchObject({ output: 'bought by newer' });
    expect(world.run('T5').floor).toBeUndefined();
    expect(world.run('T0').status).toBe('active');
    await world.arrive();
    expect(world.run('T0').status).toBe('cancelled');
  });

  test('leaves it to the version of a late trigger to see that its run is over', async () => {
    world.deploy(generation('old', cancelling));
    await world.event('T', 0);
    world.deploy(generation('newer', cancelling));
    await world.event('T', 5);
    await world.event('T', 0);
    await world.arrive();
    expect(world.run('T0').status).toBe('cancelled');
  });
});
