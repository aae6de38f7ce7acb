/** The one clock: what falls due, in which order, and what settling and advancing wait for. */
import { VirtualClock } from '../../lib/sandbox/time/clock.js';
import { type DueKind, Timeline } from '../../lib/sandbox/time/timeline.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function frozen() {
  const timeline = new Timeline(new VirtualClock('frozen', 1_000));
  const seen: string[] = [];
  /** Something due that takes some real time. */
  const add = (what: string, dueMs: number, kind: DueKind = 'schedule', onStart: () => void = () => undefined) =>
    timeline.add({ kind, dueMs, what }, () => {
      seen.push(`${what} begins at ${timeline.nowMs()}`);
      onStart();
      timeline.track(
        pause(10).then(() => {
          seen.push(`${what} ends at ${timeline.nowMs()}`);
        }),
      );
    });
  return { timeline, seen, add };
}

test('an advance sets the clock to each due thing, and waits until it is over before the next', async () => {
  const { timeline, seen, add } = frozen();
  add('b', 3_000);
  add('a', 2_000);
  add('c', 9_000);
  const { nowMs, fired } = await timeline.advance({ ms: 4_000 });
  expect(seen).toEqual(['a begins at 2000', 'a ends at 2000', 'b begins at 3000', 'b ends at 3000']);
  expect([nowMs, timeline.nowMs(), fired.map(({ what }) => what)]).toEqual([5_000, 5_000, ['a', 'b']]);
  expect(timeline.due()).toMatchObject([{ what: 'c' }]);
});

test('what is due at the same instant begins together, in the order in which it was added', async () => {
  const { timeline, seen, add } = frozen();
  add('a', 2_000);
  add('b', 2_000);
  await timeline.advance({ ms: 1_000 });
  expect(seen.slice(0, 2)).toEqual(['a begins at 2000', 'b begins at 2000']);
});

test('what is added on the way counts, also when it is due at once', async () => {
  const { timeline, seen, add } = frozen();
  add('a', 2_000, 'schedule', () => {
    add('a2', 2_000);
    add('a3', 2_500);
  });
  await timeline.advance({ ms: 2_000 });
  expect(seen.filter((line) => line.includes('begins'))).toEqual([
    'a begins at 2000',
    'a2 begins at 2000',
    'a3 begins at 2500',
  ]);
});

test('what is taken off the agenda does not happen', async () => {
  const { timeline, seen, add } = frozen();
  const cancelA = add('a', 3_000);
  add('b', 2_000, 'schedule', cancelA);
  await timeline.advance({ ms: 5_000 });
  expect(seen).toEqual(['b begins at 2000', 'b ends at 2000']);
});

test('the next timer is the next schedule; without any it is whatever comes next', async () => {
  const { timeline, add } = frozen();
  add('retry', 2_000, 'function-retry');
  add('timer', 3_000);
  add('later', 4_000);
  expect((await timeline.advance('next-timer')).fired.map(({ what }) => what)).toEqual(['retry', 'timer']);
  expect(timeline.nowMs()).toBe(3_000);
  const other = frozen();
  other.add('retry', 2_000, 'function-retry');
  other.add('retry 2', 3_000, 'function-retry');
  expect((await other.timeline.advance('next-timer')).fired.map(({ what }) => what)).toEqual(['retry']);
  expect(await frozen().timeline.advance('next-timer')).toEqual({ nowMs: 1_000, fired: [] });
});

test('the clock does not move while something is in flight, and two advances come one after the other', async () => {
  const { timeline, seen, add } = frozen();
  add('a', 1_500);
  timeline.track(
    pause(20).then(() => {
      seen.push(`in flight until ${timeline.nowMs()}`);
    }),
  );
  const [first, second] = await Promise.all([timeline.advance({ ms: 1_000 }), timeline.advance({ ms: 1_000 })]);
  expect(seen[0]).toBe('in flight until 1000');
  expect([first.nowMs, second.nowMs]).toEqual([2_000, 3_000]);
});

test('a frozen clock starts what is due already, and nothing else, without an advance', async () => {
  const { timeline, seen, add } = frozen();
  add('now', 1_000);
  add('soon', 1_001);
  await timeline.settle();
  await pause(20);
  expect(seen).toEqual(['now begins at 1000', 'now ends at 1000']);
});

test('settling waits for what is in flight and for what that starts', async () => {
  const { timeline } = frozen();
  const seen: string[] = [];
  const chain = async (left: number): Promise<void> => {
    await pause(5);
    seen.push(`link ${left}`);
    if (left > 0) timeline.track(chain(left - 1));
  };
  timeline.track(chain(2));
  await timeline.settle();
  expect(seen).toEqual(['link 2', 'link 1', 'link 0']);
});

test('a running clock goes on from where it was advanced to, and never back', async () => {
  const clock = new VirtualClock('running', 1_000_000);
  const timeline = new Timeline(clock);
  await timeline.advance({ ms: 500_000 });
  const now = timeline.nowMs();
  expect(now).toBeGreaterThanOrEqual(1_500_000);
  expect(now).toBeLessThan(1_505_000);
  clock.setMs(1);
  expect(timeline.nowMs()).toBeGreaterThanOrEqual(now);
  await pause(15);
  expect(timeline.nowMs()).toBeGreaterThan(now);
  timeline.close();
});
