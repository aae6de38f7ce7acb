/**
 * sojourn dead-letters: what is left to people, unwrapped, and how much is being tried again by itself; and removing what
 * will never be taken.
 *
 * Invariant: a letter is removed by its id, and by a person's yes.
 */
import type { DeadLetterQueue, TakenLetter } from '../../../lib/aws/dead-letter-queues.js';
import { type LetterJourney, type LetterView, letterView } from '../../../lib/inspect/dead-letters.js';
import { Mistake } from '../mistake.js';
import type { Arguments, ExitCode, OperatingCommand } from './command.js';
import type { Stack } from './stack.js';
import { answer, confirmed, note, plural, progress, table } from './terminal.js';

export const deadLetters: OperatingCommand = {
  name: 'dead-letters',
  synopsis: '[--journey <id>] [--automatic] | --remove <id>...',
  summary:
    'Lists dead letters that are left to people: what can never be taken, and what failed for a day. They are hidden from others while they are read, for seconds.',
  help: [
    '--journey <id>            for this journey only',
    '--automatic               read those that are tried again by themselves, too: that counts as a try of each',
    '--remove <id>             delete this letter for good, once it is mended otherwise; may be repeated; --yes does not ask',
  ],
  options: {
    journey: { type: 'string' },
    automatic: { type: 'boolean' },
    remove: { type: 'string', multiple: true },
    yes: { type: 'boolean' },
  },
  run: (args, open) => (args.texts('remove').length > 0 ? remove(args, open) : list(args, open)),
};

/** Of the hub's queues that try again by themselves. */
export interface Automatic {
  readonly queue: string;
  readonly visible: number;
  readonly hidden: number;
}

async function list(args: Arguments, open: () => Promise<Stack>): Promise<ExitCode> {
  args.expectPositionals(0, 0, 'options only');
  const stack = await open();
  const wanted = args.text('journey');
  if (wanted !== undefined) stack.journey(wanted);
  const journeys = await letterJourneys(stack);
  const taken = await look(queuesOf(stack, { automatic: args.flag('automatic') }));
  const letters = taken
    .map((letter) => letterView(letter, journeys))
    .filter(({ journey }) => wanted === undefined || journey === wanted);
  const automatic = await automaticOf(stack);
  answer(args, { deadLetters: letters, automatic }, () => [
    ...(letters.length === 0 ? ['no dead letters are left to people'] : tableOf(letters)),
    ...refusalLines(letters),
    ...automaticLines(automatic),
  ]);
  return 0;
}

async function remove(args: Arguments, open: () => Promise<Stack>): Promise<ExitCode> {
  args.expectPositionals(0, 0, 'options only');
  const ids = args.texts('remove');
  const stack = await open();
  const journeys = await letterJourneys(stack);
  const removed: LetterView[] = [];
  for (const queue of queuesOf(stack, { automatic: false })) {
    const taken = await queue.take(progress((count) => `reading dead letters: ${count} so far`));
    const chosen = taken.filter(({ messageId }) => ids.includes(messageId));
    const views = chosen.map((letter) => letterView(letter, journeys));
    const may = chosen.length > 0 && (args.flag('yes') || (await agreed(args, views)));
    for (const letter of may ? chosen : []) await queue.remove(letter);
    await queue.putBack(taken.filter((letter) => !(may && chosen.includes(letter))));
    if (may) removed.push(...views);
  }
  answer(args, { removed }, () => (removed.length === 0 ? [] : ['removed:', ...tableOf(removed)]));
  const missing = ids.filter((id) => !removed.some((one) => one.id === id));
  for (const id of missing)
    note(
      `dead letter ${id} was not removed: ${args.flag('yes') ? 'it is not there' : 'it is not there, or --yes is missing'}`,
    );
  return missing.length > 0 ? 1 : 0;
}

async function agreed(args: Arguments, views: readonly LetterView[]): Promise<boolean> {
  if (args.json) return false;
  for (const line of tableOf(views)) note(line);
  return (await confirmed(`delete ${plural(views.length, 'dead letter')} for good?`)) === true;
}

export async function letterJourneys(stack: Stack): Promise<LetterJourney[]> {
  return Promise.all(
    stack.deployment.journeys.map(async (journey) => ({
      id: journey.id,
      functionName: journey.functionName,
      definition: await stack.definition(journey),
    })),
  );
}

/** @throws Mistake where the hub's stack was not named. */
export function queuesOf(stack: Stack, which: { readonly automatic: boolean }): DeadLetterQueue[] {
  if (stack.queues.length === 0) {
    throw new Mistake('the dead-letter queues are in the stack of the hub. Fix: name it with another --stack');
  }
  return stack.queues.flatMap(({ people, automatic }) => (which.automatic ? [people, ...automatic] : [people]));
}

/** Reads and puts back. */
export async function look(queues: readonly DeadLetterQueue[]): Promise<TakenLetter[]> {
  const tell = progress((count) => `reading dead letters: ${count} so far`);
  const all: TakenLetter[] = [];
  for (const queue of queues) {
    const taken = await queue.take(tell);
    await queue.putBack(taken);
    all.push(...taken);
  }
  return all;
}

export async function automaticOf(stack: Stack): Promise<Automatic[]> {
  const queues = stack.queues.flatMap(({ automatic }) => automatic);
  return Promise.all(
    queues.map(async (queue) => ({
      queue: queue.url.slice(queue.url.lastIndexOf('/') + 1),
      ...(await queue.counts()),
    })),
  );
}

export function automaticLines(automatic: readonly Automatic[]): string[] {
  const waiting = automatic.reduce((sum, { visible, hidden }) => sum + visible + hidden, 0);
  return waiting === 0 ? [] : [`${plural(waiting, 'more is', 'more are')} tried again by itself (docs/outage.md)`];
}

/** Why those that were refused can never be taken. */
export function refusalLines(letters: readonly LetterView[]): string[] {
  return letters.flatMap(({ id, refusal }) => (refusal === undefined ? [] : [`${id}: ${refusal}`]));
}

export function tableOf(letters: readonly LetterView[]): string[] {
  return table(
    ['SINCE', 'JOURNEY', 'KEY', 'WHAT', 'WHY', 'TRIES', 'ID'],
    letters.map((letter) => [
      letter.since,
      letter.journey ?? '-',
      letter.key === undefined ? '-' : String(letter.key),
      whatOf(letter),
      letter.reason ?? letter.error ?? letter.origin ?? '-',
      String(letter.tries),
      letter.id,
    ]),
  );
}

function whatOf({ event, timer }: LetterView): string {
  if (event) return `${event.name} of ${event.time}`;
  return timer ? `timer of ${timer.step}` : '(unknown)';
}
