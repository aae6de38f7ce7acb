/**
 * How commands talk: answers on stdout, everything else on stderr.
 *
 * Owns: tables, JSON, progress, and asking before something is changed for good.
 * Invariants: with --json stdout holds one JSON document and nothing else; nothing is asked where nobody can answer.
 */
import { createInterface } from 'node:readline/promises';

export interface Output {
  readonly json: boolean;
}

/** The answer of a command. */
export function answer(output: Output, document: unknown, lines: () => readonly string[]): void {
  const text = output.json ? JSON.stringify(document, undefined, 2) : lines().join('\n');
  if (text !== '') process.stdout.write(`${text}\n`);
}

export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Columns, aligned; the last one is as long as it is. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => (column === head.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

const quietMs = 2_000;
const betweenMs = 1_000;

/** Tells how far long work has come: nothing for two seconds, then once a second. */
export function progress(tell: (count: number) => string): (count: number) => void {
  let nextMs = performance.now() + quietMs;
  return (count) => {
    if (performance.now() < nextMs) return;
    nextMs = performance.now() + betweenMs;
    note(tell(count));
  };
}

/** @returns whether a person at a terminal said yes; undefined where there is none. */
export async function confirmed(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
