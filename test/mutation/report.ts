/** What a mutation run prints: the score of each file, its survivors with their lines, and who killed the others. */
import type { Verdict } from './killers.js';

export interface Judged {
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
  /** `begun` is one whose process had to be ended: a loop without end, so it was seen. */
  readonly verdict: Verdict;
}

export function reportOf(judged: readonly Judged[], read: (file: string) => string): string[] {
  const rows: string[] = [];
  const files = [...new Set(judged.map(({ fileName }) => fileName))].sort();
  for (const file of files) {
    const mutants = judged.filter(({ fileName }) => fileName === file);
    rows.push(`${file.padEnd(28)}${score(mutants)}`);
    const lines = read(file).split('\n');
    for (const { verdict, mutatorName, location, replacement } of mutants.filter(isAlive)) {
      const { line, column } = location.start;
      const to = replacement.replaceAll(/\s+/g, ' ').slice(0, 160);
      rows.push(
        `  ${line + 1}:${column + 1} ${verdict.status} ${mutatorName} -> ${to}`,
        `      ${lines[line]?.trim()}`,
      );
    }
  }
  return [...rows, `${'all'.padEnd(28)}${score(judged)}`];
}

function isAlive({ verdict }: Judged): boolean {
  return verdict.status === 'survived' || verdict.status === 'uncovered';
}

function score(mutants: readonly Judged[]): string {
  const alive = mutants.filter(isAlive).length;
  const count = (test: (verdict: Verdict) => boolean) => mutants.filter(({ verdict }) => test(verdict)).length;
  const bySimulator = count(({ status, by }) => status === 'killed' && by?.startsWith('simulator') === true);
  const endless = count(({ status }) => status === 'begun');
  const percent = (100 * (mutants.length - alive)) / Math.max(1, mutants.length);
  const killed = `${String(mutants.length - alive).padStart(5)} of ${mutants.length} killed`;
  return `${percent.toFixed(1).padStart(6)} %  ${killed} (${bySimulator} by the simulator alone, ${endless} endless)`;
}
