/** Virtual time: what is due next. A binary heap; of equal instants the one planned first comes first. */

interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly act: () => void | Promise<void>;
}

export class Timeline {
  nowMs: number;
  private readonly heap: Planned[] = [];
  private planned = 0;

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** @param atMs an instant in the past means now. */
  plan(atMs: number, act: Planned['act']): void {
    this.planned += 1;
    const { heap } = this;
    const item = { atMs: Math.max(atMs, this.nowMs), order: this.planned, act };
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(item, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = item;
  }

  /** Moves on to what is due next. @returns undefined when nothing is. */
  next(): Planned['act'] | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last) return undefined;
    if (heap.length > 0) this.sink(last);
    this.nowMs = first.atMs;
    return first.act;
  }

  private sink(item: Planned): void {
    const { heap } = this;
    let at = 0;
    while (true) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, item)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = item;
  }
}

function before(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
