/** Changes of what calls hang on (lib/engine/calls, and who asks it), each of which breaks what docs/decisions/038 promises. */
import type { Mutation } from './mutations.js';

export const callMutations: readonly Mutation[] = [
  {
    name: 'calls are left alone at the end',
    file: 'lib/engine/drive.ts',
    changes: [['    await revoke(this.attempt, calls);\n', '']],
  },
  {
    name: 'calls are revoked before what leads to the end is written',
    file: 'lib/engine/drive.ts',
    changes: [
      [
        '    const lost = calls.length > 0 && (await this.ensureLease());\n    if (lost) return lost;\n    await revoke',
        '    await revoke',
      ],
    ],
  },
  {
    name: 'a call that times out is left alone',
    file: 'lib/engine/settle.ts',
    changes: [['await revoke(attempt, callOfWait(plan.calls, step));', '{}']],
  },
  {
    name: 'a call that is refused is left alone',
    file: 'lib/engine/settle.ts',
    changes: [
      [
        "return decision.kind === 'timeout' || isRefusalOf(decision.event, call);",
        "return decision.kind === 'timeout';",
      ],
    ],
  },
  {
    name: 'who calls is not told that its call is refused',
    file: 'lib/engine/handle.ts',
    changes: [['if (error instanceof Refused) await refuse(', 'if (error === null) await refuse(']],
  },
  {
    name: 'who calls is not told that no trigger takes its call',
    file: 'lib/engine/handle.ts',
    changes: [["return refuse(engine, ports, event, 'no trigger of it takes what it gives');", 'return;']],
  },
  {
    name: 'a call that was taken before is refused',
    file: 'lib/engine/handle.ts',
    changes: [
      ['    if (isPassing(error) && (await wasTaken(engine, ports, delivery))) return;\n', ''],
      ["if (taken.fact.kind === 'filtered' && (await wasTaken(engine, ports, delivery))) return;", ''],
    ],
  },
  {
    name: 'the calls of a cancelled run are left alone',
    file: 'lib/engine/ends/cleanup.ts',
    changes: [['  if (plan) await revoke(attempt, plan.calls);\n', '']],
  },
  {
    name: 'the call that a dead lease was taken for is left alone',
    file: 'lib/engine/code/script.ts',
    changes: [["outcome.next === 'code' && this.run.lease ? outcome.call.id : undefined", 'undefined']],
  },
  {
    name: 'a revocation cancels every run of its key',
    file: 'lib/engine/decision/decide.ts',
    changes: [['      !revokesAnother(event, run) &&\n', '']],
  },
  {
    name: 'a return is taken for any call',
    file: 'lib/engine/decision/channel.ts',
    changes: [['(channel.call === undefined || isReturnOf(event, channel.call)) &&', 'true &&']],
  },
  {
    name: 'the end of a called run is told by the attempt that wrote it, or never',
    file: 'lib/engine/settle.ts',
    changes: [["  await conclude(attempt, run);\n  return 'nothing';", "  return 'nothing';"]],
  },
];
