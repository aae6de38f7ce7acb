/** What newer code knows of the calls that are on record: which may be under way, and under which id (docs/decisions/020, 038). */
import { replay } from '../../lib/engine/code/replay.js';
import type { RunDocument, Step } from '../../lib/engine/stored/document.js';
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import { referenceJourney } from '../../lib/journey/index.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { runWith, tenMs, waiting } from './documents.js';

const child = referenceJourney<AnyJourney>('child');
const turn = { macrotask: () => new Promise<void>((resolve) => setImmediate(resolve)), moment: async () => {} };

const sent = (seq: number, id: string): Step =>
  ({ kind: 'send', state: 'done', attempt: 0, seq, doneAtMs: tenMs, result: { ids: [id] } }) as Step;
const awaited = (id: string): Step => ({ ...waiting('sojourn/returned.check', 0, 100), call: id }) as Step;
const back = (seq: number, id: string): Step => ({ ...awaited(id), state: 'timedOut', seq }) as Step;

/** @returns the ids of the calls that may be under way. */
async function underWay(
  code: (call: (id: string) => Promise<unknown>, context: JourneyContext) => unknown,
  run: RunDocument,
) {
  const journey = createJourney(
    { id: 'check', triggers: [{ event: 'T' }], key: 'data.cart', invokes: [child], waitsFor: ['P'] } as never,
    async (context: JourneyContext) =>
      code((id) => context.step.invoke(id, { journey: child, data: {}, timeout: '100s' } as never), context),
  );
  const plan = await replay({ journey, timeoutsMs: {} }, run, turn);
  return { next: plan.next, calls: plan.calls.map(({ id, call }) => [id, call.id]) };
}

test('a call keeps the id that it was made with, though newer code makes another one before it', async () => {
  const run = runWith({ a: sent(1, 'call-a'), 'a (return)': awaited('call-a') });
  const both = await underWay((call) => Promise.all([call('b'), call('a')]), run);
  expect(both).toEqual({ next: 'code', calls: [['call-a', 'call-a']] });
});

test('a call that is back on record is not under way, though the code fits the record no more', async () => {
  const run = runWith({ a: sent(1, 'call-a'), 'a (return)': back(2, 'call-a'), w: waiting('P', 0, 50) });
  const changed = await underWay((call, { step }) => Promise.all([call('a'), step.sleep('w', '10s')]), run);
  expect(changed).toEqual({ next: 'threw', calls: [] });
});

test('a call that is awaited still is under way, though the code fits the record no more', async () => {
  const run = runWith({ a: sent(1, 'call-a'), 'a (return)': awaited('call-a'), w: waiting('P', 0, 50) });
  const changed = await underWay((call, { step }) => Promise.all([call('a'), step.sleep('w', '10s')]), run);
  expect(changed).toEqual({ next: 'threw', calls: [['call-a', 'call-a']] });
});
