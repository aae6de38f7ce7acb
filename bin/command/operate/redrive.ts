/**
 * sojourn redrive: tries dead letters again that are left to people, and tells at once how each went.
 *
 * Owns: the order (oldest first, events before timers) and what becomes of a letter. Invariant: a letter is deleted only when
 * the function took what is in it; a redrive is just "again", so trying too often does no harm.
 */
import type { DeadLetterQueue, TakenLetter } from '../../../lib/aws/dead-letter-queues.js';
import { type Invoked, invokeAndWait } from '../../../lib/aws/repair.js';
import { isAnsweredCall, type LetterView, letterView } from '../../../lib/inspect/dead-letters.js';
import { limits } from '../../../lib/limits.js';
import { UsageMistake } from '../mistake.js';
import type { Arguments, ExitCode, OperatingCommand } from './command.js';
import { letterJourneys, queuesOf, tableOf } from './dead-letters.js';
import type { Stack } from './stack.js';
import { answer, note, plural, progress } from './terminal.js';

export const redrive: OperatingCommand = {
  name: 'redrive',
  synopsis: '<id>... | --journey <id> | --all',
  summary:
    'Tries dead letters again that are left to people. What the function takes is removed; what it refuses again stays, with the reason.',
  help: [
    '--journey <id>            all of this journey',
    '--all                     all',
    '--dry-run                 only tell which ones',
  ],
  options: { journey: { type: 'string' }, all: { type: 'boolean' }, 'dry-run': { type: 'boolean' } },
  run: again,
};

interface Redriven extends LetterView {
  readonly outcome: 'taken' | 'failed';
  readonly because?: string;
}

/** While its function works on it. */
const heldS = Math.ceil((limits.maxFunctionTimeoutMs + limits.leaseMarginMs) / 1_000);

async function again(args: Arguments, open: () => Promise<Stack>): Promise<ExitCode> {
  const wanted = new Set(args.positionals);
  const ways = [wanted.size > 0, args.text('journey') !== undefined, args.flag('all')].filter(Boolean).length;
  if (ways !== 1) throw new UsageMistake('which dead letters? Fix: their ids, --journey <id>, or --all');
  const stack = await open();
  const journey = args.text('journey');
  if (journey !== undefined) stack.journey(journey);
  const journeys = await letterJourneys(stack);
  const isWanted = (letter: TakenLetter): boolean =>
    wanted.has(letter.messageId) ||
    args.flag('all') ||
    (journey !== undefined && letterView(letter, journeys).journey === journey);
  const held: { readonly queue: DeadLetterQueue; readonly letter: TakenLetter }[] = [];
  for (const queue of queuesOf(stack, { automatic: false })) {
    const taken = await queue.take(progress((count) => `reading dead letters: ${count} so far`));
    const chosen = args.flag('dry-run') ? [] : taken.filter(isWanted);
    await queue.putBack(taken.filter((letter) => !chosen.includes(letter)));
    held.push(...taken.filter(isWanted).map((letter) => ({ queue, letter })));
  }
  const views = held.map(({ letter }) => letterView(letter, journeys));
  const missing = [...wanted].filter((id) => !views.some((view) => view.id === id));
  for (const id of missing) note(`no dead letter ${id}`);
  if (args.flag('dry-run')) {
    answer(args, { wouldRedrive: views }, () => (views.length === 0 ? ['no such dead letters'] : tableOf(views)));
    return missing.length > 0 ? 1 : 0;
  }
  const redriven = await redriveAll(stack, held, (letter) => letterView(letter, journeys));
  answer(args, { redriven }, () => linesOf(redriven));
  return missing.length > 0 || redriven.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

async function redriveAll(
  stack: Stack,
  held: readonly { readonly queue: DeadLetterQueue; readonly letter: TakenLetter }[],
  view: (letter: TakenLetter) => LetterView,
): Promise<Redriven[]> {
  // Events first: a timer that comes before the event it would have met decides without it.
  const order = [...held].sort((a, b) => Number(a.letter.timer !== undefined) - Number(b.letter.timer !== undefined));
  const tell = progress((count) => `redriven ${count} of ${order.length}`);
  const done: Redriven[] = [];
  for (const { queue, letter } of order) {
    done.push({ ...view(letter), ...(await redriveOne(stack, queue, letter)) });
    tell(done.length);
  }
  return done;
}

async function redriveOne(
  stack: Stack,
  queue: DeadLetterQueue,
  letter: TakenLetter,
): Promise<Pick<Redriven, 'outcome' | 'because'>> {
  const unwrapped = letter.letter;
  if (unwrapped === undefined) {
    await queue.putBack([letter]);
    return { outcome: 'failed', because: 'it is not one of the three shapes of a dead letter' };
  }
  if (isAnsweredCall(letter)) {
    await queue.putBack([letter]);
    return { outcome: 'failed', because: 'it is a call whose caller was told that it is refused, and waits no more' };
  }
  await queue.hold(letter, heldS);
  const payload = Buffer.from(JSON.stringify(unwrapped.payload));
  const invoked = await invokeLive(stack, unwrapped.functionArn, payload);
  if (invoked.ok) {
    await queue.remove(letter);
    return { outcome: 'taken' };
  }
  await queue.putBack([letter]);
  return { outcome: 'failed', because: `${invoked.errorType}: ${invoked.message}` };
}

/** A letter of a version that was removed is for the one that is live now (docs/decisions/020). */
async function invokeLive(stack: Stack, functionArn: string, payload: Uint8Array): Promise<Invoked> {
  const invoked = await invokeAndWait(stack.lambda, functionArn, payload);
  const name = functionArn.split(':')[6];
  const live = stack.deployment.journeys.find(({ functionName }) => functionName === name)?.functionArn;
  if (invoked.ok || invoked.errorType !== 'ResourceNotFoundException' || live === undefined) return invoked;
  return live === functionArn ? invoked : invokeAndWait(stack.lambda, live, payload);
}

function linesOf(redriven: readonly Redriven[]): string[] {
  const taken = redriven.filter(({ outcome }) => outcome === 'taken').length;
  const failed = redriven.filter(({ outcome }) => outcome === 'failed');
  if (redriven.length === 0) return ['no such dead letters'];
  return [
    `${plural(taken, 'dead letter was', 'dead letters were')} taken and removed`,
    ...failed.map(({ id, because }) => `${id} failed again and stays: ${because}`),
  ];
}
