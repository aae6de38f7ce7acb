/**
 * Who has called whom in a history, as the bus has seen it: calls, their returns and their revocations, by the ids of their events.
 *
 * Owns: that knowledge, for all journeys of a history. Must not know how the engine makes an id, only that a call keeps it.
 */

import type { SentEvent } from '../../lib/engine/ports.js';
import type { RunDocument } from '../../lib/engine/stored/document.js';
import type { EngineEvent } from '../../lib/engine/stored/event.js';
import { callEventKind } from '../../lib/journey/invoke.js';
import type { Happening } from './reference.js';
import { Violation } from './run-track.js';

interface Made {
  /** `<trigger of the caller>/<step>` */
  readonly from: string;
  readonly trigger: string;
  /** Its run id. */
  readonly caller: string;
  returned?: string;
}

export class Calls {
  /** By the id of the event that begins the called run. */
  private readonly made = new Map<string, Made>();
  private readonly ids = new Map<string, string>();
  private readonly revoked = new Set<string>();
  /** Calls that were refused, and the events that say so. */
  private readonly refused = new Set<string>();
  private readonly refusals = new Set<string>();
  /** Event id of a return or a revocation -> its call. */
  private readonly ofEvent = new Map<string, string>();

  /** @param trigger the id of the caller's. */
  calls({ id, call }: SentEvent, trigger: string, step: string): void {
    const { caller } = call!;
    const before = this.ids.get(`${caller}/${step}`) ?? id;
    const from = `${trigger}/${step}`;
    if (before !== id) throw new Violation('S1', `step ${from} calls twice, as ${before} and as ${id}`);
    this.ids.set(`${caller}/${step}`, id);
    if (!this.made.has(id)) this.made.set(id, { from, trigger, caller });
  }

  returns({ id, call, data, timeMs }: SentEvent): void {
    const made = this.of(call!.id);
    const told = JSON.stringify([id, timeMs, data]);
    if ((made.returned ?? told) !== told) throw new Violation('S1', `call ${made.from} returns twice, and differently`);
    made.returned = told;
    this.ofEvent.set(id, call!.id);
  }

  /** The called journey may say so more than once, each time as another event. */
  refuses({ id, call }: SentEvent): void {
    this.of(call!.id);
    this.refused.add(call!.id);
    this.refusals.add(id);
    this.ofEvent.set(id, call!.id);
  }

  isRefused(call: string): boolean {
    return this.refused.has(call);
  }

  /** Another delivery of a call that is refused may have begun its run: who takes a refusal has revoked that by then. */
  assertRevoked({ steps }: RunDocument): void {
    for (const [id, step] of steps)
      if (step.kind === 'wait' && this.refusals.has(step.matched?.id ?? '') && !this.revoked.has(step.call!))
        throw new Violation('L1', `${id} takes a refusal, and its call was not revoked`);
  }

  /** It may be revoked before it is made: who cancels its caller cannot know whether the holder of the lease has called. */
  revokes({ id, call }: SentEvent): void {
    this.revoked.add(call!.id);
    this.ofEvent.set(id, call!.id);
  }

  of(call: string): Made {
    const made = this.made.get(call);
    if (!made) throw new Violation('S1', `something is told of call ${call}, which nobody has made`);
    return made;
  }

  hasReturned(call: string): boolean {
    return this.made.get(call)?.returned !== undefined;
  }

  isRevoked(call: string): boolean {
    return this.revoked.has(call);
  }

  /** Of one caller. */
  *from(caller: string): Iterable<readonly [string, Made]> {
    for (const [id, made] of this.made) if (made.caller === caller) yield [id, made];
  }

  /** What an event of a call says, told as the reference understands it. */
  told({ id, name }: Pick<EngineEvent, 'id' | 'name'>): Pick<Happening, 'answers' | 'revokes'> {
    const call = this.ofEvent.get(id);
    if (call === undefined) return {};
    return callEventKind(name) === 'revoked' ? { revokes: call } : { answers: this.of(call).from };
  }

  /** The event by whose id a journey without key keeps an event. */
  homeOf({ id, name }: Pick<EngineEvent, 'id' | 'name'>): string {
    const call = this.ofEvent.get(id);
    if (call === undefined) return id;
    return callEventKind(name) === 'revoked' ? call : this.of(call).trigger;
  }
}
