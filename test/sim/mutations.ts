/**
 * Changes of the engine that break the protocol, each a trap of DESIGN 4.5 or a mend undone. `mutate.ts` applies them one by one to
 * a copy and says how soon the simulator, and which named tests, give each away. A test holds that each still applies.
 */
import { afterMutations } from './mutations-after.js';
import { callMutations } from './mutations-calls.js';
import { claimMutations } from './mutations-claims.js';
import { clockMutations } from './mutations-clock.js';
import { pointerMutations } from './mutations-pointers.js';

export interface Mutation {
  readonly name: string;
  readonly file: string;
  /** Text of the file, and what stands there instead. */
  readonly changes: readonly (readonly [string, string])[];
}

export const mutations: readonly Mutation[] = [
  ...callMutations,
  {
    name: 'what a run sends may be dated before its place in the code',
    file: 'lib/engine/code/sent-time.ts',
    changes: [['return Math.max(pointMs, ms);', 'return ms;']],
  },
  {
    name: 'what is dated ahead is never brought back',
    file: 'lib/engine/handle.ts',
    changes: [['      await ports.timers.bringBack(returnTimerName(definition.id, event), event);\n', '']],
  },
  ...claimMutations,
  ...clockMutations,
  ...afterMutations,
  ...pointerMutations,
  {
    name: 'no look after D5',
    file: 'lib/engine/drive.ts',
    changes: [
      [
        "      if (matched) this.attempt.tidied.add(runIdOf(this.run));\n      return 'again';",
        "      if (matched) this.attempt.tidied.add(runIdOf(this.run));\n      return 'handedOver';",
      ],
    ],
  },
  {
    name: 'acknowledge when busy mine',
    file: 'lib/engine/settle.ts',
    changes: [["return run.lease.cause === attempt.cause ? 'busy' : 'nothing';", "return 'nothing';"]],
  },
  {
    name: 'timers after the Put, only if it was done',
    file: 'lib/engine/record.ts',
    changes: [
      ['  for (const [id, step] of opened) await setStepTimer(attempt, bare, id, step);\n', ''],
      [
        '  const begun = await attempt.ports.records.begin(run);\n',
        "  const begun = await attempt.ports.records.begin(run);\n  if (begun.outcome === 'done') for (const [id, step] of opened) await setStepTimer(attempt, bare, id, step);\n",
      ],
    ],
  },
  {
    name: 'timers after D5 (D5 before D4)',
    file: 'lib/engine/drive.ts',
    changes: [
      [
        '    for (const [id, step] of opened) await setStepTimer(this.attempt, this.run, id, step);\n    await this.arm();\n    const steps',
        '    const steps',
      ],
      [
        '      this.written(suspended);\n',
        '      for (const [id, step] of opened) await setStepTimer(this.attempt, this.run, id, step);\n      await this.arm();\n      this.written(suspended);\n',
      ],
    ],
  },
  {
    name: 'clean-up on fencing',
    file: 'lib/engine/drive.ts',
    changes: [["if (written.outcome === 'lost' && isOver(written.stored))", "if (written.outcome === 'lost')"]],
  },
  {
    name: 'clock read after the Query',
    file: 'lib/engine/look.ts',
    changes: [
      [
        '  return { nowMs: nowFor(definition, own, runs, clockMs), runs, events };',
        '  return { nowMs: nowFor(definition, own, runs, attempt.ports.clock.nowMs()), runs, events };',
      ],
    ],
  },
  {
    name: 'C1 with status = active only',
    file: 'lib/memory/records.ts',
    changes: [
      ["if (stored.status !== 'active' || !asSeen)", "if (stored.status !== 'active' || asSeen === undefined)"],
    ],
  },
  {
    name: 'no record before the look',
    file: 'lib/engine/handle.ts',
    changes: [
      [
        '  const own = pk === undefined ? undefined : await record(attempt, event, { ...taken, pk });',
        "  if (!starts && pk !== undefined && taken.places.length === 0) {\n    await look(attempt, { pk, position: eventPosition(event, 'event'), role: 'event' }).catch(() => {});\n    await record(attempt, event, { ...taken, pk });\n    return;\n  }\n  const own = pk === undefined ? undefined : await record(attempt, event, { ...taken, pk });",
      ],
    ],
  },
  {
    name: 'match applied while code can go on',
    file: 'lib/engine/settle.ts',
    changes: [
      [
        'if (run.lease || canGoOn(run, plan)) return',
        "if (decision.kind === 'nothing' && (run.lease || canGoOn(run, plan))) return",
      ],
    ],
  },
  {
    name: 'a floor where the cancel has a window',
    file: 'lib/journey/definition.ts',
    changes: [['cancel.event === event && cancel.timeoutMs === undefined', 'cancel.event === event']],
  },
  {
    name: "take-over of one's own lease before it ends",
    file: 'lib/engine/settle.ts',
    changes: [
      [
        'if (run.lease && !mine && run.lease.untilMs > seen.nowMs)',
        'if (run.lease && !mine && run.lease.cause !== attempt.cause && run.lease.untilMs > seen.nowMs)',
      ],
    ],
  },
  {
    name: 'a timeout before anything else',
    file: 'lib/engine/decision/decide.ts',
    changes: [
      [
        'if (!first || candidate.position < first.position) first = candidate;',
        "const [is, was] = [candidate.kind === 'timeout', first?.kind === 'timeout'];\n    if (!first || (is === was ? candidate.position < first.position : is)) first = candidate;",
      ],
    ],
  },
  {
    name: 'a look that stops at its own item',
    file: 'lib/engine/look.ts',
    changes: [
      [
        'if (!run.floor || run.position >= own.position) return false;',
        'if (!run.floor || run.position > own.position) return false;',
      ],
    ],
  },
  {
    name: 'a look that stops above its own item',
    file: 'lib/engine/look.ts',
    changes: [['if (!run.floor || run.position >= own.position) return false;', 'if (!run.floor) return false;']],
  },
  {
    name: 'an early timer looks',
    file: 'lib/engine/handle.ts',
    changes: [
      ['  await untilItsTime(ports, timer);\n', ''],
      ['async function untilItsTime', 'export async function untilItsTime'],
    ],
  },
  {
    name: 'the go-on timer before the lease is written away',
    file: 'lib/engine/handover.ts',
    changes: [
      [
        "  const written = await letGo(attempt, run, seenRev);\n  if (written.outcome !== 'done') return written;\n",
        '',
      ],
      ['  return written;\n', '  return letGo(attempt, run, seenRev);\n'],
    ],
  },
  {
    name: 'a retry without cleanup',
    file: 'lib/engine/settle.ts',
    changes: [
      [
        'if (concernsMe(attempt, run) && !attempt.cleaned.has(runIdOf(run)))',
        'if (concernsMe(attempt, run) && attempt.cleaned.size > 99)',
      ],
    ],
  },
  {
    name: 'since = completion of the step before',
    file: 'lib/engine/code/opening.ts',
    changes: [["if (since === 'point') return at.point.eventMs;", "if (since === 'point') return codeMs(at.point);"]],
  },
  {
    name: "a cancelled run taken for one's own write",
    file: 'lib/engine/attempt.ts',
    changes: [[" && stored.status === 'active'", '']],
  },
  {
    name: 'no own write recognised',
    file: 'lib/engine/attempt.ts',
    changes: [['return stored.rev === wanted.rev &&', 'return stored.rev < 0 &&']],
  },
  {
    name: 'armed timers not cleaned after a lost D1',
    file: 'lib/engine/drive.ts',
    changes: [['if (!mine) return this.lost(written);', "if (!mine) return 'again';"]],
  },
  {
    name: 'a failed run is settled again by the same attempt',
    file: 'lib/engine/look.ts',
    changes: [
      ['if (failed.has(runIdOf(run)) || !isMine(attempt, run)) continue;', 'if (!isMine(attempt, run)) continue;'],
    ],
  },
  {
    name: 'a function starts whatever time is left',
    file: 'lib/engine/drive.ts',
    changes: [
      ['    if (!this.hasTimeForCode()) return this.handOver();\n    this.applyOutcome', '    this.applyOutcome'],
    ],
  },
  {
    name: 'cause = request id',
    file: 'lib/engine/handle.ts',
    changes: [['eventCause(event.id), requestId', 'eventCause(requestId), requestId']],
  },
  {
    name: 'no D1 before a function',
    file: 'lib/engine/drive.ts',
    changes: [
      [
        'if (!this.dirty && holdsLease(this.attempt, this.run)) return undefined;',
        'if (!this.dirty || holdsLease(this.attempt, this.run)) return undefined;',
      ],
    ],
  },
  {
    name: 'a lease that ends with the invocation',
    file: 'lib/engine/attempt.ts',
    changes: [['+ limits.leaseMarginMs', '- 30_000']],
  },
  {
    name: 'replay by call order, not by seq',
    file: 'lib/engine/code/script.ts',
    changes: [['this.bySeq[step.seq] = id;', 'this.bySeq[1 + Object.keys(this.bySeq).length] = id;']],
  },
  {
    name: 'a wait opened after a match takes it again',
    file: 'lib/engine/code/script.ts',
    changes: [['this.consumed.set(name, event.position);', ';']],
  },
  {
    name: 'a cancellation waits for the lease',
    file: 'lib/engine/settle.ts',
    changes: [
      ["  if (decision.kind === 'cancel') return cancel(attempt, run, seen, decision);\n  const mine", '  const mine'],
      [
        '  const driver = new Driver',
        "  if (decision.kind === 'cancel') return cancel(attempt, run, seen, decision);\n  const driver = new Driver",
      ],
    ],
  },
  {
    name: 'timers keep one name for all attempts',
    file: 'lib/engine/attempt.ts',
    changes: [
      ['timerName(run, id, attemptOf(step), step.deadlineMs)', 'timerName(run, id, 0, 0)'],
      ['timerName(run, id, ofAttempt, deadlineMs)', 'timerName(run, id, 0, 0)'],
    ],
  },
  {
    name: 'no timer of a retry',
    file: 'lib/engine/drive.ts',
    changes: [['      this.unarmed.add(id);\n', '']],
  },
  {
    name: 'matched waits keep their timers at the end',
    file: 'lib/engine/ends/cleanup.ts',
    changes: [["step.state === 'timedOut' ?", "step.state !== 'waiting' ?"]],
  },
  {
    name: 'cleanup without what the code opens next',
    file: 'lib/engine/ends/cleanup.ts',
    changes: [['for (const name of nextTimerNames(run, plan)) names.add(name);', '']],
  },
  {
    name: 'floor set without asking for older runs',
    file: 'lib/engine/look.ts',
    changes: [
      [
        'latestWins && snapshot.runs.every((older) => older.position >= run.position || over.has(older.position));',
        'latestWins;',
      ],
    ],
  },
  {
    name: 'a duplicate trigger leaves the timers it made',
    file: 'lib/engine/record.ts',
    changes: [
      ['  } else await dropSuperfluous(attempt, begun.stored, opened);', '  }'],
      ['async function dropSuperfluous', 'export async function dropSuperfluous'],
    ],
  },
  {
    name: 'note of a sent event always overwrites',
    file: 'lib/engine/record.ts',
    changes: [['{ firstWins: options.sent || !kept }', '{ firstWins: false }']],
  },
  {
    name: 'an older trigger of the same second fits',
    file: 'lib/engine/decision/channel.ts',
    changes: [['    position > run.position &&', '    position !== run.position &&']],
  },
  {
    name: 'final failure of plain code as a result',
    file: 'lib/engine/drive.ts',
    changes: [['} else if (id !== plainCode) {', '} else {']],
  },
  {
    name: 'plain code that got further is forgotten before its timer',
    file: 'lib/engine/drive.ts',
    changes: [
      [
        "    this.run = withStep(this.run, plainCode, { ...plain, state: 'done' });",
        '    this.run = withoutStep(this.run, plainCode);',
      ],
    ],
  },
  {
    name: 'an own lost cancellation is not cleaned up after',
    file: 'lib/engine/settle.ts',
    changes: [
      ["if (written.outcome === 'lost' && isOver(written.stored)) await settleOver(attempt, written.stored);", ''],
    ],
  },
  {
    name: 'an event that was taken in time is refused later',
    file: 'lib/engine/handle.ts',
    changes: [['(await wasTaken(engine, ports, delivery))', '!(await ports.turn.macrotask(), delivery)']],
  },
  {
    name: 'a look for what is late begins as ever',
    file: 'lib/engine/look.ts',
    changes: [['const cameMs = Math.min(clockMs, cameAtMs(own));', 'const cameMs = clockMs;']],
  },
  {
    name: 'the code is given what is on record, not a copy',
    file: 'lib/engine/code/handler-code.ts',
    changes: [["return typeof value === 'object' ? JSON.parse(JSON.stringify(value)) : value;", 'return value;']],
  },
  {
    name: 'what an author throws is asked without care',
    file: 'lib/journey/errors.ts',
    changes: [
      ['  try {\n    return typeof error', '  {\n    return typeof error'],
      ['mark in error;\n  } catch {\n    return false;\n  }', 'mark in error;\n  }'],
    ],
  },
  {
    name: 'numbers and texts share a key',
    file: 'lib/engine/stored/key.ts',
    changes: [["typeof value === 'number' ? `n:", "typeof value === 'number' ? `s:"]],
  },
  {
    name: 'all journeys share the customers',
    file: 'lib/engine/stored/key.ts',
    changes: [['definition.id}|key|', 'definition.id.slice(0, 3)}|key|']],
  },
  {
    name: 'a wait may end after the longest life',
    file: 'lib/engine/code/opening.ts',
    changes: [['if (afterTriggerMs > maxDurationMs) {', 'if (afterTriggerMs > 2 * maxDurationMs) {']],
  },
  {
    name: 'a retry may come after the longest life',
    file: 'lib/engine/drive.ts',
    changes: [['deadlineMs - this.run.trigger.timeMs <= definition.maxDurationMs;', 'deadlineMs > 0;']],
  },
  {
    name: 'an ended run is forgotten with its acceptLate only',
    file: 'lib/engine/attempt.ts',
    changes: [
      [
        'return Math.ceil((fromMs + acceptLateMs + maxDurationMs) / 1_000);',
        'return Math.ceil((fromMs + acceptLateMs / 8 + maxDurationMs / 99) / 1_000);',
      ],
    ],
  },
  {
    name: 'no schema is asked',
    file: 'lib/engine/arrival/intake.ts',
    changes: [['schema && misfit(schema, event.data)', 'schema && misfit(schema, undefined)']],
  },
  {
    name: 'what was taken is refused by a stricter schema',
    file: 'lib/engine/handle.ts',
    changes: [["['TooLate', 'SchemaMismatch', ", "['TooLate', "]],
  },
  {
    name: 'what is sent is not checked',
    file: 'lib/engine/code/code.ts',
    changes: [['  assertSendable(id,', '  if (id.length > 99) assertSendable(id,']],
  },
  {
    name: 'a wait for all takes what is there when the first comes',
    file: 'lib/engine/decision/channel.ts',
    changes: [
      [
        '    if (!first) return undefined;\n',
        '    if (!first && taken.length === 0) return undefined;\n    if (!first) continue;\n',
      ],
    ],
  },
  {
    name: 'a wait for all is up at its first event',
    file: 'lib/engine/decision/channel.ts',
    changes: [['(b.position > a.position ? b : a)', '(b.position < a.position ? b : a)']],
  },
  {
    name: 'a wait for all takes the last of each event',
    file: 'lib/engine/decision/channel.ts',
    changes: [['(a && a.position < b.position ? a : b)', '(a && a.position > b.position ? a : b)']],
  },
  {
    name: 'a wait for several looks for its first event only',
    file: 'lib/engine/decision/channel.ts',
    changes: [
      [
        'for (const [index, channel] of channels.entries())\n    for',
        'for (const [index, channel] of channels.slice(0, 1).entries())\n    for',
      ],
    ],
  },
  {
    name: 'a wait for several consumes its first event only',
    file: 'lib/engine/decision/channel.ts',
    changes: [['return takenBy(wait).map((event) =>', 'return takenBy(wait).slice(0, 1).map((event) =>']],
  },
  {
    name: 'what a wait for any took counts for its first event',
    file: 'lib/engine/decision/channel.ts',
    changes: [['channels[event.channel ?? 0]!', 'channels[0]!']],
  },
  {
    name: 'a wait does not ask its filter',
    file: 'lib/engine/decision/channel.ts',
    changes: [['passes(channel.if, run.trigger, event).passes', "channel.if !== ''"]],
  },
  {
    name: 'a cancellation does not ask its filter',
    file: 'lib/engine/decision/decide.ts',
    changes: [['passes(cancel.if, run.trigger, event).passes', "cancel.if !== ''"]],
  },
  {
    name: 'a wait whose `if` has its match listens at home',
    file: 'lib/engine/elsewhere/wait-way.ts',
    changes: [['return stored(place, filter', 'return stored(undefined, filter']],
  },
  {
    name: 'a cancellation whose `if` has its match does not ask the rest',
    file: 'lib/journey/filter/filter-key.ts',
    changes: [['if (path !== undefined) return filter.without(', 'if (path !== undefined) return void (']],
  },
  {
    name: 'a trigger does not ask its filter',
    file: 'lib/engine/decision/filter-roles.ts',
    changes: [
      ['if (trigger.if === undefined) return { starts: true };', 'if (trigger.event) return { starts: true };'],
    ],
  },
  {
    name: 'the data that a cancellation asks for are not kept',
    file: 'lib/engine/decision/filter-roles.ts',
    changes: [
      ['return waitsFor.includes(name) || cancelOn', 'return waitsFor.includes(name) || [...cancelOn].slice(9)'],
    ],
  },
  {
    name: 'a journey whose cancellations ask is latest-wins',
    file: 'lib/journey/definition.ts',
    changes: [['cancel.timeoutMs === undefined && cancel.if === undefined', 'cancel.timeoutMs === undefined']],
  },
];
