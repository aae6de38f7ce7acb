/** A slice of the interleavings: every scenario that is small without faults, and the small ones with them. Counts are exact. */
import { explore } from './explore.js';
import { scenarios } from './scenarios.js';

const named = (name: string) => scenarios.find((scenario) => scenario.name === name)!;

/** States and schedules: they change only when the engine makes other calls, or a scenario is another one. */
const slice: readonly (readonly [string, number, number])[] = [
  ['trigger against purchase, without faults', 64, 64],
  ['trigger with a step against purchase, without faults', 116, 162],
  ['trigger against a newer trigger, without faults', 56, 104],
  ['trigger with a step against a newer trigger, without faults', 286, 4348],
  ['purchase against timer, without faults', 96, 80],
  ['purchase against a later cancellation, without faults', 309, 1314],
  ['purchase against an earlier cancellation, without faults', 118, 272],
  ['two purchases, without faults', 177, 240],
  ['a run whose step is executing against its cancellation, without faults', 93, 384],
  ['two events for a race, without faults', 244, 354],
  ['a trigger delivered twice, without faults', 224, 888],
  ['a trigger delivered again when its run is over, without faults', 50, 112],
  ['a purchase delivered twice, without faults', 160, 2184],
  ['a cancellation delivered twice, without faults', 36, 74],
  ['a timer that fires twice, without faults', 92, 610],
  ['a timer 3 s early against a purchase, without faults', 162, 130],
  ['a timer 10 s early against a purchase, without faults', 162, 130],
  ['the orphan timer of a dead attempt against a purchase, without faults', 35, 54],
  ['a late trigger below a floor against a purchase, pages of 1, without faults', 290, 18_342],
  ['a late trigger below a floor against a newer trigger, pages of 1, without faults', 283, 29_847],
  ['a repeated trigger against a newer one, pages of 1, without faults', 106, 12_748],
  ['a late trigger below a floor against a purchase, pages of 2, without faults', 272, 2398],
  ['a late trigger below a floor against a newer trigger, pages of 2, without faults', 249, 3757],
  ['a repeated trigger against a newer one, pages of 2, without faults', 68, 1467],
  ['two late triggers, pages of 2, without faults', 263, 3958],
  ['purchase against a late purchase, pages of 2, without faults', 282, 1820],
  ['handing over against a purchase, without faults', 63, 40],
  ['handing over against a cancellation, without faults', 80, 60],
  ['an invocation too short for a step against a purchase, without faults', 72, 47],
  ['two triggers of one second, without faults', 286, 4348],
  ['purchase and newer trigger of one second, without faults', 291, 971],
  ['purchase and cancellation of one second, without faults', 309, 1314],
  ['trigger and cancellation of one second, without faults', 93, 384],
  ['purchase of the second of a deadline against its timer, without faults', 96, 80],
  ['trigger against purchase, one death', 898, 3738],
  ['trigger against a newer trigger, one death', 956, 6445],
  ['purchase against timer, one death', 818, 2582],
  ['a cancellation delivered twice, one death', 336, 3226],
  ['a cancellation delivered twice, one call that fails, is doubled or not answered', 501, 5122],
  ['the orphan timer of a dead attempt against a purchase, one death', 291, 1743],
];

test.each(slice)('%s: all %i states keep the promise', async (name, states, interleavings) => {
  const explored = await explore(named(name));
  expect([explored.states, explored.interleavings]).toEqual([states, interleavings]);
});

test('merging states that have the same future loses neither schedules nor ends', async () => {
  for (const name of ['trigger against a newer trigger, without faults', 'purchase against timer, without faults']) {
    const merged = await explore(named(name));
    const each = await explore(named(name), { merge: false });
    expect(merged.interleavings).toBe(each.interleavings);
    expect(merged.outcomes).toEqual(each.outcomes);
    expect(merged.states).toBeLessThan(each.states);
  }
});

test('fails at a schedule whose end is not wanted, and tells its steps', async () => {
  const unwanted = {
    ...named('trigger against purchase, without faults'),
    finally: () => {
      throw new Error('this end is not wanted');
    },
  };
  await expect(explore(unwanted)).rejects.toThrow(/one at a time .* this end is not wanted/);
});
