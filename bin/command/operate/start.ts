/**
 * sojourn start: starts a run by hand, by handing the journey's function a trigger event as its rule does.
 *
 * Owns: the event's identity. Invariant: an id stands for one event, time included, so that a repeated start is a duplicate
 * delivery, which the engine ignores: never a second run.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { commandSource } from '../../../lib/contract.js';
import { type EngineEvent, eventPosition, isoSecond, wholeSecondMs } from '../../../lib/engine/stored/event.js';
import { partitionOf, type RunRef, runIdOf } from '../../../lib/engine/stored/key.js';
import { runSummary } from '../../../lib/inspect/view.js';
import type { JourneyDefinition } from '../../../lib/journey/definition.js';
import { Mistake, UsageMistake } from '../mistake.js';
import { timeOf } from './cancel.js';
import type { Arguments, ExitCode, OperatingCommand } from './command.js';
import type { Stack } from './stack.js';
import { answer, note } from './terminal.js';

export const start: OperatingCommand = {
  name: 'start',
  synopsis: "--journey <id> --data '<json>'",
  summary:
    'Starts a run of one journey: its function is handed a trigger event, which no other journey sees. With the same --id again it starts nothing.',
  help: [
    '--journey <id>            the journey',
    "--data '<json>'           the event's data, with the key; or --data @<file>",
    '--event <name>            which of its triggers (default: the only one)',
    '--id <id>                 the identity of this start; printed, and to be given when it is repeated',
    '--time <time>             the event time (default: now); an id of your own needs it',
  ],
  options: {
    journey: { type: 'string' },
    data: { type: 'string' },
    event: { type: 'string' },
    id: { type: 'string' },
    time: { type: 'string' },
  },
  run: begin,
};

/** How long it is looked for; a function starts cold within a few seconds. */
const patienceMs = 15_000;
const betweenMs = 300;

async function begin(args: Arguments, open: () => Promise<Stack>): Promise<ExitCode> {
  args.expectPositionals(0, 0, 'options only');
  const id = args.required('journey', 'abandoned-cart');
  const data = dataOf(args.required('data', `'{"cart_id":"42"}'`));
  const stack = await open();
  const journey = stack.journey(id);
  const definition = await stack.definition(journey);
  if (definition === undefined) {
    throw new Mistake(
      `what starts ${id} is not known: it was deployed by an older version. Fix: deploy the stack again`,
    );
  }
  const event = {
    ...identityOf(args, stack.nowMs()),
    name: triggerOf(args, definition),
    data,
    source: commandSource,
    hops: 0,
  };
  const ref = runOf(definition, event);
  const hub = stack.hub(journey);
  const before = await hub.run(ref);
  if (before === undefined) await stack.repair(journey).handOver(event);
  const run = before ?? (await appeared(() => hub.run(ref)));
  const document = { id: event.id, time: isoSecond(event.timeMs), run: runIdOf(ref), isNew: before === undefined };
  answer(args, { ...document, ...(run && { status: runSummary(run).status }) }, () => [
    `run ${runIdOf(ref)} ${before ? `is there already (${before.status})` : run ? `started (${run.status})` : 'is on its way'}`,
    `event ${event.name} ${event.id}, ${isoSecond(event.timeMs)}`,
  ]);
  if (run !== undefined) return 0;
  note(
    `the function accepted the event, but no run is on record after ${patienceMs / 1_000} s: sojourn dead-letters may show why`,
  );
  return 1;
}

/** The time is part of our own ids. */
function identityOf(args: Arguments, nowMs: number): Pick<EngineEvent, 'id' | 'timeMs'> {
  const [id, time] = [args.text('id'), timeOf(args.text('time'))];
  if (id === undefined) {
    const timeMs = wholeSecondMs(time ?? nowMs);
    return { id: `by-hand-${compact(timeMs)}-${randomBytes(4).toString('hex')}`, timeMs };
  }
  const own = /^by-hand-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{8}$/.exec(id);
  if (own) {
    const [, year, month, day, hour, minute, second] = own;
    return { id, timeMs: Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) };
  }
  if (time !== undefined && id !== '' && id.isWellFormed()) return { id, timeMs: wholeSecondMs(time) };
  throw new UsageMistake('an id of your own needs the time of its event, the same each time. Fix: --time <time>');
}

function compact(timeMs: number): string {
  return isoSecond(timeMs).replace(/[-:]/g, '');
}

function triggerOf(args: Arguments, { id, triggers }: JourneyDefinition): string {
  const names = triggers.map(({ event }) => event);
  const wanted = args.text('event') ?? (names.length === 1 ? names[0] : undefined);
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  throw new UsageMistake(`${id} is started by ${names.join(', ')}. Fix: --event <one of them>`);
}

function runOf(definition: JourneyDefinition, event: EngineEvent): RunRef {
  const pk = partitionOf(definition, event);
  if (pk !== undefined) return { pk, position: eventPosition(event, 'trigger') };
  throw new Mistake(
    `the data has no text, number or boolean at ${definition.keyPaths?.[event.name]}, the key of ${definition.id}. Fix: put it into --data`,
  );
}

function dataOf(text: string): object {
  const json = text.startsWith('@') ? fileText(text.slice(1)) : text;
  try {
    const data: unknown = JSON.parse(json);
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data;
  } catch {
    // Said below.
  }
  throw new UsageMistake('--data must be a JSON object, or @<file> with one');
}

function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Mistake(`--data: ${(error as Error).message}`);
  }
}

async function appeared<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  const untilMs = performance.now() + patienceMs;
  while (true) {
    const found = await read();
    if (found !== undefined || performance.now() > untilMs) return found;
    await new Promise((resolve) => setTimeout(resolve, betweenMs));
  }
}
