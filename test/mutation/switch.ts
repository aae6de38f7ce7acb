/**
 * The switch that every mutant in the instrumented code asks, one of which is on at a time; and, in the bundle that learns,
 * the list of those that were met.
 *
 * Stryker's own switch does both at once, and made a run several times slower.
 */

/** Set by the bundler: whether this is the bundle that learns. What is behind it costs nothing in the other one. */
declare const learns: boolean;

export const board = {
  /** From the beginning, where it is code that runs while it loads. */
  active: (globalThis as { sojournActiveMutant?: string }).sojournActiveMutant,
  /** How often the switch was asked since this was last set to 0, about any mutant. */
  asked: 0,
  /** Code that asks more often is in a loop without end. */
  mostAsked: Number.POSITIVE_INFINITY,
  /** Mutants that were met since it was last emptied. */
  met: new Set<string>(),
};

export function isActive(id: string): boolean {
  board.asked += 1;
  if (board.asked > board.mostAsked) throw new Error('a loop without end');
  return board.active === id;
}

export function meets(...ids: readonly string[]): void {
  if (learns) for (const id of ids) board.met.add(id);
}
