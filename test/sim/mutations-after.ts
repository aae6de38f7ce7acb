/** Changes of what follows an end, of what tells it, and of a run's own timeouts; each breaks what docs/decisions/024 and 032 promise. */
import type { Mutation } from './mutations.js';

export const afterMutations: readonly Mutation[] = [
  {
    name: 'what could not be begun after an end is left to nobody',
    file: 'lib/engine/look.ts',
    changes: [['      failed.set(id, error);', '      void error;']],
  },
  {
    name: 'who finds the end of an earlier attempt neither tells nor follows it',
    file: 'lib/engine/settle.ts',
    changes: [["  await conclude(attempt, run);\n  return 'nothing';", "  return 'nothing';"]],
  },
  {
    name: 'onCancel begins beside a function of the run',
    file: 'lib/engine/ends/after.ts',
    changes: [
      ['...(lease && { quietAtMs', '...(!lease && { quietAtMs'],
      ['Math.ceil(lease.untilMs)', '0'],
    ],
  },
  {
    name: 'a floor hides an end that is still to be followed or told',
    file: 'lib/engine/look.ts',
    changes: [
      [
        'if (!engine.lifecycleEvents?.length && !definition.handles && !isInCalls(definition)) return true;',
        'return true;',
      ],
    ],
  },
  {
    name: 'a failed run keeps nothing for its handler',
    file: 'lib/engine/stored/ended.ts',
    changes: [[' || handledEnd(definition, run) !== undefined;', ';']],
  },
  {
    name: 'what follows a run is followed, too',
    file: 'lib/engine/ends/after.ts',
    changes: [
      ['  if (endedRunOf(run.pk)) return;\n', ''],
      ["end === 'completed' || endedRunOf(run.pk) ||", "end === 'completed' ||"],
    ],
  },
  {
    name: 'an end is told by everyone who sees it, as another event each time',
    file: 'lib/engine/ends/announce.ts',
    changes: [
      ['if (run.by !== attempt.cause || attempt.announced', 'if (attempt.announced'],
      ['id: sha256(', 'id: Math.random() + sha256('],
    ],
  },
  {
    name: 'the timer of a run’s own time is made when the run is there',
    file: 'lib/engine/record.ts',
    changes: [
      ['  if (finish) await attempt.ports.timers.set(finish);\n', ''],
      [
        "    attempt.ports.observer.fact({ kind: 'runStarted', run: runIdOf(run) });\n    if (plan",
        "    attempt.ports.observer.fact({ kind: 'runStarted', run: runIdOf(run) });\n    if (finish) await attempt.ports.timers.set(finish);\n    if (plan",
      ],
    ],
  },
  {
    name: 'the timer of a run’s own time is left behind',
    file: 'lib/engine/ends/cleanup.ts',
    changes: [['  if (finish) names.add(finish.name);\n', '']],
  },
  {
    name: 'a run’s own time beats what was recorded before',
    file: 'lib/engine/decision/decide.ts',
    changes: [['position: deadlinePosition(finishMs), event', 'position: run.position, event']],
  },
  {
    name: 'a run begins however late',
    file: 'lib/engine/decision/timeouts.ts',
    changes: [['nowMs > trigger.timeMs + timeouts.startMs', 'nowMs < trigger.timeMs']],
  },
];
