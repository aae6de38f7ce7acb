/**
 * What the functions of an app have told in their logs, judged: nothing of an event's data, little, and where it belongs.
 *
 * Owns: how data is looked for in a line. Knows no journey. The stand judges every sandbox of the end-to-end tests by it.
 */
import type { Activity } from '../../lib/sandbox/index.js';

/** Texts of data shorter than this are looked for as whole values only: an `a` is in every line. */
const partChars = 4;
/** Smaller numbers are counts and milliseconds as well. */
const leastNumber = 100_000;

export type LogActivity = Extract<Activity, { kind: 'log' }>;

/** @returns the lines that tell some of the data, each with what it tells. */
export function dataIn(lines: readonly string[], data: readonly unknown[]): string[] {
  const texts = new Set(data.flatMap(leaves).map(String));
  return lines.flatMap((line) => {
    const values = new Set(leaves(parsed(line)).map(String));
    const readable = `${line}\n${decoded(line)}`;
    const told = [...texts].find((text) => values.has(text) || (text.length >= partChars && readable.includes(text)));
    return told === undefined ? [] : [`${told} in: ${line}`];
  });
}

/** Bytes of all lines of an invocation, and of the longest; Lambda's own lines are not among them. */
export function bytesByInvocation(logs: readonly LogActivity[]): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const { requestId, line } of logs) {
    const id = String(requestId);
    bytes.set(id, (bytes.get(id) ?? 0) + Buffer.byteLength(line) + 1);
  }
  return bytes;
}

/** Whether a line is one of ours, not Lambda's or a library's. */
export function placeOf(line: string): Readonly<Record<string, unknown>> | undefined {
  const value = parsed(line);
  return typeof value === 'object' && value !== null && 'journey' in value ? { ...value } : undefined;
}

function leaves(value: unknown): (string | number)[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value === 'number') return Math.abs(value) >= leastNumber || !Number.isInteger(value) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
}

/** Run ids are base64 of a partition, which holds the key's value. */
function decoded(line: string): string {
  const ids = line.match(/[\w-]{24,}/g) ?? [];
  return ids.map((id) => Buffer.from(id, 'base64url').toString()).join('\n');
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
