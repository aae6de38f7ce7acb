/** Changes of the engine that break what it does with pointers (docs/decisions/033), each a way that tempts. */
import type { Mutation } from './mutations.js';

export const pointerMutations: readonly Mutation[] = [
  {
    name: 'a pointer is deleted before its run is over',
    file: 'lib/engine/drive.ts',
    changes: [
      [
        '    await dropTimers(this.attempt, this.matchedTimers);\n    // The calls',
        "    await dropTimers(this.attempt, this.matchedTimers);\n    await (await import('./elsewhere/pointer.js')).dropPointers(this.attempt, this.run);\n    // The calls",
      ],
    ],
  },
  {
    name: 'pointers after D5 (D5 before D4b)',
    file: 'lib/engine/drive.ts',
    changes: [
      ['    await pointSteps(this.attempt, this.run, opened);\n', ''],
      [
        '      this.written(suspended);\n',
        '      await pointSteps(this.attempt, { ...suspended, steps: new Map() }, opened);\n      this.written(suspended);\n',
      ],
    ],
  },
  {
    name: 'pointers after the Put, only if it was done',
    file: 'lib/engine/record.ts',
    changes: [
      ['  const heard = await pointTrigger(attempt, bare, opened);\n', '  const heard = {};\n'],
      [
        "  if (begun.outcome === 'done') {\n",
        "  if (begun.outcome === 'done') {\n    await pointTrigger(attempt, bare, opened);\n",
      ],
    ],
  },
  {
    name: 'pointers are read before the event is recorded',
    file: 'lib/engine/handle.ts',
    changes: [
      ['  await recordElsewhere(attempt, event, places);\n  await lookEverywhere', '  await lookEverywhere'],
      [
        '/** Whether another attempt at the same event',
        'const lookThenRecord: typeof takeElsewhere = async (attempt, taken, own) => {\n  await takeElsewhere(attempt, taken, own);\n  await (await import("./elsewhere/correlation-event.js")).recordElsewhere(attempt, taken.event, taken.places);\n};\n\n/** Whether another attempt at the same event',
      ],
      [
        '  await takeElsewhere(attempt, taken, own ?? formerHome(attempt, taken));\n}',
        '  await lookThenRecord(attempt, taken, own ?? formerHome(attempt, taken));\n}',
      ],
    ],
  },
  {
    name: 'what is on record elsewhere is not read (no B2)',
    file: 'lib/engine/elsewhere/correlation-look.ts',
    changes: [['    if (isOver(run)) continue;', '    if (isOver(run) || run.rev > 0) continue;']],
  },
  {
    name: 'an event looks only at the first home that it finds',
    file: 'lib/engine/elsewhere/correlation-event.ts',
    changes: [['await homesOf(attempt, event, place))) {', 'await homesOf(attempt, event, place)).slice(0, 1)) {']],
  },
  {
    name: 'what was consumed elsewhere is forgotten',
    file: 'lib/engine/code/script.ts',
    changes: [['const name = channelKey(channel.event, channel.place);', 'const name = channel.event;']],
  },
  {
    name: 'pointers stay behind runs that are over',
    file: 'lib/engine/drive.ts',
    changes: [['    dropPointersLast(this.attempt, ended);\n', '']],
  },
  {
    name: 'a duplicate trigger leaves the pointers it put',
    file: 'lib/engine/elsewhere/pointer.ts',
    changes: [
      [
        '  if (mayDropPointers(attempt, begun.stored)) await dropPointers(attempt, begun.stored);',
        '  mayDropPointers(attempt, begun.stored);',
      ],
    ],
  },
  {
    name: 'an event deletes the pointer first by which it comes back',
    file: 'lib/engine/elsewhere/pointer.ts',
    changes: [
      [
        '[...channels.filter((one) => !isMyWay(one)), ...channels.filter(isMyWay)]',
        '[...channels.filter(isMyWay), ...channels.filter((one) => !isMyWay(one))]',
      ],
    ],
  },
  {
    name: 'who is too late for a run that is over leaves the pointers that it has put again',
    file: 'lib/engine/elsewhere/pointer.ts',
    changes: [['  await cleanUp(attempt, stored);\n  await dropPointers(attempt, stored);\n', '']],
  },
  {
    name: 'anybody deletes the pointers by which an end is told',
    file: 'lib/engine/elsewhere/pointer.ts',
    changes: [['  if (!isOver(run)) return false;\n', '  return isOver(run);\n']],
  },
  {
    name: 'a wait takes its event from any partition',
    file: 'lib/engine/decision/channel.ts',
    changes: [['    place === channel.place &&\n', '']],
  },
  {
    name: 'a cancellation counts from any partition',
    file: 'lib/engine/decision/decide.ts',
    changes: [['      cameBy(definition, run, cancel, trace) &&\n', '']],
  },
];
