/**
 * What one journey's schemas mean for its events: an event that does not fit when it is handed over is refused, unless it was taken
 * before, and what never fitted is never on record.
 *
 * Owns: which events did not fit when. Knows no engine but the shape of an event.
 */
import type { EngineEvent } from '../../lib/engine/stored/event.js';
import { callEventKind } from '../../lib/journey/invoke.js';
import { dawnMs } from './history.js';
import type { Invocation } from './invocation.js';
import type { SchemaSpec } from './program.js';
import { Violation } from './run-track.js';
import { isOdd, isStrict } from './schemas.js';

type Event = Pick<EngineEvent, 'id' | 'name' | 'data'>;

export class Misfits {
  /** Invocations that were handed an event that did not fit then. */
  private readonly misfitting = new WeakMap<Invocation, string>();
  /** Odd events that were handed over while the schema was not strict. */
  private readonly takeable = new Set<string>();

  constructor(private readonly schemas: SchemaSpec | undefined) {}

  handed(invocation: Invocation, event: Event, nowMs: number): void {
    if (!this.concerns(event)) return;
    if (isStrict(this.schemas!, nowMs)) this.misfitting.set(invocation, event.id);
    else this.takeable.add(event.id);
  }

  mayRefuse(invocation: Invocation): boolean {
    return this.misfitting.has(invocation);
  }

  /** @throws Violation for one that had to be refused. */
  acknowledged(invocation: Invocation): void {
    const id = this.misfitting.get(invocation);
    if (id === undefined || this.takeable.has(id)) return;
    throw new Violation('S1', `${invocation.label} acknowledges ${id}, which the schema refuses`);
  }

  isNeverTaken(event: Event): boolean {
    return this.concerns(event) && !this.takeable.has(event.id);
  }

  /** When its schema takes it at last. */
  mendedMs(event: Event): number | undefined {
    const { untilS } = this.schemas ?? {};
    return untilS === undefined || this.takeable.has(event.id) ? undefined : dawnMs + untilS * 1_000;
  }

  private concerns({ name, data }: Event): boolean {
    const isCall = callEventKind(name) === 'invoked' && this.schemas?.calls === true;
    return isOdd(data) && (isCall || this.schemas?.names.some((one) => one === name) === true);
  }
}
