/**
 * For every named test of a counterexample, of the second round and of the field: the change of the engine (a mend undone) that
 * this very test must fail with. `prove.ts` applies them one by one to a copy; a test holds that no named test is without one.
 *
 * Changes that the simulator has to notice too stand in test/sim/mutations.ts and are taken from there by name.
 */
import { type Mutation, mutations } from '../sim/mutations.js';

export interface Proof extends Mutation {
  /** Titles of the tests that fail with it. */
  readonly tests: readonly string[];
}

/** The files whose every test has a proof. */
export const provenFiles = [
  'test/engine/counterexamples.test.ts',
  'test/engine/second-round.test.ts',
  'test/engine/field.test.ts',
  'test/engine/histories.test.ts',
] as const;

/** @throws when the simulator's list has no mutation of this name. */
function known(name: string, ...tests: string[]): Proof {
  const mutation = mutations.find((candidate) => candidate.name === name);
  if (!mutation)
    throw new Error(`test/sim/mutations.ts has no '${name}': take one that it has, or write the change down here`);
  return { ...mutation, tests };
}

function own(name: string, file: string, changes: Mutation['changes'], ...tests: string[]): Proof {
  return { name, file, changes, tests };
}

const noRunIsStuck: readonly Proof[] = [
  known(
    'timers after the Put, only if it was done',
    '1: a trigger that dies after its Put leaves a run that has its timer',
    'no wait of a new run is ever visible without its timer, wherever its process dies',
  ),
  known('cause = request id', '2: a redriven trigger is not acknowledged while a dead attempt at it holds its run'),
  own(
    'a repeated trigger does not look',
    'lib/engine/record.ts',
    [
      [
        '  } else await dropSuperfluous(attempt, begun.stored, opened);\n',
        "  } else {\n    await dropSuperfluous(attempt, begun.stored, opened);\n    return { pk: 'nowhere', position, role: 'trigger' };\n  }\n",
      ],
    ],
    '3: the retry of a trigger cancels the older run that its first attempt did not come to',
  ),
  own(
    'timers fire at their very deadline',
    'lib/limits.ts',
    [
      ['timerMarginMs: 2 * SECOND_MS', 'timerMarginMs: 0'],
      ['timerMinLeadMs: 10 * SECOND_MS', 'timerMinLeadMs: 1'],
    ],
    '15: a timer that fires while its run is held is made up for by the holder, though its clock is slow',
  ),
  own(
    'an early timer looks, with its own clock',
    'lib/engine/handle.ts',
    [
      ['  await untilItsTime(ports, timer);\n', ''],
      ['async function untilItsTime', 'export async function untilItsTime'],
      ["role: 'timer', deadline }", "role: 'timer' }"],
      ['  const deadline = { step: timer.step, deadlineMs: timer.deadlineMs };\n', ''],
    ],
    '15: a timer whose function has a slow clock decides its deadline all the same',
  ),
  own(
    'the cause of a timer is its request id',
    'lib/engine/handle.ts',
    [
      [
        'timerCause(timer.run, timer.step, timer.attempt), timer.requestId',
        'eventCause(timer.requestId), timer.requestId',
      ],
    ],
    '17: the retry of a timer that died in the step behind its wait finds its run, though nobody waits any more',
  ),
  known(
    'no look after D5',
    'an event that is recorded between the look of a holder and its letting go is found by the look after',
    'an event that comes while its wait is being stored is never lost, at whatever point',
  ),
];

const oneOutcome: readonly Proof[] = [
  own(
    'a run that another holds is settled all the same',
    'lib/engine/settle.ts',
    [['run.lease && !mine && run.lease.untilMs > seen.nowMs', 'run.lease && !mine && run.lease.untilMs < 0']],
    '4: what is delivered while a race is decided does not flip it',
  ),
  known('replay by call order, not by seq', '4: the loser of a race that is matched later does not win at a replay'),
  known(
    'a wait opened after a match takes it again',
    'a second wait for the same event does not take the event that the first one took',
  ),
  known('a lease that ends with the invocation', '10: a lease lasts 5 s longer than the invocation that holds it'),
  known(
    "take-over of one's own lease before it ends",
    '10: a duplicate beside, with the same request id, does not run the function too',
  ),
  known(
    'no own write recognised',
    '14: a write whose answer was lost is recognised as one’s own, and not written again',
  ),
  known(
    'match applied while code can go on',
    '19: the retry of a dead executor takes no second decision before the code has gone on',
  ),
];

const eventOrder: readonly Proof[] = [
  own(
    'the last on record decides',
    'lib/engine/decision/decide.ts',
    [['candidate.position < first.position', 'candidate.position >= first.position']],
    '5: a wait takes the earliest event on record, though a later one is handled first',
  ),
  own(
    'a cancellation comes before anything else',
    'lib/engine/decision/decide.ts',
    [
      [
        'if (!first || candidate.position < first.position) first = candidate;',
        "const [is, was] = [candidate.kind === 'cancel', first?.kind === 'cancel'];\n    if (!first || (is === was ? candidate.position < first.position : is)) first = candidate;",
      ],
    ],
    '6: a newer trigger does not cancel a run that an earlier event on record had matched',
    '7: a deadline comes before what happens after it, however late its timer',
    'a cancelled run alone is no proof that older ones are over: looks read on below it',
  ),
  own(
    'a timer looks at its own run only',
    'lib/engine/look.ts',
    [
      [
        '  return { nowMs: nowFor(definition, own, runs, clockMs), runs, events };',
        "  return { nowMs: nowFor(definition, own, runs, clockMs), runs: own.role === 'timer' ? runs.filter(({ position }) => position === own.position) : runs, events };",
      ],
    ],
    '7b: a timer looks at everything, not at its own wait only',
  ),
  known('since = completion of the step before', '8: what happens while a step runs is seen by the wait after it'),
  known(
    'clock read after the Query',
    '16: an event that is recorded after the read began is not overlooked in favour of the deadline',
  ),
  known(
    'C1 with status = active only',
    '18: a cancellation that was decided while a run was held is decided anew once its holder has let go',
  ),
];

const noTimerStays: readonly Proof[] = [
  known('clean-up on fencing', '9: an executor that lost the run does not delete the timers of the one that has it'),
  known(
    'a duplicate trigger leaves the timers it made',
    '11: a duplicate of a trigger deletes the timer that it made for a run that is over',
  ),
  own(
    'a retry cleans up nothing',
    'lib/engine/settle.ts',
    [
      [
        '!attempt.cleaned.has(runIdOf(run))) await cleanUp(attempt, run);',
        'attempt.cleaned.size > 99) await cleanUp(attempt, run);',
      ],
    ],
    '12: the retry of an executor that died before deleting a matched timer deletes it',
  ),
  known(
    'matched waits keep their timers at the end',
    '13: a wait whose match was written while its deleter died leaves no timer when the run ends',
  ),
  known(
    'cleanup without what the code opens next',
    'a cancelled run loses the timers of waits that its code was about to open',
  ),
  own(
    'a timer of an ended run is not reported',
    'lib/engine/handle.ts',
    [
      [
        'if (!run || (isOver(run) && run.by !== attempt.cause))',
        'if (!run || (isOver(run) && run.by === attempt.cause))',
      ],
    ],
    'a timer that a dead executor made for a wait it never showed fires once and finds nothing',
  ),
];

const timers: readonly Proof[] = [
  known('an early timer looks', 'a timer that comes up to 5 s early waits in place'),
  own(
    'every early timer waits in place',
    'lib/engine/handle.ts',
    [['if (earlyMs > limits.timerEarlyWaitMs)', 'if (earlyMs > 1e9)']],
    'a timer that comes earlier than that looks at nothing and throws, so that it comes back',
  ),
  own(
    'an early timer waits after its look',
    'lib/engine/handle.ts',
    [
      ['  await untilItsTime(ports, timer);\n', ''],
      [
        '  const run = runs.find((candidate) => runIdOf(candidate) === timer.run);\n',
        '  await untilItsTime(ports, timer);\n  const run = runs.find((candidate) => runIdOf(candidate) === timer.run);\n',
      ],
    ],
    'a timer that fires early while its run is held waits until its time, and so finds the wait that was not shown yet',
  ),
  own(
    'an ended run is written again',
    'lib/engine/settle.ts',
    [
      [
        '  if (isOver(run)) return settleOver(attempt, run);\n',
        '  if (isOver(run)) await attempt.ports.records.commit({ ...run, rev: run.rev + 1 }, { rev: run.rev });\n  if (isOver(run)) return settleOver(attempt, run);\n',
      ],
    ],
    'a timer that fires twice changes nothing the second time',
  ),
  own(
    'whoever comes as a timer finds its wait due',
    'lib/engine/look.ts',
    [
      [
        'return dueMs === deadline.deadlineMs ? Math.max(clockMs, deadline.deadlineMs) : clockMs;',
        'return Math.max(clockMs, dueMs ?? 0);',
      ],
    ],
    'a stale timer looks with its own clock',
  ),
  known('no timer of a retry', 'a retry of a step is a timer of its own attempt, and its step goes on then'),
  known(
    'timers keep one name for all attempts',
    'every attempt of a step has a timer of another name, so that one that has just fired is in nobody’s way',
  ),
  own(
    'every failure is tried again',
    'lib/engine/code/result.ts',
    [['if (isNonRetriable(error) || attempt > retries)', 'if (attempt > retries)']],
    'a step that says that it cannot work is not tried again',
  ),
];

const deadlines: readonly Proof[] = [
  own(
    'a length of time counts from event time only',
    'lib/engine/code/opening.ts',
    [['return Math.max(point.eventMs, point.doneAtMs);', 'return point.eventMs;']],
    'the time of a wait counts from the attempt of its step that was committed, not from one that died',
  ),
  own(
    'a wait on record is opened anew by the next replay',
    'lib/engine/code/script.ts',
    [
      ["recorded && (kind === 'wait' || kind === 'sleep') ? {} : describe(unique)", 'describe(unique)'],
      ['(recorded || !opens ? []', '(recorded?.deadlineMs === opens?.deadlineMs || !opens ? []'],
    ],
    'a deadline that was once written is never computed anew',
  ),
];

const withinASecond: readonly Proof[] = [
  own(
    'within a second other events come before triggers',
    'lib/engine/stored/event.ts',
    [['{ trigger: 0, event: 1, deadline: 2 }', '{ trigger: 1, event: 0, deadline: 2 }']],
    'a newer trigger wins over a purchase of its second, which resolves the new run, whatever their ids',
    'a pure cancel event of a trigger’s second cancels its run, whatever their ids',
  ),
  own(
    'within a second deadlines come first',
    'lib/engine/stored/event.ts',
    [['{ trigger: 0, event: 1, deadline: 2 }', '{ trigger: 1, event: 2, deadline: 0 }']],
    'an event of the second of a deadline comes before it',
  ),
  own(
    'triggers of one second do not cancel each other',
    'lib/engine/decision/decide.ts',
    [
      [
        '  if (position <= run.position || isOwnTrigger(run, event)) return false;\n',
        '  if (position <= run.position || event.timeMs === run.trigger.timeMs || isOwnTrigger(run, event)) return false;\n',
      ],
    ],
    'three triggers of one second leave the run of the last id, in whatever order they come',
    'two triggers of one second leave exactly one run, at whatever point the second one comes',
  ),
];

const handingOver: readonly Proof[] = [
  known(
    'the go-on timer before the lease is written away',
    'without time for the next function the lease is written away first, then a timer goes on',
  ),
  own(
    'a run goes on only by a lease',
    'lib/engine/settle.ts',
    [['if (run.lease || canGoOn(run, plan)) return', 'if (run.lease || (canGoOn(run, plan) && run.rev < 0)) return']],
    'dying between the two leaves the cause, which comes back and goes on',
  ),
  own(
    'a timer for going on has a fixed name',
    'lib/engine/handover.ts',
    [["timerName(run, 'go', rev, 0)", "timerName(run, 'go', 0, 0)"]],
    'each handing over has a timer of its own name, so that one that has just fired is in nobody’s way',
  ),
  own(
    'a dead lease stays when a run is handed over',
    'lib/engine/handover.ts',
    [
      [
        'const written = await letGo(attempt, run, seenRev);',
        "const written: Written = run.lease && !run.lease.nonce.startsWith(attempt.nonce) ? { outcome: 'done' } : await letGo(attempt, run, seenRev);",
      ],
    ],
    'a dead lease is written away as well, before a timer goes on',
  ),
  own(
    'an exception keeps the lease',
    'lib/engine/drive.ts',
    [['if (holdsLease(this.attempt, this.run))\n        await letGo', 'if (this.seenRev < 0)\n        await letGo']],
    'after an exception the lease is written away with what was done, and the retry goes on at once',
  ),
  known(
    'a function starts whatever time is left',
    'a function does not start when the write before it has eaten its time',
  ),
];

const floors: readonly Proof[] = [
  own(
    'no floor is ever set',
    'lib/engine/look.ts',
    [['      latestWins && snapshot.runs.every', '      !latestWins && snapshot.runs.every']],
    'the run that ends with all older ones over is a floor, and looks of newer events stop there',
    'a floor on a torn page is found, and nothing below it is used',
  ),
  known('floor set without asking for older runs', 'a run that ends while an older one is not over is no floor'),
  known(
    'a look that stops at its own item',
    'the retry of a trigger does not stop at its own run, although that is a floor by now',
  ),
  known('a look that stops above its own item', 'a trigger that comes late, below a floor, cancels its own run'),
  own(
    'a look that stops above its own item, and nobody minds',
    'lib/engine/look.ts',
    [
      ['if (!run.floor || run.position >= own.position) return false;', 'if (!run.floor) return false;'],
      ["if (own.role !== 'trigger' || !isLatestWins", "if (own.role !== 'event' || !isLatestWins"],
    ],
    'a late trigger that dies after its Put is taken care of by its retry, although newer events do not see it',
  ),
  own(
    'a superseded run is deleted',
    'lib/memory/records.ts',
    [
      [
        '    const { floor, ...ending } = cancellation;\n',
        "    const { floor, ...ending } = cancellation;\n    if (ending) {\n      const entries = this.partitions.get(run.pk) ?? [];\n      entries.splice(placeOf(entries, run.position), 1);\n      return { outcome: 'done' };\n    }\n",
      ],
    ],
    'a repeated trigger of a superseded run finds its tombstone, however much came after',
  ),
  known('a floor where the cancel has a window', 'there is no floor where the cancellation has a window'),
  own(
    'looks stop at the first cancelled run',
    'lib/engine/look.ts',
    [['if (!run.floor || run.position >=', "if (run.status !== 'cancelled' || run.position >="]],
    'a cancelled run alone is no proof that older ones are over: looks read on below it',
  ),
  own(
    'a late trigger does not come back for its run',
    'lib/engine/look.ts',
    [['if (overtaken && there && !over.has(own.position))', 'if (overtaken && there && over.has(own.position))']],
    'a late trigger whose run another executor holds comes back until that is over',
  ),
];

const foundBySimulator: readonly Proof[] = [
  known(
    "a cancelled run taken for one's own write",
    'a cancellation that came while a step ran is not taken for the holder’s own lost write',
  ),
  known(
    'armed timers not cleaned after a lost D1',
    'the timer of a retry goes with the run that was cancelled while its step failed',
  ),
  own(
    'a run that could not be settled is settled again by the same attempt',
    'lib/engine/look.ts',
    [['if (failed.has(runIdOf(run))', 'if (failed.size > 99']],
    'a function whose result could not be written does not start again in the same attempt',
  ),
  own(
    'what could not be settled is not thrown',
    'lib/engine/look.ts',
    [['    assertNoneFailed(failed);\n', '']],
    'what an attempt could not settle is not forgotten when it looks again, and the cause comes back',
  ),
  known(
    'an own lost cancellation is not cleaned up after',
    'a cancellation whose answer was lost is cleaned up after, although a floor lies above the run by now',
  ),
  known(
    'plain code that got further is forgotten before its timer',
    'the timer of plain code’s retry goes with its run, wherever the one that went on dies',
  ),
  known(
    'final failure of plain code as a result',
    'the final failure of plain code is no step result that a later replay would wait for',
  ),
];

const sentEvents: readonly Proof[] = [
  own(
    'a sent event has the time at which its step ran',
    'lib/engine/code/opening.ts',
    [
      [
        'sentTimeMs(step, ts, Math.max(at.point.eventMs, at.point.returned.timeMs))',
        'sentTimeMs(step, ts, codeMs(at.point))',
      ],
    ],
    'a send that is repeated is the same event, at a time that does not depend on the clock',
  ),
  known(
    'note of a sent event always overwrites',
    'the first content of a sent event wins, that of a foreign one is the same anyway',
  ),
  own(
    'hops do not grow',
    'lib/engine/code/opening.ts',
    [['      hops: Math.max(at.point.hops, at.point.returned.hops) + 1,', '      hops: at.point.hops,']],
    'what a run sends comes after what started it, though it is of the same second and its id is smaller',
  ),
  own(
    'nobody waits for the bus',
    'lib/engine/code/code.ts',
    [['  await attempt.ports.bus.publish(work.events);', '  attempt.ports.bus.publish(work.events).catch(() => {});']],
    'sending comes before the write, never after',
  ),
];

const field: readonly Proof[] = [
  own(
    'a trigger does not look at what is there',
    'lib/engine/look.ts',
    [
      [
        '  return { nowMs: nowFor(definition, own, runs, clockMs), runs, events };',
        "  return { nowMs: nowFor(definition, own, runs, clockMs), runs, events: own.role === 'trigger' ? [] : events };",
      ],
    ],
    'an event on record before its trigger is taken by the wait that the trigger opens',
  ),
  own(
    'a wait that has timed out can still be matched',
    'lib/engine/decision/decide.ts',
    [
      [
        "if (step.state !== 'waiting') continue;",
        "if (step.state !== 'waiting' && !(step.kind === 'wait' && step.state === 'timedOut')) continue;",
      ],
      [
        'if (deadlineMs !== undefined && deadlineMs <= nowMs)',
        "if (step.state === 'waiting' && deadlineMs !== undefined && deadlineMs <= nowMs)",
      ],
    ],
    'a replay after a timeout sees that timeout, though an event inside the window came meanwhile',
  ),
  known('a timeout before anything else', 'a timeout never beats an event that was recorded before its timer looked'),
  own(
    'all customers share a partition',
    'lib/engine/stored/key.ts',
    [
      [
        'function typedValue(value: KeyValue): string {\n',
        "function typedValue(value: KeyValue): string {\n  if (value !== undefined) return 's:all';\n",
      ],
    ],
    'an event resolves the wait of its own customer and of nobody else',
    'a newer trigger cancels the run of its own customer and of nobody else',
  ),
  own(
    'a timer is taken whatever journey it is of',
    'lib/engine/handle.ts',
    [['if (!ref?.pk.startsWith(', "if (!ref || ref.pk === '' && ref.pk.startsWith("]],
    'a timer of another journey is not taken, though the customer and the step are the same',
  ),
  own(
    'every event is taken',
    'lib/engine/arrival/intake.ts',
    [
      ['if (!mayStart && !hasOtherRole) {', 'if (!mayStart && !hasOtherRole && !definition.keyPaths) {'],
      ['const pk = starts || awaited || cancels ? partitionOf', 'const pk = definition.keyPaths ? partitionOf'],
    ],
    'an event of another journey with the same customer is not recorded',
  ),
  own(
    'a run ends only when nothing is pending',
    'lib/engine/code/script.ts',
    [
      [
        "if (this.outcome?.next !== 'finished') return this.outcome;",
        "if (this.outcome?.next !== 'finished') return this.outcome;\n    if ([...this.calls.values()].some((call) => !call.settled)) return undefined;",
      ],
    ],
    'the losing wait of a race does not keep the run open, and its timer goes',
  ),
  known(
    'timers after D5 (D5 before D4)',
    'no wait behind a step is ever visible without its timer, wherever its process dies',
  ),
  own(
    'a timeout does not move the point that the code has reached',
    'lib/engine/code/script.ts',
    [['      this.eventMs = Math.max(this.eventMs, step.deadlineMs);\n', '']],
    'a second wait is alive after the first one has timed out',
  ),
  own(
    'null is a key like any other',
    'lib/journey/match.ts',
    [
      [
        '  return isKeyValue(value) ? value : undefined;\n',
        "  if (value === null || value === undefined) return 'null';\n  return isKeyValue(value) ? value : undefined;\n",
      ],
    ],
    'null does not equal null: a trigger and an event without the key never meet',
    'null does not equal null: a newer trigger without the key cancels nobody',
  ),
];

export const proofs: readonly Proof[] = [
  ...noRunIsStuck,
  ...oneOutcome,
  ...eventOrder,
  ...noTimerStays,
  ...timers,
  ...deadlines,
  ...withinASecond,
  ...handingOver,
  ...floors,
  ...foundBySimulator,
  ...sentEvents,
  ...field,
];
