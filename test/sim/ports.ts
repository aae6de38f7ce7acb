/**
 * The ports of one invocation: the memory world's, each call through the invocation's gate and seen by the monitor.
 */

import type {
  Clock,
  Own,
  Pointer,
  Pointers,
  Ports,
  Records,
  SentEvent,
  Timers,
  Turn,
  Written,
} from '../../lib/engine/ports.js';
import type { Cause, RunDocument } from '../../lib/engine/stored/document.js';
import { type RunRef, runIdOf, runRefOf } from '../../lib/engine/stored/key.js';
import type { MemoryPointers } from '../../lib/memory/pointers.js';
import type { MemoryRecords } from '../../lib/memory/records.js';
import { homeOf } from './after-runs.js';
import { secondsOf } from './history.js';
import type { Invocation } from './invocation.js';
import type { Monitor } from './monitor.js';
import { Violation } from './run-track.js';
import type { Schedules } from './schedules.js';

export interface Shared {
  readonly records: MemoryRecords;
  readonly pointers: MemoryPointers;
  readonly schedules: Schedules;
  readonly monitor: Monitor;
  nowMs(): number;
  publish(events: readonly SentEvent[], by: Invocation): void;
  fact(kind: string): void;
  /** Keeps what a check threw; the engine does not get to see it. */
  watch(check: () => void): void;
  tell(who: string, what: string): void;
  labelOfRun(run: RunRef): string;
  /** The journey whose function this is. */
  readonly journey: string;
  forward(version: string, cause: Cause, own: Own): 'accepted' | 'gone';
  /** The table may forget this item from then on. */
  expires(item: RunRef, atS: number): void;
}

export function portsOf(invocation: Invocation, shared: Shared): Ports {
  return {
    records: recordsOf(invocation, shared),
    pointers: pointersOf(invocation, shared),
    timers: timersOf(invocation, shared),
    bus: {
      publish: (events) => {
        shared.watch(() => shared.monitor.sends(invocation, events));
        return invocation.call('publish', async () => {
          shared.tell(invocation.label, `publishes ${events.map(({ name }) => name).join(', ')}`);
          shared.publish(events, invocation);
        });
      },
    },
    versions: {
      forward: (version, cause, own) =>
        invocation.call('forward', async () => {
          const outcome = shared.forward(version, cause, own);
          shared.tell(invocation.label, `forwards its cause to version ${version}: ${outcome}`);
          return outcome;
        }),
    },
    clock: clockOf(invocation),
    turn,
    observer: { fact: (fact) => shared.fact(fact.kind), line: () => {} },
    nonce: () => invocation.label,
  };
}

/**
 * The code of a generated journey awaits nothing but steps, so whatever is ready to run is a microtask. Node runs a tick
 * callback that is queued from a microtask once no microtask is left: the same point in the program as a macrotask later.
 */
const turn: Turn = {
  macrotask: () => new Promise((resolve) => process.nextTick(resolve)),
  moment: () => new Promise((resolve) => process.nextTick(resolve)),
};

function clockOf(invocation: Invocation): Clock {
  return {
    nowMs: () => invocation.clockMs(),
    remainingMs: () => invocation.remainingMs(),
    sleepMs: (ms) => invocation.pause('sleep', ms, false),
  };
}

function recordsOf(invocation: Invocation, shared: Shared): Records {
  const { records, monitor } = shared;
  const effect = <Value>(what: string, pk: string, run: () => Promise<Value>, seen: (value: Value) => void) =>
    invocation.call(what, async () => {
      shared.watch(() => assertOwn(invocation, monitor.domainOf(pk), what));
      const value = await run();
      monitor.order += 1;
      shared.watch(() => seen(value));
      return value;
    });
  const told = (what: string, run: RunDocument, outcome: Written['outcome']): void =>
    shared.tell(invocation.label, `${what} run ${shared.labelOfRun(run)}${outcome === 'done' ? '' : `: ${outcome}`}`);
  return {
    begin: (run) =>
      effect(
        'begin',
        run.pk,
        () => records.begin(run),
        ({ outcome }) => {
          told(run.status === 'skipped' ? 'skips' : run.lease ? 'begins, leased,' : 'begins', run, outcome);
          if (outcome === 'done' && run.expiresAtS !== undefined) shared.expires(run, run.expiresAtS);
          monitor.begun(invocation, run, outcome, shared.nowMs());
        },
      ),
    note: (record, options) =>
      effect(
        'note',
        record.pk,
        () => records.note(record, options),
        () => {
          shared.tell(invocation.label, `records ${record.event.id}`);
          monitor.noted(record, shared.nowMs());
          shared.expires(record, record.expiresAtS);
        },
      ),
    look: (pk, page) => {
      const atMs = shared.nowMs();
      return effect(
        'look',
        pk,
        () => records.look(pk, page),
        () => {
          shared.tell(invocation.label, page.before === undefined ? 'looks' : 'looks on');
          // What is on record elsewhere is read after the run's own look.
          if (page.before !== undefined || !isHome(pk)) return;
          invocation.looks.set(pk, { order: monitor.order, atMs });
          if (homeOf(pk) !== pk) return;
          invocation.look = { order: monitor.order, atMs };
          invocation.decidedSinceLook = false;
        },
      );
    },
    cancel: (run, cancellation, seen) =>
      effect(
        'cancel',
        run.pk,
        () => records.cancel(run, cancellation, seen),
        (written) => {
          told(`by ${cancellation.cancelledBy.id} cancels`, run, written.outcome);
          monitor.cancelled(invocation, run, cancellation, written);
          if (written.outcome === 'done') shared.expires(run, cancellation.expiresAtS);
        },
      ),
    commit: (run, seen) =>
      effect(
        'commit',
        run.pk,
        () => records.commit(run, seen),
        (written) => {
          told(`writes (${story(run)})`, run, written.outcome);
          monitor.committed(invocation, run, written);
          if (written.outcome === 'done' && run.expiresAtS !== undefined) shared.expires(run, run.expiresAtS);
        },
      ),
    claim: (claim, free) =>
      invocation.call('claim', async () => {
        const outcome = await records.claim(claim, free);
        if (outcome.outcome === 'done') shared.expires(claim.holder, claim.expiresAtS);
        shared.tell(invocation.label, `claims ${claim.pk.split('|').slice(2).join('|')}: ${outcome.outcome}`);
        return outcome;
      }),
    holder: (ref) =>
      invocation.call('holder', async () => {
        const run = await records.holder(ref);
        shared.tell(invocation.label, `reads the holder: ${run?.status ?? 'not there'}`);
        monitor.claims.reads(invocation, runIdOf(ref));
        return run;
      }),
  };
}

function isHome(pk: string): boolean {
  return !/^[^|]*\|(?:\*|data\.)/.test(pk);
}

function pointersOf(invocation: Invocation, { pointers, monitor, tell, labelOfRun, expires }: Shared): Pointers {
  const of = ({ place, event, run }: Pointer): string => `pointer of ${labelOfRun(run)} for ${event} in ${place}`;
  return {
    put: (pointer) =>
      invocation.call('put pointer', async () => {
        await pointers.put(pointer);
        monitor.pointed(invocation, pointer);
        expires({ pk: pointer.place, position: of(pointer) as never }, pointer.expiresAtS);
        tell(invocation.label, `puts the ${of(pointer)}`);
      }),
    look: (place, event, page) =>
      invocation.call('look at pointers', async () => {
        tell(invocation.label, `looks at the pointers for ${event} in ${place}`);
        return pointers.look(place, event, page);
      }),
    drop: (pointer) =>
      invocation.call('drop pointer', async () => {
        await pointers.drop(pointer);
        tell(invocation.label, `deletes the ${of(pointer)}`);
      }),
  };
}

type Wanted = Omit<Parameters<Schedules['create']>[0], 'journey'>;

/** An invocation came for one customer of one journey, and touches nobody else's items. */
function assertOwn(invocation: Invocation, pk: string, what: string): void {
  if (pk !== invocation.cause.pk)
    throw new Violation('X1', `${invocation.label} calls ${what} in ${pk}, but came for ${invocation.cause.pk}`);
}

function timersOf(invocation: Invocation, shared: Shared): Timers {
  const { schedules } = shared;
  const create = (wanted: Wanted, dueMs: number, run?: string): Promise<void> =>
    invocation.call('create timer', async () => {
      if (run !== undefined)
        shared.watch(() => assertOwn(invocation, shared.monitor.domainOf(runRefOf(run)!.pk), 'create timer'));
      const schedule = schedules.create(
        { ...wanted, journey: shared.journey, codeVersion: invocation.codeVersion },
        { dueMs, clockMs: invocation.clockMs(), order: shared.monitor.order },
      );
      shared.tell(invocation.label, `creates ${wanted.label}${schedule ? '' : ', which is there'}`);
      if (schedule && run !== undefined) {
        // One that lands after its sender's death was never in its hands.
        if (invocation.alive) invocation.unshown.push({ run, schedule });
        else schedule.orphaned = true;
      }
    });
  return {
    set: (timer) => {
      if (timer.step === 'go') shared.fact('handedOver');
      const of = shared.labelOfRun(runRefOf(timer.run)!);
      const label = `timer of ${of}/${timer.step}#${timer.attempt} due ${secondsOf(timer.deadlineMs)}`;
      return create({ name: timer.name, label, timer }, timer.deadlineMs, timer.run);
    },
    bringBack: (name, event) => create({ name, label: `return of ${event.id}`, event }, event.timeMs),
    drop: (name) =>
      invocation.call('delete timer', async () => {
        shared.tell(invocation.label, `deletes a timer`);
        schedules.delete(name);
      }),
  };
}

function story(run: RunDocument): string {
  const steps = [...run.steps].map(([id, step]) => `${id} ${step.state}`).join(', ');
  return [run.status, run.lease ? 'leased' : 'free', steps].join('; ');
}
