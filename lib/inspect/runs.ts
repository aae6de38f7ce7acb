/**
 * Which runs there are, and one of them whole: records -> views, over one or several hubs' tables.
 *
 * Owns: how a person's question becomes reads. There is no index: a journey with a key is a Query, anything else a Scan.
 */
import type { RunDocument } from '../engine/stored/document.js';
import { homePartitionOf, partitionOfKey, runRefOf } from '../engine/stored/key.js';
import { followersOf } from './following.js';
import { type RunSummary, type RunView, runSummary, runView } from './view.js';

/** The reads that are needed; lib/aws/reading.ts has them on DynamoDB. */
export interface RunReader {
  isHub(): Promise<boolean>;
  run(ref: Pick<RunDocument, 'pk' | 'position'>): Promise<RunDocument | undefined>;
  runsOfPartition(pk: string): Promise<RunDocument[]>;
  scan(filter: {
    readonly journey?: string;
    readonly status?: string;
    readonly onPage?: (items: number) => void;
  }): AsyncIterable<RunDocument>;
}

export interface RunQuery {
  readonly journey?: string | undefined;
  /** The key's value as a person writes it: `42` finds the text "42" and the number 42 alike. */
  readonly key?: string | undefined;
  readonly status?: string | undefined;
  /** Of a Scan: how many items it has read. */
  readonly onPage?: ((items: number) => void) | undefined;
}

/**
 * Runs that fit all that is asked for, in order of their triggers' times.
 *
 * With `journey` and `key` it reads that key's partitions only (one Query per page of each type that the text can be), and one
 * more for each of their runs that something may follow.
 * By status, by journey alone or by key alone it is a Scan: it reads every item of the table, page by page, and costs
 * that, however few runs fit.
 */
export async function listRuns(readers: readonly RunReader[], query: RunQuery = {}): Promise<RunSummary[]> {
  return (await findRuns(readers, query)).map(runSummary);
}

/** The same, as they are stored. */
export async function findRuns(readers: readonly RunReader[], query: RunQuery = {}): Promise<RunDocument[]> {
  const found: RunDocument[] = [];
  for (const reader of await hubs(readers)) found.push(...(await runsOf(reader, query)));
  return found.filter((run) => query.status === undefined || run.status === query.status).sort(byTime);
}

/** @returns undefined for what is no run id, or the id of no run. */
export async function showRun(readers: readonly RunReader[], runId: string): Promise<RunView | undefined> {
  const ref = runRefOf(runId);
  if (!ref || ref.pk === '' || ref.position === '') return undefined;
  for (const reader of await hubs(readers)) {
    const run = await reader.run(ref);
    if (run) return runView(run);
  }
  return undefined;
}

async function runsOf(reader: RunReader, { journey, key, status, onPage }: RunQuery): Promise<RunDocument[]> {
  const runs: RunDocument[] = [];
  if (journey !== undefined && key !== undefined) {
    for (const pk of partitionsOf(journey, key)) runs.push(...(await reader.runsOfPartition(pk)));
    return [...runs, ...(await followersOf(runs, (pk) => reader.runsOfPartition(pk)))];
  }
  const filter = {
    ...(journey !== undefined && { journey }),
    ...(status !== undefined && { status }),
    ...(onPage && { onPage }),
  };
  for await (const run of reader.scan(filter)) {
    const name = run.pk.slice(0, run.pk.indexOf('|'));
    if (key === undefined || partitionsOf(name, key).includes(homePartitionOf(run.pk))) runs.push(run);
  }
  return runs;
}

/** Every partition that a key's text can mean, by type. */
export function partitionsOf(journey: string, key: string): string[] {
  const number = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(key) ? Number(key) : Number.NaN;
  return [
    partitionOfKey(journey, key),
    ...(Number.isFinite(number) ? [partitionOfKey(journey, number)] : []),
    ...(key === 'true' || key === 'false' ? [partitionOfKey(journey, key === 'true')] : []),
  ];
}

async function hubs(readers: readonly RunReader[]): Promise<RunReader[]> {
  const found: RunReader[] = [];
  for (const reader of readers) if (await reader.isHub()) found.push(reader);
  return found;
}

function byTime(one: RunDocument, other: RunDocument): number {
  if (one.position !== other.position) return one.position < other.position ? -1 : 1;
  return one.pk < other.pk ? -1 : 1;
}
