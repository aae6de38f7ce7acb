/**
 * The records of the memory world, with a witness who is told of each write that took effect and of each look that begins.
 *
 * Owns nothing and changes no answer; what a write means is the witness's business.
 */

import type { Cancellation, Written } from '../../lib/engine/ports.js';
import type { EventRecord, RunDocument } from '../../lib/engine/stored/document.js';
import { MemoryRecords } from '../../lib/memory/records.js';

export interface Witness {
  begun(run: RunDocument): void;
  noted(record: EventRecord): void;
  committed(before: RunDocument, after: RunDocument): void;
  cancelled(before: RunDocument, cancellation: Cancellation): void;
  /** Before the first page of a look. */
  looks(): void;
}

export class WatchedRecords extends MemoryRecords {
  witness!: Witness;

  override async begin(run: RunDocument): ReturnType<MemoryRecords['begin']> {
    const outcome = await super.begin(run);
    if (outcome.outcome === 'done') this.witness.begun(run);
    return outcome;
  }

  override async note(record: EventRecord, options: { readonly firstWins: boolean }): Promise<void> {
    await super.note(record, options);
    this.witness.noted(record);
  }

  override async commit(run: RunDocument, seen: { readonly rev: number }): Promise<Written> {
    const before = this.of(run);
    const written = await super.commit(run, seen);
    if (written.outcome === 'done') this.witness.committed(before!, run);
    return written;
  }

  override async cancel(
    run: RunDocument,
    cancellation: Cancellation,
    seen: { readonly nonce: string } | { readonly rev: number },
  ): Promise<Written> {
    const before = this.of(run);
    const written = await super.cancel(run, cancellation, seen);
    if (written.outcome === 'done') this.witness.cancelled(before!, cancellation);
    return written;
  }

  override look(...asked: Parameters<MemoryRecords['look']>): ReturnType<MemoryRecords['look']> {
    if (asked[1].before === undefined) this.witness.looks();
    return super.look(...asked);
  }

  private of({ pk, position }: RunDocument): RunDocument | undefined {
    return this.runs().find((run) => run.pk === pk && run.position === position);
  }
}
