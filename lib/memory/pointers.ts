/**
 * The pointers port in memory. As strict as the table: what goes in is frozen, pages come in the order of the pointers' names.
 */

import type { Pointer, Pointers } from '../engine/ports.js';
import { pointerName, pointerPrefix } from '../engine/stored/key.js';

export interface MemoryPointersOptions {
  /** What one answer holds at most. Default: everything. */
  readonly pageEntries?: number;
}

export class MemoryPointers implements Pointers {
  /** Partition -> name -> pointer. */
  private readonly places = new Map<string, Map<string, Pointer>>();

  constructor(private readonly options: MemoryPointersOptions = {}) {}

  async put(pointer: Pointer): Promise<void> {
    const { place, event, run, expiresAtS } = pointer;
    const there = this.places.get(place) ?? new Map<string, Pointer>();
    const copy = Object.freeze({
      place,
      event,
      run: Object.freeze({ pk: run.pk, position: run.position }),
      expiresAtS,
    });
    there.set(pointerName(event, run), copy);
    this.places.set(place, there);
  }

  async look(
    place: string,
    event: string,
    page: { readonly after?: string; readonly limit?: number },
  ): ReturnType<Pointers['look']> {
    const { after = '' } = page;
    const names = [...(this.places.get(place)?.keys() ?? [])]
      .filter((name) => name.startsWith(pointerPrefix(event)) && name > after)
      .sort();
    const most = Math.min(page.limit ?? Number.POSITIVE_INFINITY, this.options.pageEntries ?? Number.POSITIVE_INFINITY);
    const found = names.slice(0, most);
    const last = found.at(-1);
    return {
      pointers: found.map((name) => this.places.get(place)!.get(name)!),
      // Like the table, a full page says that there may be more.
      ...(found.length === most && last !== undefined && { after: last }),
    };
  }

  async drop({ place, event, run }: Pointer): Promise<void> {
    const there = this.places.get(place);
    there?.delete(pointerName(event, run));
    if (there?.size === 0) this.places.delete(place);
  }

  all(): Pointer[] {
    return [...this.places.values()].flatMap((pointers) => [...pointers.values()]);
  }

  /** Forgets what may be forgotten, as the table's TTL does in its own time. @returns how many are gone. */
  forget(nowMs: number): number {
    const gone = this.all().filter(({ expiresAtS }) => expiresAtS * 1_000 <= nowMs);
    for (const pointer of gone) void this.drop(pointer);
    return gone.length;
  }
}
