/**
 * sojourn cost: what so many runs of a journey cost on AWS, from calls that were counted in the sandbox.
 *
 * Owns: the order (synthesize, play one run of each ending, multiply, print) and the words. The arithmetic is lib/inspect/cost.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type Assumptions,
  assumptions,
  type Bill,
  type BillLine,
  billOf,
  idleBill,
  mix,
  totalOf,
  type Usage,
} from '../../lib/inspect/cost.js';
import { priceList, prices } from '../../lib/inspect/prices.js';
import { countRun, type Sample, type SampleData } from './count-runs.js';
import { deployedJourney } from './deployed-journey.js';
import { Mistake, UsageMistake } from './mistake.js';
import { awaitsEvents, notCounted } from './sample-events.js';
import { synthesize } from './synthesize.js';

export interface CostOptions {
  readonly journey: string;
  readonly runs: number;
  /** Share of the runs that match, 0 to 1; undefined: half, where the journey awaits an event. */
  readonly matched: number | undefined;
  readonly assembly: string | undefined;
  /** A file with data of events by name. */
  readonly events: string | undefined;
  readonly context: Readonly<Record<string, string>>;
  readonly verbose: boolean;
}

export interface Estimate {
  readonly journey: string;
  readonly runs: number;
  readonly matched: number;
  readonly samples: readonly Sample[];
  /** Of all runs. */
  readonly usage: Usage;
  readonly bill: Bill;
  readonly assumed: Assumptions;
  /** What of the journey's price the count of one run has not, or not as it will be. */
  readonly notes: readonly string[];
}

/** Looked for in the project's folder when no file is given. */
const defaultEventsFile = 'sojourn.events.json';

export async function cost(options: CostOptions): Promise<void> {
  // Handlers run on this machine's Node; the SDK's warning about old ones would stand in the middle of the table.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const assemblyDir =
    options.assembly === undefined
      ? await synthesize({ ...options, projectDir: process.cwd(), outDir: '.sojourn/cost' })
      : resolve(options.assembly);
  const estimated = await estimate(assemblyDir, options, sampleData(options.events));
  process.stdout.write(`${tell(estimated).join('\n')}\n`);
}

export async function estimate(
  assemblyDir: string,
  options: Pick<CostOptions, 'journey' | 'runs' | 'matched'>,
  data: SampleData,
): Promise<Estimate> {
  const { runs } = options;
  const journey = deployedJourney(assemblyDir, options.journey);
  const awaits = awaitsEvents(journey.definition);
  if (!awaits && (options.matched ?? 0) > 0) {
    throw new UsageMistake(`${options.journey} awaits no event, so no run of it matches. Fix: leave --matched out`);
  }
  const matched = options.matched ?? (awaits ? 0.5 : 0);
  const samples: Sample[] = [];
  if (matched > 0) samples.push(await countRun(assemblyDir, journey, 'matched', data));
  if (matched < 1) samples.push(await countRun(assemblyDir, journey, 'timed out', data));
  const assumed = { ...assumptions, memoryMiB: journey.memoryMiB };
  const share = (sample: Sample): number => (sample.ending === 'matched' ? matched : 1 - matched);
  const usage = mix(samples.map((sample) => ({ times: runs * share(sample), usage: sample.usage })));
  const bill = billOf(usage, assumed);
  const notes = [...samples.flatMap(failureNote), ...notCounted(journey.definition)];
  return { journey: options.journey, runs, matched, samples, usage, bill, assumed, notes };
}

/** A run may be made to fail; that it fails for want of data is for the reader to see. */
function failureNote({ ending, failure }: Sample): string[] {
  if (failure === undefined) return [];
  return [`the run that ${ending === 'matched' ? 'matches' : 'times out'} fails, and is counted so: ${failure}`];
}

export function sampleData(file: string | undefined): SampleData {
  const path = resolve(file ?? defaultEventsFile);
  if (!existsSync(path)) {
    if (file === undefined) return {};
    throw new Mistake(`there is no file ${path}. Fix: write one, { "<event name>": { ...its data } }`);
  }
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as SampleData;
  } catch (error) {
    throw new Mistake(`${path} is no JSON: ${(error as Error).message}`);
  }
}

/** The estimate as lines of text. */
export function tell({ journey, runs, matched, samples, bill, assumed, notes }: Estimate): string[] {
  const share = samples.some(({ ending }) => ending === 'matched') ? `, ${percent(matched)} of them matched` : '';
  return [
    `${count(runs)} runs of ${journey}${share}`,
    '',
    ...counted(samples),
    '',
    ...section('what happens', bill.run),
    ...section('what is kept', bill.kept),
    `${'all in'.padEnd(22)}${''.padStart(14)}  ${dollars(bill.usd).padStart(10)}`,
    ...(bill.steps.length === 0 ? [] : ['', ...section('beside it: what your steps do', bill.steps)]),
    ...Object.entries(bill.unpriced).map(([call, n]) => `not priced: ${call}, ${count(n)} times`),
    '',
    ...[...assumptionLines(assumed), ...notes].map((line) => `  ${line}`),
  ];
}

/** What no sandbox can measure, as sentences. */
export function assumptionLines(assumed: Assumptions): string[] {
  return [
    `list prices of ${priceList.region}, ${priceList.asOf}, without free tiers and discounts`,
    `${assumed.memoryMiB} MiB on arm64; ${assumed.billedMs} ms billed for an invocation, and ${assumed.coldStartMs} ms more for ${percent(assumed.coldShare)} of them (cold starts)`,
    `Lambda's own log lines: ${assumed.lambdaLogBytes} bytes of an invocation; logs are kept for ${assumed.logMonths} month at ${percent(assumed.logKeptShare)} of their size`,
    `records are kept until they expire (acceptLate and maxDuration after the end of the run), and two days longer${assumed.backups ? ', with point-in-time recovery' : ''}`,
    'a matched run is matched halfway to its deadline; events are smaller than 64 KB; no retries, no dead letters',
    `not in the sum: ${dollars(totalOf(idleBill()))} a month for a hub, whatever it does (its dead-letter queues are polled, and watched by an alarm)`,
  ];
}

function counted(samples: readonly Sample[]): string[] {
  const row = (what: string, pick: (sample: Sample) => number): string =>
    `  ${what.padEnd(20)}${samples.map((sample) => count(pick(sample)).padStart(12)).join('')}`;
  return [
    `${'counted, of one run'.padEnd(22)}${samples.map(({ ending }) => ending.padStart(12)).join('')}`,
    row('events', ({ usage }) => usage.events),
    row('invocations', ({ usage }) => usage.invocations),
    row('write units', ({ usage }) => usage.writeUnits),
    row('read units', ({ usage }) => usage.readUnits),
    row('timers created', ({ usage }) => usage.calls['scheduler:CreateSchedule'] ?? 0),
    row('timers that fire', ({ usage }) => usage.timersFired),
    row('bytes of log', ({ usage }) => usage.logBytes ?? 0),
  ];
}

function section(title: string, lines: readonly BillLine[]): string[] {
  return [
    `${title.padEnd(36)}  ${dollars(totalOf(lines)).padStart(10)}`,
    ...lines.map(
      ({ what, item, quantity, usd }) =>
        `  ${what.padEnd(20)}${count(quantity).padStart(14)}  ${dollars(usd).padStart(10)}   ${prices[item].per}`,
    ),
  ];
}

export function dollars(usd: number): string {
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

function count(quantity: number): string {
  return quantity.toLocaleString('en-US', { maximumFractionDigits: quantity < 100 ? 2 : 0 });
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
