import { readFileSync } from 'node:fs';
import type { Written } from '../../lib/engine/ports.js';
import type { RunDocument } from '../../lib/engine/stored/document.js';
import { MemoryRecords } from '../../lib/memory/records.js';
import { playSeeds, type Sum } from './batch.js';
import { faultKinds } from './faults.js';
import { historyOf } from './generate.js';
import { mutations } from './mutations.js';
import { nodesOf } from './program.js';
import { savedHistories } from './saved.js';
import { shrink } from './shrink.js';
import { storyOf } from './story.js';
import { play } from './world.js';

const seeds = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

describe('a slice of histories', () => {
  let sum: Sum;
  beforeAll(async () => {
    sum = await playSeeds(seeds(1, 500), { failures: 3 });
  }, 120_000);

  test('keeps the promise', () => {
    expect(sum.failures).toEqual([]);
    expect(sum.histories).toBe(500);
  });

  test('reaches every kind of fault', () => {
    expect(faultKinds.filter((kind) => sum.faults[kind].struck === 0)).toEqual([]);
  });

  test('reaches every outcome of a run and of a wait', () => {
    for (const kind of [
      'runCompleted',
      'runFailed',
      'runCancelled',
      'waitMatched',
      'waitTimedOut',
      'stepFailed',
      'handedOver',
      'sent',
      'forgotten',
      'unmatchable',
      'filtered',
      'filterFailed',
      'refused MissingKey',
      'refused TooLate',
      'refused TooManyHops',
    ])
      expect([kind, sum.counts[kind]]).toEqual([kind, expect.any(Number)]);
  });
});

describe('histories that failed once', () => {
  test.each(savedHistories().map((saved) => [saved.found, saved] as const))('%s', async (_found, { history }) => {
    expect((await play(history)).violation).toBeUndefined();
  });
});

describe('the simulator itself', () => {
  test('tells one story for one seed', async () => {
    const story = await storyOf(historyOf(7));
    expect(story).toContain('What happened:');
    expect(await storyOf(historyOf(7))).toBe(story);
  });

  test('fails an engine whose writes are not conditional', async () => {
    const sum = await playSeeds(seeds(1, 300), { failures: 1 }, { records: () => new Unconditional() });
    expect(sum.failures).toHaveLength(1);
  });

  test('fails a table that forgets a run before its time', async () => {
    // One history in some 300 gives it away; the first that does ends it.
    const sum = await playSeeds(seeds(1, 1_500), { failures: 1 }, { records: () => new Hasty() });
    expect(sum.failures).toHaveLength(1);
  });

  test('fails a table that mixes customers up', async () => {
    const sum = await playSeeds(seeds(1, 300), { failures: 1 }, { records: () => new Mixing() });
    expect(sum.failures.map(({ check }) => check)).toEqual(['X1']);
  });

  test('fails an engine that loses the record of an event', async () => {
    const sum = await playSeeds(seeds(1, 300), { failures: 1 }, { records: () => new Forgetful() });
    expect(sum.failures).toHaveLength(1);
  });

  test('makes a failing history short, with the same check still violated', async () => {
    const options = { records: () => new Forgetful() };
    const [failure] = (await playSeeds(seeds(1, 300), { failures: 1 }, options)).failures;
    const { history } = await shrink(historyOf(failure!.seed), failure!.check, options);
    expect((await play(history, options)).violation?.check).toBe(failure!.check);
    expect(history.events.length).toBeLessThanOrEqual(2);
    expect([...nodesOf(history.journey.program)].length).toBeLessThanOrEqual(2);
    expect(history.mostFaults).toBeLessThanOrEqual(1);
  });
});

test.each(mutations.map((mutation) => [mutation.name, mutation] as const))(
  'the mutation still applies: %s',
  (_name, { file, changes }) => {
    const text = readFileSync(file, 'utf8');
    expect(changes.filter(([from]) => !text.includes(from))).toEqual([]);
  },
);

/** Whoever writes last wins. */
class Unconditional extends MemoryRecords {
  override commit(run: RunDocument, seen: { readonly rev: number }): Promise<Written> {
    const stored = this.runs().find(({ pk, position }) => pk === run.pk && position === run.position);
    return super.commit(run, stored ? { rev: stored.rev } : seen);
  }
}

/** Events are acknowledged and not kept. */
class Forgetful extends MemoryRecords {
  override async note(): Promise<void> {}
}

/** An ended run is gone a minute after its end. */
class Hasty extends MemoryRecords {
  override commit(run: RunDocument, seen: { readonly rev: number }): Promise<Written> {
    const { endedAtMs } = run;
    return super.commit(
      endedAtMs === undefined ? run : { ...run, expiresAtS: Math.ceil(endedAtMs / 1_000) + 60 },
      seen,
    );
  }
}

/** A look at one customer's partition answers with the runs of all. */
class Mixing extends MemoryRecords {
  override async look(...of: Parameters<MemoryRecords['look']>): ReturnType<MemoryRecords['look']> {
    const page = await super.look(...of);
    return { ...page, runs: this.runs().reverse() };
  }
}
