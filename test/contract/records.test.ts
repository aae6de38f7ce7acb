/** The contract of the records port, on every implementation. */

import type { Cancellation, Records } from '../../lib/engine/ports.js';
import type { Cause, Claim, RunDocument, Steps } from '../../lib/engine/stored/document.js';
import type { Position } from '../../lib/engine/stored/event.js';
import { at, by, cartPosition, lease, record, run, second, tenMs, waitingSteps } from './documents.js';
import { type RecordsWorld, recordsWorlds } from './records-worlds.js';

const from = at('2026-11-01T00:00:00Z');
const cancellation: Cancellation = {
  by: 'e9' as Cause,
  cancelledBy: { id: 'e9', name: 'cart/product.added', source: 'shop', timeMs: tenMs + 60_000, hops: 0 },
  endedAtMs: tenMs + 61_234,
  expiresAtS: 1_799_748_000,
  floor: false,
};

describe.each(recordsWorlds)('records on %s', (_name, open) => {
  let world: RecordsWorld;
  let records: Records;
  let partitions = 0;
  /** A partition of its own for every test. */
  const partition = () => `abandoned-cart|key|s:${++partitions}`;

  beforeAll(async () => {
    world = await open();
    records = world.records;
  });
  afterAll(() => world.close());

  async function stored(pk: string): Promise<RunDocument | undefined> {
    return (await records.look(pk, { from })).runs[0];
  }

  describe('begin', () => {
    test('puts a new run that is then seen as it was put', async () => {
      const document = run(partition(), { lease });
      expect(await records.begin(document)).toEqual({ outcome: 'done' });
      expect(await stored(document.pk)).toEqual(document);
    });

    test('fails with what the run has become, when it exists', async () => {
      const first = run(partition());
      await records.begin(first);
      await records.commit({ ...first, rev: 2, status: 'completed', output: 1, expiresAtS: 9 }, { rev: 1 });
      expect(await records.begin({ ...first, by: by('other') })).toEqual({
        outcome: 'lost',
        stored: { ...first, rev: 2, status: 'completed', output: 1, expiresAtS: 9 },
      });
    });

    test('fails with the own document when only the acknowledgement was lost', async () => {
      const document = run(partition(), { lease });
      await records.begin(document);
      expect(await records.begin(document)).toEqual({ outcome: 'lost', stored: document });
      expect(await stored(document.pk)).toEqual(document);
    });

    test('lets exactly one of two duplicates through', async () => {
      const document = run(partition());
      const outcomes = await Promise.all([records.begin(document), records.begin({ ...document, by: by('b') })]);
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['done', 'lost']);
    });

    test('keeps two runs of one key apart', async () => {
      const pk = partition();
      await records.begin(run(pk, { position: second(1, '0#00#A') }));
      await records.begin(run(pk, { position: second(1, '0#00#AB') }));
      expect((await records.look(pk, { from })).runs.map(({ position }) => position)).toEqual([
        second(1, '0#00#AB'),
        second(1, '0#00#A'),
      ]);
    });
  });

  describe('note', () => {
    test('records an event that is then seen as it was noted', async () => {
      const noted = record(partition(), second(5, '1#00#e1'));
      await records.note(noted, { firstWins: false });
      expect(await records.look(noted.pk, { from })).toEqual({ runs: [], events: [noted] });
    });

    test('is idempotent for an event from outside', async () => {
      const noted = record(partition(), second(5, '1#00#e1'));
      await records.note(noted, { firstWins: false });
      await records.note(noted, { firstWins: false });
      expect((await records.look(noted.pk, { from })).events).toEqual([noted]);
    });

    test('keeps the first content of a sent event', async () => {
      const first = record(partition(), second(5, '1#01#e1'), { version: 1 });
      await records.note(first, { firstWins: true });
      await records.note({ ...first, event: { ...first.event, data: { version: 2 } } }, { firstWins: true });
      expect((await records.look(first.pk, { from })).events).toEqual([first]);
    });

    test('keeps an event without its data', async () => {
      const noted = record(partition(), second(5, '1#00#e1'));
      const { data: _none, ...event } = noted.event;
      await records.note({ ...noted, event }, { firstWins: false });
      expect((await records.look(noted.pk, { from })).events).toEqual([{ ...noted, event }]);
    });
  });

  describe('look', () => {
    const runAt = second(10, '0#00#r');
    const positions = [second(1, '1#00#a'), second(1, '1#00#ab'), second(1, '1#01#a'), runAt, second(11, '1#00#-')];

    async function filled(): Promise<string> {
      const pk = partition();
      for (const position of positions) {
        if (position === runAt) await records.begin(run(pk, { position }));
        else await records.note(record(pk, position), { firstWins: false });
      }
      return pk;
    }

    /** All positions of a page, runs and events, newest first. */
    function seen(page: Awaited<ReturnType<Records['look']>>): Position[] {
      const all = [...page.runs, ...page.events].map(({ position }) => position);
      return all.sort().reverse();
    }

    test('reads runs and events of one partition only, each newest first', async () => {
      const pk = await filled();
      await filled();
      const page = await records.look(pk, { from });
      expect(page.runs.map(({ position }) => position)).toEqual([runAt]);
      expect(page.events.map(({ position }) => position)).toEqual(positions.filter((p) => p !== runAt).reverse());
      expect(page.before).toBeUndefined();
    });

    test('finds nothing where nothing is', async () => {
      expect(await records.look(partition(), { from })).toEqual({ runs: [], events: [] });
    });

    test.each([
      ['a second', '2026-11-22T10:00:10Z', 2],
      ['the very position of an item', '2026-11-22T10:00:10Z#0#00#r', 2],
      ['just above an item', '2026-11-22T10:00:10Z#0#00#r0', 1],
      ['an id that others begin with', '2026-11-22T10:00:01Z#1#00#a', 5],
      ['a deadline', '2026-11-22T10:00:10Z#2#500', 1],
      ['beyond everything', '2026-11-22T10:00:12Z', 0],
    ])('begins at `from`, inclusive: %s', async (_what, bound, count) => {
      const page = await records.look(await filled(), { from: at(bound) });
      expect(seen(page)).toEqual(count === 0 ? [] : positions.slice(-count).reverse());
    });

    test.each([
      ['a second', '2026-11-22T10:00:10Z', 3],
      ['the very position of a run', '2026-11-22T10:00:10Z#0#00#r', 3],
      ['the very position of an event', '2026-11-22T10:00:11Z#1#00#-', 4],
      ['an id that begins with another', '2026-11-22T10:00:01Z#1#00#ab', 1],
      ['an id that others begin with', '2026-11-22T10:00:01Z#1#00#a', 0],
      ['just above an item', '2026-11-22T10:00:10Z#0#00#r0', 4],
      ['a deadline', '2026-11-22T10:00:10Z#2#500', 4],
    ])('ends before `before`, exclusive: %s', async (_what, bound, count) => {
      const page = await records.look(await filled(), { from, before: at(bound) });
      expect(seen(page)).toEqual(positions.slice(0, count).reverse());
    });

    test('is empty when nothing lies between the bounds, also in the wrong order', async () => {
      const pk = await filled();
      expect(await records.look(pk, { from: runAt, before: runAt })).toEqual({ runs: [], events: [] });
      expect(await records.look(pk, { from: runAt, before: positions[0]! })).toEqual({ runs: [], events: [] });
    });

    test.each([1, 2, 3, 4, 5, 6])('in pages of %i sees everything once, newest first', async (limit) => {
      const pk = await filled();
      const all: Position[] = [];
      let before: Position | undefined;
      do {
        const page = await records.look(pk, { from, limit, ...(before && { before }) });
        const inPage = seen(page);
        expect(inPage.length).toBeLessThanOrEqual(limit);
        if (page.before !== undefined) expect(page.before).toBe(inPage.at(-1));
        all.push(...inPage);
        before = page.before;
      } while (before);
      expect(all).toEqual([...positions].reverse());
    });

    test('gives exactly `limit` items where there are more, and says where the next page begins', async () => {
      const page = await records.look(await filled(), { from, limit: 2 });
      expect(seen(page)).toEqual([positions[4], positions[3]]);
      expect(page.before).toBe(positions[3]);
    });

    test('with a limit above what is there says that this is all', async () => {
      const page = await records.look(await filled(), { from, limit: 6 });
      expect(seen(page)).toHaveLength(5);
      expect(page.before).toBeUndefined();
    });
  });

  describe('commit', () => {
    test('writes the whole document where rev is as seen', async () => {
      const first = run(partition(), { lease });
      await records.begin(first);
      const { lease: _gone, ...open } = first;
      const next: RunDocument = {
        ...open,
        rev: 2,
        by: by('e2'),
        status: 'completed',
        output: { outcome: 'purchased' },
      };
      expect(await records.commit(next, { rev: 1 })).toEqual({ outcome: 'done' });
      expect(await stored(first.pk)).toEqual(next);
    });

    test('fails on a stale snapshot and changes nothing', async () => {
      const first = run(partition());
      await records.begin(first);
      const second = { ...first, rev: 2, by: by('e2') };
      await records.commit(second, { rev: 1 });
      expect(await records.commit({ ...first, rev: 2, by: by('zombie') }, { rev: 1 })).toEqual({
        outcome: 'lost',
        stored: second,
      });
      expect(await stored(first.pk)).toEqual(second);
    });

    test('fails with the own document, nonce and all, when only the acknowledgement was lost', async () => {
      const first = run(partition());
      await records.begin(first);
      const leased = { ...first, rev: 2, lease };
      await records.commit(leased, { rev: 1 });
      expect(await records.commit(leased, { rev: 1 })).toEqual({ outcome: 'lost', stored: leased });
    });

    test('fails as absent where there is no such run', async () => {
      expect(await records.commit(run(partition(), { rev: 2 }), { rev: 1 })).toEqual({ outcome: 'absent' });
    });

    test('lets exactly one of two executors through', async () => {
      const first = run(partition());
      await records.begin(first);
      const outcomes = await Promise.all(
        ['a', 'b', 'c'].map((name) => records.commit({ ...first, rev: 2, by: by(name) }, { rev: 1 })),
      );
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['done', 'lost', 'lost']);
    });
  });

  describe('cancel', () => {
    const cancelled = { status: 'cancelled', by: 'e9', cancelledBy: cancellation.cancelledBy } as const;
    const ended = { endedAtMs: cancellation.endedAtMs, expiresAtS: cancellation.expiresAtS };

    test('of a run without a lease ends it where rev is as seen, and changes nothing else', async () => {
      const first = run(partition(), { rev: 3 });
      await records.begin(first);
      expect(await records.cancel(first, cancellation, { rev: 3 })).toEqual({ outcome: 'done' });
      expect(await stored(first.pk)).toEqual({ ...first, ...cancelled, ...ended, rev: 4 });
    });

    test('fails where rev has moved on since', async () => {
      const first = run(partition());
      await records.begin(first);
      await records.commit({ ...first, rev: 2 }, { rev: 1 });
      expect(await records.cancel(first, cancellation, { rev: 1 })).toEqual({
        outcome: 'lost',
        stored: { ...first, rev: 2 },
      });
    });

    test('of a leased run keeps the lease and what its holder committed meanwhile', async () => {
      const first = run(partition(), { lease });
      await records.begin(first);
      const steps: Steps = new Map([
        ...waitingSteps,
        ['mail', { kind: 'run', state: 'done', attempt: 0, seq: 1, result: 7 }],
      ]);
      await records.commit({ ...first, rev: 2, steps, nseq: 1 }, { rev: 1 });
      expect(await records.cancel(first, cancellation, { nonce: lease.nonce })).toEqual({ outcome: 'done' });
      expect(await stored(first.pk)).toEqual({ ...first, ...cancelled, ...ended, steps, nseq: 1, rev: 3 });
    });

    test('fails where the holder has let the lease go', async () => {
      const first = run(partition(), { lease });
      await records.begin(first);
      const { lease: _gone, ...open } = { ...first, rev: 2 };
      await records.commit(open, { rev: 1 });
      expect(await records.cancel(first, cancellation, { nonce: lease.nonce })).toEqual({
        outcome: 'lost',
        stored: open,
      });
    });

    test('fails where another lease was taken', async () => {
      const first = run(partition(), { lease });
      await records.begin(first);
      const taken = { ...first, rev: 2, lease: { ...lease, nonce: 'another' } };
      await records.commit(taken, { rev: 1 });
      expect(await records.cancel(first, cancellation, { nonce: lease.nonce })).toEqual({
        outcome: 'lost',
        stored: taken,
      });
    });

    test.each(['completed', 'failed', 'cancelled'] as const)('fails on a run that is %s', async (status) => {
      const over = run(partition(), { status, lease });
      await records.begin(over);
      expect(await records.cancel(over, cancellation, { rev: 1 })).toEqual({ outcome: 'lost', stored: over });
      expect(await records.cancel(over, cancellation, { nonce: lease.nonce })).toEqual({
        outcome: 'lost',
        stored: over,
      });
    });

    test('fails when repeated, with the cancelled run, when only the acknowledgement was lost', async () => {
      const first = run(partition(), { lease });
      await records.begin(first);
      await records.cancel(first, cancellation, { nonce: lease.nonce });
      expect(await records.cancel(first, cancellation, { nonce: lease.nonce })).toMatchObject({
        outcome: 'lost',
        stored: { status: 'cancelled', by: 'e9', rev: 2, lease },
      });
    });

    test('fails as absent where there is no such run', async () => {
      expect(await records.cancel(run(partition()), cancellation, { rev: 1 })).toEqual({ outcome: 'absent' });
      expect(await records.cancel(run(partition()), cancellation, { nonce: 'n' })).toEqual({ outcome: 'absent' });
    });

    test('fences the holder: its next commit fails', async () => {
      const first = run(partition(), { lease });
      await records.begin(first);
      await records.cancel(first, cancellation, { nonce: lease.nonce });
      expect(await records.commit({ ...first, rev: 2, status: 'completed' }, { rev: 1 })).toMatchObject({
        outcome: 'lost',
        stored: { status: 'cancelled' },
      });
    });

    test('sets a floor where asked', async () => {
      const first = run(partition());
      await records.begin(first);
      await records.cancel(first, { ...cancellation, floor: true }, { rev: 1 });
      expect(await stored(first.pk)).toMatchObject({ status: 'cancelled', floor: true });
    });
  });

  describe('claim', () => {
    const holder = { pk: 'abandoned-cart|key|s:42', position: cartPosition };
    const other = { pk: 'abandoned-cart|key|s:43', position: second(7, '0#00#other') };
    let places = 0;
    const place = (changes: Partial<Claim> = {}): Claim => {
      places += 1;
      const pk = `abandoned-cart|claim|idempotency|s:${places}`;
      return { pk, holder, timeMs: tenMs, untilMs: tenMs + 300_000, expiresAtS: 1_799_748_000, ...changes };
    };

    test('takes a place that nobody holds', async () => {
      expect(await records.claim(place(), {})).toEqual({ outcome: 'done' });
    });

    test('fails where another holds it, and tells who', async () => {
      const first = place();
      await records.claim(first, {});
      expect(await records.claim({ ...first, holder: other }, {})).toEqual({ outcome: 'lost', stored: first });
    });

    test('is repeated by its holder, whose time begins anew', async () => {
      const first = place();
      await records.claim(first, {});
      const again = { ...first, untilMs: first.untilMs + 1 };
      expect(await records.claim(again, {})).toEqual({ outcome: 'done' });
      expect(await records.claim({ ...first, holder: other }, {})).toEqual({ outcome: 'lost', stored: again });
    });

    test('fails where a later attempt of the same holder has asked, whose time stays', async () => {
      const first = place();
      await records.claim(first, {});
      expect(await records.claim({ ...first, untilMs: first.untilMs - 1 }, {})).toEqual({
        outcome: 'lost',
        stored: first,
      });
    });

    test('keeps all holders of a place, with their times', async () => {
      const first = place();
      await records.claim(first, {});
      const earlier = [{ holder: other, timeMs: tenMs - 9_000, untilMs: tenMs + 7 }];
      const both = { ...first, earlier, rev: 1 };
      expect(await records.claim(both, { seen: first })).toEqual({ outcome: 'done' });
      expect(await records.claim({ ...first, holder: other }, {})).toEqual({ outcome: 'lost', stored: both });
    });

    test('fails where its holder repeats it without those that hold it beside it', async () => {
      const first = place();
      const earlier = [{ holder: other, timeMs: tenMs - 9_000, untilMs: tenMs + 7 }];
      const both = { ...first, earlier, rev: 1 };
      await records.claim(both, {});
      const again = { ...first, untilMs: first.untilMs + 1 };
      expect(await records.claim(again, {})).toEqual({ outcome: 'lost', stored: both });
    });

    test('fails where the holders beside the newest are others than were seen', async () => {
      const first = place();
      const two = { ...first, earlier: [{ holder: other, timeMs: 1, untilMs: 2 }], rev: 1 };
      await records.claim(first, {});
      await records.claim(two, { seen: first });
      expect(await records.claim({ ...first, rev: 1 }, { seen: first })).toEqual({ outcome: 'lost', stored: two });
      const three = { ...first, earlier: [...two.earlier, { holder: other, timeMs: 0, untilMs: 2 }], rev: 2 };
      expect(await records.claim(three, { seen: two })).toEqual({ outcome: 'done' });
      expect(await records.claim({ ...two, rev: 2 }, { seen: two })).toEqual({ outcome: 'lost', stored: three });
    });

    test('takes a place that was seen and that the table has forgotten since', async () => {
      const first = place();
      expect(await records.claim({ ...first, rev: 1 }, { seen: first })).toEqual({ outcome: 'done' });
    });

    test('takes a place that is held as it was seen, and fails where it is not any more', async () => {
      const first = place();
      await records.claim(first, {});
      const mine = { ...first, holder: other };
      const refreshed = { ...first, untilMs: first.untilMs + 1 };
      expect(await records.claim(mine, { seen: refreshed })).toEqual({ outcome: 'lost', stored: first });
      expect(await records.claim(mine, { seen: { ...first, holder: other } })).toEqual({
        outcome: 'lost',
        stored: first,
      });
      expect(await records.claim(mine, { seen: first })).toEqual({ outcome: 'done' });
    });

    test('lets exactly one of several through', async () => {
      const first = place();
      const asked = [1, 2, 3].map((n) => ({ ...first, holder: { ...other, position: second(n, '0#00#e') } }));
      const outcomes = await Promise.all(asked.map((claim) => records.claim(claim, {})));
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['done', 'lost', 'lost']);
    });

    test('is in nobody’s look', async () => {
      const claim = place();
      await records.claim(claim, {});
      expect(await records.look(claim.pk, { from })).toEqual({ runs: [], events: [] });
    });
  });

  describe('holder', () => {
    test('is the run, or nothing where there is none', async () => {
      const document = run(partition(), { skipped: { by: 'singleton', holder: { pk: 'p', position: cartPosition } } });
      await records.begin(document);
      expect(await records.holder(document)).toEqual(document);
      expect(await records.holder(run(partition()))).toBeUndefined();
    });
  });

  describe('values', () => {
    test('steps keep their order, whatever their ids', async () => {
      const ids = ['z', '10', '2', '__proto__', 'constructor', 'a.b', '', 'é😀', '#run', '["x"]', 'a'];
      const steps: Steps = new Map(ids.map((id) => [id, { kind: 'sleep', deadlineMs: tenMs, state: 'waiting' }]));
      const document = run(partition(), { steps });
      await records.begin(document);
      const back = await stored(document.pk);
      expect([...back!.steps.keys()]).toEqual(ids);
      expect(back!.steps.get('__proto__')).toEqual({ kind: 'sleep', deadlineMs: tenMs, state: 'waiting' });
    });

    test('all parts of a document survive', async () => {
      const steps: Steps = new Map([
        [
          'paid',
          {
            kind: 'wait',
            event: 'cart/purchased',
            sinceMs: tenMs,
            deadlineMs: tenMs + 1,
            after: cartPosition,
            state: 'matched',
            seq: 1,
            matched: { id: 'e', name: 'n', source: 's', timeMs: tenMs, hops: 1, data: null, position: cartPosition },
          },
        ],
        ['nap', { kind: 'sleep', deadlineMs: tenMs, state: 'timedOut', seq: 2 }],
        ['mail', { kind: 'run', state: 'failed', attempt: 4, seq: 3, error: { name: 'Error', message: 'no' } }],
        ['again', { kind: 'send', state: 'waiting', attempt: 1, deadlineMs: tenMs + 2.5 }],
        ['(journey)', { kind: 'run', state: 'due', attempt: 1 }],
      ]);
      const document = run(partition(), {
        ...{
          steps,
          nseq: 3,
          lease,
          floor: true,
          status: 'failed',
          rev: 41,
          endedAtMs: tenMs + 5,
          expiresAtS: 1_799_748_000,
        },
        claims: ['abandoned-cart|claim|idempotency|s:42'],
        error: { name: 'StepError', message: 'gave "up"\n' },
        cancelledBy: cancellation.cancelledBy,
      });
      await records.begin(document);
      expect(await stored(document.pk)).toEqual(document);
    });

    test.each([
      ['hostile names', JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":null,"a.b":{"":[]}}')],
      ['deep nesting', JSON.parse(`${'{"a":['.repeat(100)}1${']}'.repeat(100)}`)],
      ['empty things', { text: '', list: [], map: {}, nothing: null, no: false, zero: 0 }],
      ['numbers', [1e300, -1.5e-7, 9007199254740991, 0.1]],
      ['text', 'é😀\u0000\u2028\ud800 "quoted" \\ \n#run|key|'],
      ['null', null],
      ['false', false],
    ])('of an author survive: %s', async (_what, value) => {
      const pk = partition();
      const document = run(pk, { status: 'completed', output: value, trigger: { ...run(pk).trigger, data: value } });
      await records.begin(document);
      const back = await stored(pk);
      expect(JSON.stringify(back!.output)).toBe(JSON.stringify(value));
      expect(JSON.stringify(back!.trigger.data)).toBe(JSON.stringify(value));
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    });

    test('are kept as JSON keeps them', async () => {
      const document = run(partition(), { status: 'completed', output: { when: new Date(0), gone: undefined } });
      await records.begin(document);
      expect((await stored(document.pk))!.output).toEqual({ when: '1970-01-01T00:00:00.000Z' });
    });

    test.each(['timer:other:step:1', '~', '~:x', '~~:x', `timer::1`])('a cause survives: %s', async (cause) => {
      const document = run(partition(), { by: by(cause), lease: { ...lease, cause: by(cause) } });
      await records.begin(document);
      expect(await stored(document.pk)).toEqual(document);
    });

    test('nobody shares state with the store', async () => {
      const data = { list: [1] };
      const steps = new Map(waitingSteps);
      const document = run(partition(), { steps, trigger: { ...run('x').trigger, data } });
      await records.begin(document);
      data.list.push(2);
      steps.clear();
      const back = (await stored(document.pk))!;
      expect(back.trigger.data).toEqual({ list: [1] });
      expect(back.steps.size).toBe(1);
      (back.steps as Map<string, unknown>).clear();
      expect((await stored(document.pk))!.steps.size).toBe(1);
    });

    test.each(['cart|key|s:a|b', 'cart|key|s:#run', 'cart|key|s:é😀', 'cart|key|n:-1.5', 'cart|run|x'])(
      'a partition can be called %s',
      async (pk) => {
        await records.begin(run(pk));
        expect((await stored(pk))!.pk).toBe(pk);
      },
    );
  });
});
