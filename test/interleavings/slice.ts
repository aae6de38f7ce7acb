/**
 * The small scenarios with their sizes: what the tests explore, and what broken engines are held against.
 *
 * Counts are exact: they change only when the engine makes other calls, or a scenario is another one.
 */

/** Up to so many the fast tests explore them, above it the slow ones. */
export const fewStates = 150;

/** Name, states, interleavings. */
export const slice: readonly (readonly [string, number, number])[] = [
  ['trigger against purchase, without faults', 64, 64],
  ['trigger with a step against purchase, without faults', 116, 162],
  ['trigger against a newer trigger, without faults', 56, 104],
  ['trigger with a step against a newer trigger, without faults', 298, 4348],
  ['purchase against timer, without faults', 96, 80],
  ['purchase against a later cancellation, without faults', 309, 1314],
  ['purchase against an earlier cancellation, without faults', 118, 272],
  ['two purchases, without faults', 177, 240],
  ['a run whose step is executing against its cancellation, without faults', 95, 384],
  ['two events for a race, without faults', 244, 354],
  ['two events that one wait needs, without faults', 105, 142],
  ['the last event that a wait needs against its timer, without faults', 168, 220],
  ['the last event that a wait needs against an earlier one of the first, without faults', 144, 191],
  ['the last event that a wait needs against a cancellation between the two, without faults', 118, 272],
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
  ['handing over against a cancellation, without faults', 81, 60],
  ['an invocation too short for a step against a purchase, without faults', 76, 47],
  ['two triggers of one second, without faults', 298, 4348],
  ['purchase and newer trigger of one second, without faults', 291, 971],
  ['purchase and cancellation of one second, without faults', 309, 1314],
  ['trigger and cancellation of one second, without faults', 95, 384],
  ['purchase of the second of a deadline against its timer, without faults', 96, 80],
  ['trigger against purchase, one death', 906, 3738],
  ['trigger against a newer trigger, one death', 964, 6445],
  ['purchase against timer, one death', 824, 2582],
  ['a cancellation delivered twice, one death', 336, 3226],
  ['a cancellation delivered twice, one call that fails, is doubled or not answered', 501, 5122],
  ['the orphan timer of a dead attempt against a purchase, one death', 295, 1743],
  ['a late trigger that no newer one cancels any more against a purchase, pages of 2, without faults', 623, 187_057],
  ['a run written away after an exception against a purchase, without faults', 747, 6856],
  ['a run written away after an exception against a cancellation, without faults', 216, 382],
  ['a look whose answer comes after the deadline against the timer, without faults', 159, 846],
  ['a run written away after an exception against an event that nobody awaits, without faults', 169, 577],
  ['a run of two steps against its cancellation, without faults', 68, 97],
  ['two events for a race whose run goes on, without faults', 732, 3194],
  ['handing over beside the timer that goes on, without faults', 15, 1],
  ['handing over beside the timer that goes on, one death', 143, 14],
  ['two triggers of one order, without faults', 41, 40],
  ['two late triggers of one order, after a newer one, without faults', 72, 120],
  ['a return against the timeout of its call, without faults', 102, 151],
  ['a trigger against an event that comes elsewhere, without faults', 160, 4075],
];

/** Broken engines that none of those gives away are held against these too, which are too large for the fast tests. */
export const wider: readonly string[] = [
  'a run of two steps against its cancellation, one death',
  'two events for a race, one death',
  'a repeated trigger against a newer one, pages of 1, one death',
  'a late trigger below a floor against a newer trigger, pages of 1, one death',
  'two triggers after an older one, pages of 1, one death',
];
