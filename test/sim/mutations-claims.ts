/** Changes of lib/engine/arrival/claim.ts and of what hangs on it, each of which breaks what docs/decisions/036 promises. */
import type { Mutation } from './mutations.js';

const file = 'lib/engine/arrival/claim.ts';

export const claimMutations: readonly Mutation[] = [
  {
    name: 'a held place holds nobody back',
    file,
    changes: [["if (holder) return { kind: 'held'", "if (holder === null) return { kind: 'held'"]],
  },
  {
    name: 'a singleton’s place is taken over from a run that lives',
    file,
    changes: [['return holder ? isOver(holder) :', 'return holder ? true :']],
  },
  {
    name: 'a singleton’s place is taken over from one that is about to begin',
    file,
    changes: [['return holder ? isOver(holder) : held.untilMs < nowMs;', 'return holder ? isOver(holder) : true;']],
  },
  {
    name: 'a singleton’s place is never free again',
    file,
    changes: [['return holder ? isOver(holder) : held.untilMs < nowMs;', 'return false;']],
  },
  {
    name: 'an order’s place is free before its run is put',
    file,
    changes: [['return held.untilMs < nowMs && nowMs < keptUntilMs;', 'return true;']],
  },
  {
    name: 'a place remembers its newest holder only',
    file: 'lib/engine/stored/holders.ts',
    changes: [['all.slice(0, 1 + limits.earlierHolders)', 'all.slice(0, 1)']],
  },
  {
    name: 'a newer holder forgets whom it follows',
    file,
    changes: [['held.filter((other) => !near.includes(other))', 'held.filter((other) => other.timeMs > mine.timeMs)']],
  },
  {
    name: 'an older event is held against nobody',
    file,
    changes: [
      [
        'Math.abs(one.timeMs - other.timeMs) <= periodMs',
        'one.timeMs <= other.timeMs && other.timeMs - one.timeMs <= periodMs',
      ],
    ],
  },
  {
    name: 'a holder’s repeated claim forgets those beside it',
    file: 'lib/memory/records.ts',
    changes: [['stored.earlier === undefined && stored.untilMs', 'stored.untilMs']],
  },
  {
    name: 'a place is written over holders who were not seen',
    file: 'lib/memory/records.ts',
    changes: [[' && stored.untilMs === seen.untilMs && stored.rev === seen.rev', '']],
  },
  {
    name: 'a skipped trigger leaves nothing',
    file,
    changes: [
      [
        '  const put = await ports.records.begin(tombstone);',
        "  const put = { outcome: 'done' } as Awaited<ReturnType<typeof ports.records.begin>>;",
      ],
    ],
  },
  {
    name: 'a joined event has roles of its own',
    file: 'lib/engine/stored/document.ts',
    changes: [["return skipped?.by === 'idempotency';", 'return skipped === null;']],
  },
];
