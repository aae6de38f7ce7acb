/**
 * What must hold of pointers: a run at rest has one wherever it still listens (L1), and one that is over has none left (G1),
 * but for what an attempt put that died, threw or was fenced before it could show it.
 *
 * It looks at documents and pointers only, never at how the engine came to them.
 */

import type { Pointer } from '../../lib/engine/ports.js';
import { isOver, type RunDocument } from '../../lib/engine/stored/document.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import type { MemoryPointers } from '../../lib/memory/pointers.js';
import type { Invocation } from './invocation.js';
import { type RunTrack, Violation } from './run-track.js';

interface Listens {
  readonly event: string;
  readonly place: string;
}

export class PointerWatch {
  /** Put, and not shown by a write of the one who put it. */
  private readonly unshown = new Map<Invocation, Pointer[]>();
  private readonly orphaned = new Set<string>();

  put(by: Invocation, pointer: Pointer): void {
    if (!by.alive) {
      this.orphaned.add(nameOf(pointer));
      return;
    }
    this.orphaned.delete(nameOf(pointer));
    this.unshown.set(by, [...(this.unshown.get(by) ?? []), pointer]);
  }

  /** A write of this one shows what the run listens to. */
  wrote(by: Invocation, run: RunDocument): void {
    const left = this.of(by, run).filter((pointer) => !everHeard(run).some((one) => isFor(pointer, one)));
    this.unshown.set(by, [...this.others(by, run), ...left]);
  }

  /** A write of this one came too late, or a duplicate found its run begun by other code. */
  fenced(by: Invocation, run: RunDocument): void {
    for (const pointer of this.of(by, run)) {
      if (!everHeard(run).some((one) => isFor(pointer, one))) this.orphaned.add(nameOf(pointer));
    }
  }

  /** A duplicate trigger, or a slow executor, has put them again, and may not delete what the event that ended the run may come back by. */
  repeated(by: Invocation, run: RunDocument): void {
    for (const pointer of this.of(by, run)) this.orphaned.add(nameOf(pointer));
  }

  broken(by: Invocation): void {
    for (const pointer of this.unshown.get(by) ?? []) this.orphaned.add(nameOf(pointer));
  }

  assertAtRest({ doc, label, id }: RunTrack, pointers: MemoryPointers): void {
    const own = pointers.all().filter(({ run }) => runIdOf(run) === id);
    if (isOver(doc)) {
      const left = own.find((pointer) => !this.orphaned.has(nameOf(pointer)));
      if (left)
        throw new Violation('G1', `a pointer in ${left.place} is left behind run ${label}, which is ${doc.status}`);
      return;
    }
    const missing = stillHeard(doc).find((one) => !own.some((pointer) => isFor(pointer, one)));
    if (missing) throw new Violation('L1', `run ${label} at rest has no pointer in ${missing.place}`);
  }

  private of(by: Invocation, run: RunDocument): Pointer[] {
    return (this.unshown.get(by) ?? []).filter((pointer) => runIdOf(pointer.run) === runIdOf(run));
  }

  private others(by: Invocation, run: RunDocument): Pointer[] {
    return (this.unshown.get(by) ?? []).filter((pointer) => runIdOf(pointer.run) !== runIdOf(run));
  }
}

function everHeard({ listens = [], steps }: RunDocument): Listens[] {
  const waits = [...steps.values()].flatMap((step) =>
    step.kind === 'wait'
      ? [step, ...(step.others ?? [])].flatMap(({ event, place }) => (place === undefined ? [] : [{ event, place }]))
      : [],
  );
  return [...listens, ...waits];
}

function stillHeard(run: RunDocument): Listens[] {
  const open = new Map([...run.steps].filter(([, { state }]) => state === 'waiting'));
  return everHeard({ ...run, steps: open });
}

function isFor({ event, place }: Pointer, one: Listens): boolean {
  return event === one.event && place === one.place;
}

function nameOf({ place, event, run }: Pointer): string {
  return JSON.stringify([place, event, runIdOf(run)]);
}
