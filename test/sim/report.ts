/**
 * What a run of the simulator says at its end: which faults struck and how often, which branches of the engine were taken, and
 * what was never reached. A fault that is injected and never reached is a hole.
 */
import type { Sum } from './batch.js';
import type { Coverage, CoveredBranch } from './coverage.js';
import { type FaultKind, faultKinds } from './faults.js';

/** Fault kinds that never struck. */
export function holesOf({ faults }: Sum): FaultKind[] {
  return faultKinds.filter((kind) => faults[kind].struck === 0);
}

export function faultTable(sum: Sum): string[] {
  const { faults, histogram, histories, counts } = sum;
  const holes = holesOf(sum);
  const rows = faultKinds.map((kind) => {
    const { drawn, struck } = faults[kind];
    const share = percent(histogram[kind] ?? 0, histories);
    return `  ${kind.padEnd(34)}${right(drawn)}${right(struck)}${share.padStart(11)}${struck === 0 ? '   never reached' : ''}`;
  });
  const outcomes = Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, n]) => `${kind} ${n}`);
  return [
    `  ${'fault'.padEnd(34)}${'injected'.padStart(11)}${'reached'.padStart(11)}${'histories'.padStart(11)}`,
    ...rows,
    `  ${faultKinds.length - holes.length} of ${faultKinds.length} kinds reached${holes.length > 0 ? `; HOLES: ${holes.join(', ')}` : ''}`,
    '',
    ...wrapped(outcomes),
  ];
}

export function branchTable(coverage: Coverage): string[] {
  const files = Object.entries(coverage).sort(([a], [b]) => (a < b ? -1 : 1));
  const row = (name: string, branches: readonly CoveredBranch[]): string => {
    const reached = branches.filter(({ taken }) => taken > 0).map(({ taken }) => taken);
    const median = reached.sort((a, b) => a - b)[reached.length >> 1] ?? 0;
    const share = percent(reached.length, branches.length);
    return `  ${name.padEnd(34)}${right(branches.length)}${right(reached.length)}${share.padStart(11)}${right(reached[0] ?? 0)}${right(median)}`;
  };
  return [
    `  ${'branches of lib/engine'.padEnd(34)}${['in all', 'reached', 'share', 'rarest', 'median'].map((title) => title.padStart(11)).join('')}`,
    ...files.map(([file, branches]) => row(file, branches)),
    row(
      'all',
      files.flatMap(([, branches]) => branches),
    ),
  ];
}

/** Branches that were never taken, by file and line. */
export function unreached(coverage: Coverage): string[] {
  return Object.entries(coverage)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([file, branches]) =>
      branches.filter(({ taken }) => taken === 0).map(({ line, what }) => `  lib/engine/${file}:${line}  ${what}`),
    );
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(whole, 1)).toFixed(1)} %`;
}

function right(n: number): string {
  return String(n).padStart(11);
}

function wrapped(words: readonly string[], width = 110): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last}, ${word}`;
    else lines.push(`  ${word}`);
  }
  return lines;
}
