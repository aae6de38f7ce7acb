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
    changes: [['return holder ? isOver(holder) : claim.untilMs < nowMs;', 'return holder ? isOver(holder) : true;']],
  },
  {
    name: 'a singleton’s place is never free again',
    file,
    changes: [['return holder ? isOver(holder) : claim.untilMs < nowMs;', 'return false;']],
  },
  {
    name: 'an order’s place is free before its run is put',
    file,
    changes: [['return claim.untilMs < nowMs && nowMs < keptUntilMs;', 'return true;']],
  },
  {
    name: 'an older event takes the place of a newer one',
    file: 'lib/memory/records.ts',
    changes: [['stored.timeMs < olderThanMs', 'Math.abs(stored.timeMs - olderThanMs) > 0']],
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
