/**
 * A hostile case as data, and how cases are played: each with a neighbour, a second customer of the same journey, who must
 * come through untouched.
 *
 * Must not know: what is hostile about a case.
 */

import type { Records } from '../../lib/engine/ports.js';
import type { RunDocument } from '../../lib/engine/stored/document.js';
import type { AnyJourney } from '../../lib/journey/definition.js';
import { textOf } from '../equivalence/both-records.js';
import {
  cartJourney,
  dayMs,
  detail,
  envelope,
  hourMs,
  type Mail,
  minuteMs,
  type Names,
  plainNames,
  startMs,
} from './cart.js';
import { Stage } from './stage.js';

export interface Delivered {
  /** After the beginning. */
  readonly atMs: number;
  /** What the function is handed. */
  readonly text: string;
}

export interface HostileCase {
  readonly title: string;
  /** Names of the journey's parts that are not the plain ones. */
  readonly names?: Partial<Names>;
  /** A journey of its own, with the names of this case; default: the cart. */
  readonly journey?: (id: string, names: Names, mail: Mail) => AnyJourney;
  /** JSON text of the neighbour's key: the one that a careless program would confuse with this one. */
  readonly neighbour?: string;
  /** JSON text of the neighbour's data, around the note that tells it; default: its key where the cart has it. */
  readonly neighbourData?: (note: string) => string;
  /** In the order of their arrival; a function of the journey's id where they name it. */
  readonly deliveries: readonly Delivered[] | ((id: string) => readonly Delivered[]);
  /** What the runs of everyone but the neighbour came to, in event order: 'purchased', 'reminded', 'failed: <code>', ... */
  readonly runs: readonly string[];
  /** JSON text that each of those runs has as its output's note. */
  readonly note?: string;
  /** Names of the errors of its dead letters. */
  readonly letters?: readonly string[];
  /** Reminders of everyone but the neighbour. Default: one per run that was reminded. */
  readonly mails?: number;
}

export interface Result {
  readonly runs: readonly string[];
  readonly notes: readonly string[];
  readonly letters: readonly string[];
  /** Dead letters hold what was delivered, and say why. */
  readonly lettersKept: boolean;
  readonly mails: number;
  /** Before its timer: its document is what its trigger made of it. */
  readonly neighbourUntouched: boolean;
  readonly neighbour: readonly string[];
  readonly neighbourMails: number;
  readonly timersLeft: number;
}

interface Playing {
  readonly of: HostileCase;
  readonly id: string;
  readonly names: Names;
  readonly mails: unknown[];
  readonly deliveries: readonly Delivered[];
  neighbour?: RunDocument;
  neighbourUntouched?: boolean;
}

/** Nobody else knows these words. */
const neighbourNote = 'of the neighbour';
/** The neighbour's timer is due a day after the beginning; whatever is hostile has come by then. */
const justBeforeMs = dayMs - minuteMs;

/** Plays cases side by side in one hub. */
export async function play(cases: readonly HostileCase[], records: Records): Promise<Result[]> {
  const stage = new Stage(records, startMs);
  const playing = cases.map((of, index) => enter(of, `h${index}`, stage));
  for (const one of playing) await neighbourComes(one, stage);
  const deliveries = playing.flatMap((one) => one.deliveries.map((delivered) => ({ id: one.id, ...delivered })));
  const [early, late] = [
    deliveries.filter(({ atMs }) => atMs < justBeforeMs),
    deliveries.filter(({ atMs }) => atMs >= justBeforeMs),
  ];
  await deliver(early, stage);
  await stage.until(startMs + justBeforeMs);
  for (const one of playing) {
    const now = (await stage.runs(one.id)).find(
      (run) => run.position === one.neighbour?.position && run.pk === one.neighbour.pk,
    );
    one.neighbourUntouched = textOf(now) === textOf(one.neighbour);
  }
  await deliver(late, stage);
  await stage.until(stage.nowMs + 5 * dayMs);
  assertQuiet(stage);
  const results: Result[] = [];
  for (const one of playing) results.push(await resultOf(one, stage));
  return results;
}

/** What is told is JSON, a line each, and never anybody's data. */
function assertQuiet({ lines }: Stage): void {
  for (const line of lines) {
    if (line.includes('\n')) throw new Error(`two lines in one: ${line}`);
    JSON.parse(line);
    if (line.includes(neighbourNote)) throw new Error(`a line tells data: ${line}`);
  }
}

export function expectedOf({ runs, note, letters = [], mails }: HostileCase): Result {
  const reminded = runs.filter((outcome) => outcome === 'reminded').length;
  return {
    runs,
    notes: note === undefined ? [] : runs.map(() => JSON.stringify(JSON.parse(note))),
    letters,
    lettersKept: true,
    mails: mails ?? reminded,
    neighbourUntouched: true,
    neighbour: ['reminded'],
    neighbourMails: 1,
    timersLeft: 0,
  };
}

function enter(of: HostileCase, id: string, stage: Stage): Playing {
  const names = { ...plainNames, ...of.names };
  const mails: unknown[] = [];
  stage.add((of.journey ?? cartJourney)(id, names, (data) => mails.push(data.note ?? null)));
  const deliveries = typeof of.deliveries === 'function' ? of.deliveries(id) : of.deliveries;
  return { of, id, names, mails, deliveries };
}

async function neighbourComes(one: Playing, stage: Stage): Promise<void> {
  const { names, id, of } = one;
  const note = JSON.stringify(neighbourNote);
  const data = of.neighbourData?.(note) ?? detail(of.neighbour ?? '"neighbour"', note);
  await stage.deliver(id, envelope({ name: names.added, detail: data }));
  [one.neighbour] = (await stage.runs(id)) as [RunDocument];
}

async function deliver(deliveries: readonly (Delivered & { readonly id: string })[], stage: Stage): Promise<void> {
  for (const { id, atMs, text } of [...deliveries].sort((a, b) => a.atMs - b.atMs)) {
    await stage.until(startMs + atMs);
    await stage.deliver(id, text);
  }
}

async function resultOf(one: Playing, stage: Stage): Promise<Result> {
  const runs = await stage.runs(one.id);
  const isNeighbour = ({ pk, position }: RunDocument): boolean =>
    pk === one.neighbour?.pk && position === one.neighbour.position;
  const others = runs.filter((run) => !isNeighbour(run)).sort((a, b) => (a.position < b.position ? -1 : 1));
  const letters = stage.letters.filter(({ journey }) => journey === one.id);
  return {
    runs: others.map(outcomeOf),
    notes:
      one.of.note === undefined ? [] : others.map(({ output }) => JSON.stringify((output as { note?: unknown })?.note)),
    letters: letters.map(({ error }) => error.name),
    lettersKept: letters.every(({ text, error }) => error.message !== '' && wasDelivered(one, text)),
    mails: one.mails.filter((note) => note !== neighbourNote).length,
    neighbourUntouched: one.neighbourUntouched ?? false,
    neighbour: runs.filter(isNeighbour).map(outcomeOf),
    neighbourMails: one.mails.filter((note) => note === neighbourNote).length,
    timersLeft: stage.timersOf(one.id).length,
  };
}

function wasDelivered({ deliveries }: Playing, text: string): boolean {
  return deliveries.some((delivered) => delivered.text === text);
}

function outcomeOf({ status, output, error }: RunDocument): string {
  if (status === 'failed') return `failed: ${error?.name}`;
  if (status !== 'completed') return status;
  return String((output as { outcome?: unknown } | undefined)?.outcome ?? 'completed');
}

/** A trigger at once and its purchase an hour later: the plot of most cases. */
export function bought(names: Partial<Names>, key: string, note?: string): Delivered[] {
  const { added, purchased } = { ...plainNames, ...names };
  return [
    { atMs: 0, text: envelope({ name: added, detail: detail(key, note) }) },
    { atMs: hourMs, text: envelope({ name: purchased, timeMs: hourMs, detail: detail(key, note) }) },
  ];
}

/** The same, and two hours later another trigger that is forgotten. */
export function boughtThenForgotten(names: Partial<Names>, key: string, note?: string): Delivered[] {
  const { added } = { ...plainNames, ...names };
  const again = { atMs: 2 * hourMs, text: envelope({ name: added, timeMs: 2 * hourMs, detail: detail(key, note) }) };
  return [...bought(names, key, note), again];
}
