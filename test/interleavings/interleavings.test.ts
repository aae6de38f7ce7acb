/** A slice of the interleavings: every scenario of few states. Counts are exact. The larger ones: interleavings.slow.test.ts. */
import { BrokenSchedule, explore, replay } from './explore.js';
import { scenarios } from './scenarios.js';
import { fewStates, slice } from './slice.js';
import type { ExploredWorld } from './world.js';

const named = (name: string) => scenarios.find((scenario) => scenario.name === name)!;

test.each(slice.filter(([, states]) => states <= fewStates))(
  '%s: all %i states keep the promise',
  async (name, states, interleavings) => {
    const explored = await explore(named(name));
    expect([explored.states, explored.interleavings]).toEqual([states, interleavings]);
  },
);

test('merging states that have the same future loses neither schedules nor ends', async () => {
  for (const name of ['trigger against a newer trigger, without faults', 'purchase against timer, without faults']) {
    const merged = await explore(named(name));
    const each = await explore(named(name), { merge: false });
    expect(merged.interleavings).toBe(each.interleavings);
    expect(merged.outcomes).toEqual(each.outcomes);
    expect(merged.states).toBeLessThan(each.states);
  }
});

test('fails at a schedule whose end is not wanted, and tells its steps and how to play it again', async () => {
  // One at a time nobody finds a run held, so nobody comes back: only a schedule can.
  const nobodyComesBack = {
    ...named('a trigger delivered twice, without faults'),
    finally: (world: ExploredWorld) => {
      const again = world.actors.find(({ due }) => due.label.endsWith('try 2'));
      if (again) throw new Error(`${again.due.label} is not wanted`);
    },
  };
  const broken = await explore(nobodyComesBack).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(broken instanceof BrokenSchedule)) throw new Error(`expected a BrokenSchedule, got ${broken}`);
  expect(broken.message).toMatch(
    /T1( twin)? try 2 is not wanted\n1\. T1: begin\n(.*\n)*\d+\. T1( twin)? try 2 begins\n/,
  );
  expect(broken.message).toContain(`--only "${nobodyComesBack.name}" --schedule ${broken.schedule}`);
  await expect(replay(nobodyComesBack, broken.schedule)).rejects.toThrow(broken.message);
  await expect(replay(named(nobodyComesBack.name), broken.schedule)).resolves.toEqual(broken.choices);
});

test('fails at a delivery that breaks the promise even alone', async () => {
  const unwanted = {
    ...named('trigger against purchase, without faults'),
    finally: () => {
      throw new Error('this end is not wanted');
    },
  };
  await expect(explore(unwanted)).rejects.toThrow(/one at a time .* this end is not wanted/);
});

test('explores no more states than a scenario says, and then counts no schedules', async () => {
  const bounded = { ...named('a trigger delivered twice, without faults'), mostStates: 100 };
  const { states, interleavings } = await explore(bounded);
  expect(states).toBeGreaterThanOrEqual(100);
  expect(states).toBeLessThan(224);
  expect(interleavings).toBeUndefined();
});
