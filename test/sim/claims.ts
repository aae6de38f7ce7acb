/**
 * Which triggers may start a run where a journey claims places, told simply: of one order within the period one run; of one
 * value one living run. It sees which runs began, which are over, and who was skipped because of whom; never a claim.
 */
import type { RunDocument } from '../../lib/engine/stored/document.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import { clock } from './clock.js';
import type { Invocation } from './invocation.js';
import type { JourneySpec } from './program.js';
import { Violation } from './run-track.js';

/** A trigger that was taken: it began a run, or was skipped. */
interface Taken {
  readonly run: RunDocument;
  readonly skipped: boolean;
  /** Of its event; undefined is nobody's. */
  readonly order: unknown;
}

export class Claims {
  private readonly taken = new Map<string, Taken>();

  constructor(
    private readonly spec: JourneySpec,
    private readonly isOver: (run: string) => boolean,
    /** The order of an event, as it was first sent. */
    private readonly orderOf: (event: string) => unknown,
  ) {}

  /** @throws Violation when a run begins that should have been skipped. */
  begins(run: RunDocument): void {
    const now = this.take(run);
    const { idempotencyS, singleton } = this.spec;
    if (idempotencyS !== undefined && now.order !== undefined) {
      const other = [...this.taken.values()].find(
        (one) => one !== now && !one.skipped && one.order === now.order && isWithin(one.run, run, idempotencyS),
      );
      if (other)
        throw new Violation('S5', `${run.trigger.id} begins a run, but ${other.run.trigger.id} of its order has one`);
    }
    if (singleton === undefined) return;
    for (const [id, other] of this.taken) {
      if (other === now || other.skipped || !this.isOfOne(other, now) || this.isOver(id)) continue;
      throw new Violation('S6', `${run.trigger.id} begins a run beside that of ${other.run.trigger.id}`);
    }
  }

  /** @throws Violation when a trigger is skipped that should have started a run. */
  skips(run: RunDocument, by: Invocation): void {
    const now = this.take(run);
    const { skipped } = run;
    if (!skipped) throw new Violation('S5', `${run.trigger.id} is skipped for no reason`);
    const holder = runIdOf(skipped.holder);
    const other = this.taken.get(holder);
    if (holder === runIdOf(run)) throw new Violation('S5', `${run.trigger.id} is skipped because of itself`);
    const was = by.holderWas?.run === holder ? by.holderWas : undefined;
    if (!was || was.joined || (skipped.by === 'singleton' && was.over))
      throw new Violation('S5', `${run.trigger.id} is skipped because of a run that did not stand in its way`);
    if (skipped.by === 'singleton') {
      if (other && !this.isOfOne(other, now))
        throw new Violation('S6', `${run.trigger.id} is skipped by another value`);
    } else if (now.order === undefined) {
      throw new Violation('S5', `${run.trigger.id} is skipped for an order, and names none`);
    } else if (other && (other.order !== now.order || !isWithin(other.run, run, this.spec.idempotencyS ?? 0))) {
      throw new Violation('S5', `${run.trigger.id} is skipped because of another order, ${other.run.trigger.id}`);
    }
  }

  /** What an invocation saw of whom it found in its place. */
  reads(by: Invocation, holder: string): void {
    const seen = this.taken.get(holder);
    const over = seen !== undefined && (seen.skipped || this.isOver(holder));
    by.holderWas = { run: holder, over, joined: seen?.run.skipped?.by === 'idempotency' };
  }

  private take(run: RunDocument): Taken {
    const orderOf = ({ id, name }: RunDocument['trigger']) => (name === clock ? undefined : this.orderOf(id));
    const now = { run, skipped: run.status === 'skipped', order: orderOf(run.trigger) };
    this.taken.set(runIdOf(run), now);
    return now;
  }

  private isOfOne(one: Taken, other: Taken): boolean {
    const { singleton, keyless } = this.spec;
    if (singleton === 'order') return one.order !== undefined && one.order === other.order;
    return keyless === true || one.run.pk === other.run.pk;
  }
}

function isWithin(one: RunDocument, other: RunDocument, periodS: number): boolean {
  return Math.abs(one.trigger.timeMs - other.trigger.timeMs) <= periodS * 1_000;
}
