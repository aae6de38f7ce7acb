/**
 * `npm run equivalence -- --runs 300 [--seed 1]`: so many histories, and as many random sequences of calls, in memory and on
 * a table. Prints what differs with the seed that shows it, and ends with 1 if anything does.
 */
import fc from 'fast-check';
import { DynamoRecords } from '../../lib/aws/records.js';
import { openTable } from '../contract/dynalite.js';
import { BothRecords } from './both-records.js';
import { sequences } from './calls.js';
import { playBoth } from './history-pair.js';

const runs = numberAfter('--runs', 300);
const seed = numberAfter('--seed', 1);
const table = await openTable();
const startedAt = performance.now();
const differences = [...(await histories()), ...(await callSequences())];
await table.close();
for (const difference of differences) console.log(difference);
console.log(`${differences.length} differences, in ${Math.round((performance.now() - startedAt) / 1_000)} s`);
process.exitCode = differences.length === 0 ? 0 : 1;

async function histories(): Promise<string[]> {
  const faults: string[] = [];
  let [calls, documents] = [0, 0];
  for (let at = seed; at < seed + runs; at += 1) {
    const pair = await playBoth(at, table.client);
    calls += pair.calls;
    documents += pair.documents;
    if (pair.fault !== undefined) faults.push(pair.fault);
  }
  console.log(`histories: ${runs}, seeds ${seed} to ${seed + runs - 1}; ${calls} calls, ${documents} documents`);
  return faults;
}

async function callSequences(): Promise<string[]> {
  const tally: Record<string, number> = {};
  let sequence = 0;
  const property = fc.asyncProperty(sequences(40), async (calls) => {
    sequence += 1;
    const both = new BothRecords(new DynamoRecords(table.client, table.tableName), `s${sequence}-`, tally);
    for (const call of calls) failOn(await both.make(call));
    failOn(await both.difference());
  });
  const checked = await fc.check(property, { numRuns: runs, seed });
  console.log(`sequences of calls: ${runs}, seed ${seed}`);
  console.table(tally);
  return checked.failed ? [fc.defaultReportMessage(checked) ?? 'a sequence of calls fails'] : [];
}

function failOn(difference: string | undefined): void {
  if (difference !== undefined) throw new Error(difference);
}

function numberAfter(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name);
  const value = at < 0 ? otherwise : Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} takes a whole number above 0`);
  return value;
}
