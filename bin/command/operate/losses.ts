/**
 * sojourn losses: what deleting the stacks would lose, before anybody does it.
 *
 * Owns: which reads answer that, and how it is printed; the judgement is lib/inspect/losses.ts. Changes nothing.
 */
import type { ResourceFate } from '../../../lib/aws/deletion.js';
import {
  type Fate,
  type JourneyLoss,
  type LetterLoss,
  type Losses,
  lossesOf,
  RunTally,
  TimerTally,
} from '../../../lib/inspect/losses.js';
import type { Arguments, ExitCode, OperatingCommand } from './command.js';
import { automaticOf } from './dead-letters.js';
import { reading } from './runs.js';
import type { Stack } from './stack.js';
import { answer, progress, table } from './terminal.js';

export const losses: OperatingCommand = {
  name: 'losses',
  synopsis: '--stack <name>',
  summary:
    'Tells what deleting the stack would lose: runs that wait, timers, dead letters; what stays and what goes. It reads the whole table, page by page, and changes nothing.',
  help: ['exit code                 0: nothing would be lost; 1: something would. Logs and metrics do not count'],
  options: {},
  run: tell,
};

/** What people look for after a deletion, in this order; roles, permissions and the like follow the functions. */
const told: Readonly<Record<string, readonly [one: string, many: string]>> = {
  'AWS::DynamoDB::Table': ['table', 'tables'],
  'AWS::DynamoDB::GlobalTable': ['table', 'tables'],
  'AWS::Scheduler::ScheduleGroup': ['schedule group', 'schedule groups'],
  'AWS::SQS::Queue': ['queue', 'queues'],
  'AWS::Logs::LogGroup': ['log group', 'log groups'],
  'AWS::KMS::Key': ['key', 'keys'],
  'AWS::Events::EventBus': ['event bus', 'event buses'],
  'AWS::Events::Rule': ['rule', 'rules'],
  'AWS::Lambda::Function': ['function with its versions', 'functions with their versions'],
};

async function tell(args: Arguments, open: () => Promise<Stack>): Promise<ExitCode> {
  args.expectPositionals(0, 0, 'options only');
  const stack = await open();
  const fates = await stack.fates();
  const found = lossesOf(await factsOf(stack, fates));
  const resources = fates.filter(({ type }) => type in told).sort(byTold);
  const listed = (fate: Fate) => resources.filter((one) => one.fate === fate);
  const document = {
    stacks: stack.names,
    ...found,
    stays: listed('stays').map(shown),
    goes: listed('goes').map(shown),
    unknown: listed('unknown').map(shown),
  };
  answer(args, document, () => [
    ...tableOf(found.journeys),
    '',
    ...linesOf(stack.names, found),
    ...namesOf('What stays (Retain), until somebody deletes it:', listed('stays')),
    ...countsOf('What goes, with roles, permissions and alarms:', listed('goes')),
    ...namesOf('What may stay or go (the template is no JSON):', listed('unknown')),
  ]);
  return found.wouldLose ? 1 : 0;
}

async function factsOf(stack: Stack, fates: readonly ResourceFate[]) {
  const fateOf = (physicalId: string): Fate => fates.find((one) => one.physicalId === physicalId)?.fate ?? 'elsewhere';
  const deployed = stack.deployment.journeys;
  const found: JourneyLoss[] = [];
  let others = 0;
  for (const tableName of stack.deployment.tableNames) {
    const groups = groupsOf(stack, tableName, fates);
    const [runsFate, timersFate] = [fateOf(tableName), fateOf(groups[0] ?? '')];
    const runs = await runsOf(stack, tableName);
    const timers = await timersOf(stack, groups);
    const here = deployed.filter((one) => one.tableName === tableName).map(({ id }) => id);
    // In a table of these stacks everybody's runs count; in another, only theirs whose function goes.
    const ids = runsFate === 'elsewhere' ? here : [...new Set([...here, ...runs.keys()])].sort();
    const none = new RunTally();
    found.push(
      ...ids.map((journey) => ({
        journey,
        isDeployed: here.includes(journey),
        ...(runs.get(journey) ?? none).counts,
        timers: timers.of(journey),
        runsFate,
        timersFate,
      })),
    );
    others += timersFate === 'elsewhere' ? 0 : timers.others(ids);
  }
  const keysThatGo = fates.filter(({ type, fate }) => type === 'AWS::KMS::Key' && fate === 'goes').map(nameOf);
  return { journeys: found, letters: await lettersOf(stack, fateOf), otherTimers: others, keysThatGo };
}

/** Where the journeys of a table have their timers; where all were taken out, the group that stands beside it. */
function groupsOf({ deployment }: Stack, tableName: string, fates: readonly ResourceFate[]): string[] {
  const journeys = deployment.journeys.filter((one) => one.tableName === tableName);
  if (journeys.length > 0) return [...new Set(journeys.map(({ scheduleGroupName }) => scheduleGroupName))];
  const home = fates.find(({ physicalId }) => physicalId === tableName)?.stackName;
  const isBeside = (one: ResourceFate) => one.stackName === home && one.type === 'AWS::Scheduler::ScheduleGroup';
  return fates.filter(isBeside).map(({ physicalId }) => physicalId);
}

/** By journey, also of those that are no longer deployed. */
async function runsOf(stack: Stack, tableName: string): Promise<Map<string, RunTally>> {
  const tallies = new Map<string, RunTally>();
  for await (const run of stack.reader({ tableName }).scan({ onPage: reading() })) {
    const journey = run.pk.slice(0, run.pk.indexOf('|'));
    const tally = tallies.get(journey) ?? new RunTally();
    tally.add(run);
    tallies.set(journey, tally);
  }
  return tallies;
}

async function timersOf(stack: Stack, groups: readonly string[]): Promise<TimerTally> {
  const tally = new TimerTally();
  const tell = progress((count) => `reading the timers: ${count.toLocaleString('en-US')} so far`);
  for (const group of groups) for await (const name of stack.timerNames(group, tell)) tally.add(name);
  return tally;
}

/** Counted, not read: reading would hide them from others for a while. */
async function lettersOf(stack: Stack, fateOf: (queueUrl: string) => Fate): Promise<LetterLoss> {
  const people = await Promise.all(stack.queues.map(({ people }) => people.counts()));
  const all = (counts: readonly { readonly visible: number; readonly hidden: number }[]): number =>
    counts.reduce((sum, { visible, hidden }) => sum + visible + hidden, 0);
  const fates = stack.queues.map(({ people }) => fateOf(people.url));
  const fate = (['goes', 'unknown', 'stays'] as const).find((one) => fates.includes(one)) ?? 'elsewhere';
  return { people: all(people), automatic: all(await automaticOf(stack)), fate };
}

function tableOf(journeys: readonly JourneyLoss[]): string[] {
  return table(
    ['JOURNEY', 'ACTIVE RUNS', 'THE LAST WAITS UNTIL', 'TIMERS', 'ENDED RUNS'],
    journeys.map(({ journey, activeRuns, lastDeadline, timers, endedRuns }) => [
      journey,
      String(activeRuns),
      lastDeadline === undefined ? '-' : `${lastDeadline.slice(0, 19)}Z`,
      String(timers),
      String(endedRuns),
    ]),
  );
}

function linesOf(stacks: readonly string[], { wouldLose, sentences }: Losses): string[] {
  const deleting = `Deleting ${stacks.join(' and ')}`;
  if (!wouldLose) return [`${deleting} loses nothing: no run is active, no timer is set, no dead letter is kept.`];
  return [`${deleting} would lose:`, ...sentences.map((sentence) => `  ${sentence}`)];
}

function namesOf(title: string, resources: readonly ResourceFate[]): string[] {
  if (resources.length === 0) return [];
  const width = Math.max(...resources.map(({ type }) => kindOf(type, 1).length));
  return ['', title, ...resources.map((one) => `  ${kindOf(one.type, 1).padEnd(width)}  ${nameOf(one)}`)];
}

function countsOf(title: string, resources: readonly ResourceFate[]): string[] {
  if (resources.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { type } of resources) counts.set(type, (counts.get(type) ?? 0) + 1);
  return ['', title, ...[...counts].map(([type, count]) => `  ${count} ${kindOf(type, count)}`)];
}

function kindOf(type: string, count: number): string {
  return told[type]?.[count === 1 ? 0 : 1] ?? type;
}

/** CloudFormation calls a queue by its address. */
function nameOf({ type, physicalId }: ResourceFate): string {
  return type === 'AWS::SQS::Queue' ? physicalId.slice(physicalId.lastIndexOf('/') + 1) : physicalId;
}

function byTold(one: ResourceFate, other: ResourceFate): number {
  const kinds = Object.keys(told);
  return kinds.indexOf(one.type) - kinds.indexOf(other.type) || (one.logicalId < other.logicalId ? -1 : 1);
}

function shown({ type, stackName, logicalId, physicalId }: ResourceFate) {
  return { type, stack: stackName, logicalId, name: physicalId };
}
