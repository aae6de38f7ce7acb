/**
 * Everything random in a sandbox, decided by its seed.
 *
 * Owns: identifiers and hashes to numbers. Must not know: what they are for.
 * Invariant: what must not depend on the order of concurrent calls (a timer's lateness) is a hash of seed and name.
 */

import { createHash } from 'node:crypto';

export class SeededRandom {
  private readonly counts = new Map<string, number>();

  constructor(private readonly seed: number) {}

  /**
   * An identifier in the shape of a UUID; the next call gives another one. Each purpose counts for itself, so that the ids
   * of events follow from the order in which they were put, whatever functions do meanwhile.
   */
  uuid(purpose: string): string {
    const count = (this.counts.get(purpose) ?? 0) + 1;
    this.counts.set(purpose, count);
    const hex = this.hash(`uuid:${purpose}:${count}`).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  /** A whole number from 0 to `below` - 1 that belongs to this name. */
  numberFor(name: string, below: number): number {
    return this.hash(name).readUInt32BE(0) % below;
  }

  /** A number from 0 to under 1 that belongs to this name. */
  shareFor(name: string): number {
    return this.hash(name).readUInt32BE(0) / 2 ** 32;
  }

  private hash(text: string): Buffer {
    return createHash('sha256').update(`${this.seed}:${text}`).digest();
  }
}
