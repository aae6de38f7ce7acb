/**
 * What follows the ends of runs, as it must be: one run of the handler for each run that failed or was cancelled and has one, none
 * before the end is committed, none for others, and none of its functions beside one of the run that it follows. And ends that are
 * told: each once, as one event, never before it is committed. Also a run's own timeouts. It looks at documents only.
 */

import type { SentEvent } from '../../lib/engine/ports.js';
import { type RunDocument, runEndOf } from '../../lib/engine/stored/document.js';
import { afterPartitionOf, endedRunOf, runIdOf } from '../../lib/engine/stored/key.js';
import type { Invocation } from './invocation.js';
import { mostSkewMs } from './lockstep.js';
import type { JourneySpec, Program } from './program.js';
import { type RunTrack, Violation } from './run-track.js';

/** The sleep of a handler until no function of the cancelled run can be running. */
const quietStep = '(lease)';

/** Where a partition belongs: what follows a run belongs to its customer. */
export function homeOf(pk: string): string {
  return endedRunOf(pk)?.pk ?? pk;
}

export class AfterRuns {
  /** Id of the run that has ended -> the run that follows it. */
  private readonly byEnded = new Map<string, RunTrack>();
  /** Id of the event -> the run whose end it tells. */
  private readonly told = new Map<string, string>();

  constructor(
    private readonly spec: JourneySpec,
    private readonly trackOf: (run: string) => RunTrack | undefined,
  ) {}

  /** The run that follows another one's end. */
  of(ended: string): RunTrack | undefined {
    return this.byEnded.get(ended);
  }

  /** @returns what the run is, whose end is followed. @throws Violation where nothing may follow it. */
  begins(run: RunDocument): { readonly ended: RunTrack; readonly spec: JourneySpec } {
    const ref = endedRunOf(run.pk)!;
    const ended = this.trackOf(runIdOf(ref));
    const where = `what follows ${ended?.label ?? 'no run'}`;
    if (!ended || run.pk !== afterPartitionOf(ended.doc)) throw new Violation('A1', `${where} begins in ${run.pk}`);
    const { status } = ended.doc;
    if (!this.handlerOf(status)) throw new Violation('A1', `${where} begins, though that is ${status}`);
    if (this.byEnded.has(ended.id)) throw new Violation('A1', `${where} begins a second time`);
    if (run.trigger.name !== `sojourn/run.${status}`) throw new Violation('A1', `${where} is ${run.trigger.name}`);
    return { ended, spec: this.specOf(this.spec, run) };
  }

  began(ended: RunTrack, track: RunTrack): void {
    this.byEnded.set(ended.id, track);
  }

  /** The journey as a run of a handler has it: with the sleep that comes before the handler's own steps. */
  specOf(spec: JourneySpec, run: RunDocument): JourneySpec {
    if (!endedRunOf(run.pk)) return spec;
    const { finishS, startS, ...rest } = spec;
    const { quietAtMs } = run.trigger.data as { readonly quietAtMs?: number };
    const handler = (run.trigger.name === 'sojourn/run.failed' ? spec.onFailure : spec.onCancel) ?? [];
    const program: Program =
      quietAtMs === undefined ? handler : [{ do: 'sleep', id: quietStep, s: 0, atMs: quietAtMs }, ...handler];
    return { ...rest, cancelOn: [], program };
  }

  /** @throws Violation when a function of the run that is followed still runs. */
  assertAlone(track: RunTrack, where: string): void {
    const ended = endedRunOf(track.pk);
    if (!ended) return;
    for (const { invocation, step } of this.trackOf(runIdOf(ended))!.functions)
      if (invocation.alive && !invocation.isBeyondItsEnd())
        throw new Violation('A2', `${where} while ${invocation.label} runs ${step} of the run that it follows`);
  }

  /** Nothing of the run is under way. @throws Violation */
  assertFollowed({ id, label, doc, pk }: RunTrack): void {
    if (endedRunOf(pk)) return;
    if (this.handlerOf(doc.status) && !this.byEnded.has(id))
      throw new Violation('A1', `run ${label} is ${doc.status}, and nothing follows it`);
    const end = runEndOf(doc);
    if (end && this.spec.tells?.includes(end) && ![...this.told.values()].includes(id))
      throw new Violation('A3', `run ${label} is ${end}, and that is not told`);
  }

  /** @returns whether these events tell the end of a run. @throws Violation where there is none to tell. */
  tells(events: readonly SentEvent[]): boolean {
    const [event] = events;
    if (!event?.name.startsWith('sojourn/run.')) return false;
    const { run, status } = event.data as { readonly run: string; readonly status: string };
    const track = this.trackOf(run);
    if (events.length > 1 || !track || track.doc.status !== status || !this.spec.tells?.some((end) => end === status))
      throw new Violation('A3', `it is told that run ${track?.label} is ${status}, but it is ${track?.doc.status}`);
    if (endedRunOf(track.pk)) throw new Violation('A3', `the end of what follows ${track.label} is told`);
    const before = [...this.told].find(([, of]) => of === run)?.[0] ?? event.id;
    if (before !== event.id) throw new Violation('A3', `the end of ${track.label} is told by two events`);
    this.told.set(event.id, run);
    return true;
  }

  /** A run is put on record: over at once if it begins too late, and only then. */
  assertBegins(run: RunDocument, by: Invocation, atMs: number): void {
    const { startS } = this.spec;
    const untilMs = startS === undefined ? Number.POSITIVE_INFINITY : run.trigger.timeMs + startS * 1_000;
    const where = `run ${run.trigger.id} begins ${run.status}`;
    if (run.status === 'active' && by.begunMs > untilMs + mostSkewMs && !endedRunOf(run.pk))
      throw new Violation('order', `${where}, later than it may`);
    if (run.status === 'active') return;
    if (run.status !== 'cancelled' || run.cancelledBy?.name !== 'sojourn/timeout.start' || run.steps.size > 0)
      throw new Violation('S1', where);
    if (atMs + mostSkewMs < untilMs) throw new Violation('order', `${where}, although it is not too late`);
  }

  private handlerOf(status: RunDocument['status']): Program | undefined {
    if (status === 'failed') return this.spec.onFailure;
    return status === 'cancelled' ? this.spec.onCancel : undefined;
  }
}
