/**
 * What makes two schedules the same: all that the future of an explored world depends on, as one hash.
 *
 * Invariant: two worlds of the same key have the same choices and, choice by choice, the same future. Whatever the engine or the
 * watch can tell apart must therefore be in it.
 */
import { createHash } from 'node:crypto';
import type { ExploredWorld } from './world.js';

/** All that the future depends on. */
export function stateKey(world: ExploredWorld): string {
  const { records, timers, waiting, watch, nowS, faults, counter, sent } = world;
  const documents = [...records.runs(), ...records.events()].map((item) =>
    'steps' in item ? { ...item, steps: [...item.steps] } : item,
  );
  const actors = world.actors
    .filter(({ state }) => state === 'alive')
    .map(({ due, told, invocation: { endS, at }, looked, running, unshown }) => [
      due.label,
      told,
      endS,
      at,
      looked && [watch.recorded.filter(({ order }) => order < looked.order).length, looked.clockMs],
      running,
      [...unshown],
    ]);
  return hash([
    nowS,
    faults,
    counter,
    sent,
    documents,
    records.held(),
    world.pointers.all(),
    [...timers.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    waiting.map((due) => [due.label, due.notBeforeS?.(world), due.alone]),
    watch.recorded.map(({ id }) => id),
    [...watch.cancelledHeld].sort(),
    [...watch.mayStart].sort(),
    [...world.orphans].sort(),
    [...world.cutShort].sort(),
    [...world.late].filter((name) => timers.has(name)).sort(),
    actors.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  ]);
}

export function hash(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner) => (inner instanceof Map ? [...inner] : inner));
  return createHash('md5').update(text).digest('base64');
}
