/**
 * sojourn forget: erases what journeys have on record under one key value, and tells what was removed and what cannot be.
 *
 * Owns: what is asked and told. What is removed, and in which order, is lib/inspect/forgetting.ts.
 * Invariant: without --yes, or a person's yes, nothing is removed.
 */
import type { DeadLetterQueue, TakenLetter } from '../../../lib/aws/dead-letter-queues.js';
import { letterView } from '../../../lib/inspect/dead-letters.js';
import { wordsOfPlace } from '../../../lib/inspect/elsewhere.js';
import {
  type ForgetPlan,
  type Forgotten,
  forget as forgetPlanned,
  planForgetting,
} from '../../../lib/inspect/forgetting.js';
import { eventView, runSummary } from '../../../lib/inspect/view.js';
import { UsageMistake } from '../mistake.js';
import type { Arguments, ExitCode, OperatingCommand } from './command.js';
import { type Automatic, automaticOf, tableOf as letterTable } from './dead-letters.js';
import { tableOf } from './runs.js';
import type { Stack } from './stack.js';
import { answer, confirmed, note, plural, progress } from './terminal.js';

export const forget: OperatingCommand = {
  name: 'forget',
  synopsis: '--key <value> (--journey <id>... | --all-journeys)',
  summary:
    'Erases a key: its runs (active ones are cancelled first), the events on record, their timers and dead letters. It shows what there is, and asks.',
  help: [
    '--key <value>             the value: a cart, a user',
    '--journey <id>            in this journey; may be repeated',
    '--all-journeys            in every journey of the stack: only where one value means one person everywhere',
    '--dry-run                 only tell what would be removed',
    '--yes                     do not ask',
  ],
  options: {
    key: { type: 'string' },
    journey: { type: 'string', multiple: true },
    'all-journeys': { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  run: erase,
};

async function erase(args: Arguments, open: () => Promise<Stack>): Promise<ExitCode> {
  args.expectPositionals(0, 0, 'options only');
  const key = args.required('key', '42');
  const named = args.texts('journey');
  if ((named.length === 0) === !args.flag('all-journeys')) {
    throw new UsageMistake(
      'in which journeys? The same value may mean a cart in one and a person in another. Fix: --journey <id>, or --all-journeys',
    );
  }
  const stack = await open();
  const journeys = named.length === 0 ? stack.deployment.journeys : named.map((id) => stack.journey(id));
  const known = await Promise.all(journeys.map((journey) => stack.known(journey)));
  const held = await takeLetters(stack);
  const kept = new Set(held.map(({ letter }) => letter));
  try {
    const plan = await planForgetting(known, key, [...kept]);
    const automatic = await automaticOf(stack);
    const isSure = args.flag('yes') && !args.flag('dry-run') && !plan.isEmpty;
    const ending = isSure ? undefined : await shown(args, plan, key, automatic);
    if (ending !== undefined) return ending;
    const forgotten = await forgetPlanned(plan, async (letter) => {
      await held.find((one) => one.letter === letter)?.queue.remove(letter);
      kept.delete(letter);
    });
    answer(args, { removed: documentOf(plan), ...forgotten, automatic }, () => [
      ...(isSure ? [...planLines(plan), ''] : []),
      ...linesOf(forgotten),
    ]);
    if (isSure) hint(automatic);
    return forgotten.left.length > 0 ? 1 : 0;
  } finally {
    for (const { queue, letter } of held) if (kept.has(letter)) await queue.putBack([letter]);
  }
}

/** @returns the exit code, or undefined where a person said yes. */
async function shown(
  args: Arguments,
  plan: ForgetPlan,
  key: string,
  automatic: readonly Automatic[],
): Promise<ExitCode | undefined> {
  answer(args, { wouldRemove: documentOf(plan), automatic }, () => planLines(plan));
  hint(automatic);
  if (args.flag('dry-run') || plan.isEmpty) return 0;
  if (!args.json && (await confirmed(`erase all of this under ${key}? It cannot be undone.`))) return undefined;
  note('nothing was removed. Fix: --yes removes all of this');
  return 1;
}

async function takeLetters(stack: Stack): Promise<{ queue: DeadLetterQueue; letter: TakenLetter }[]> {
  const tell = progress((count) => `reading dead letters: ${count} so far`);
  if (stack.queues.length === 0)
    note('dead letters are not looked at: they are in the stack of the hub (another --stack)');
  const held: { queue: DeadLetterQueue; letter: TakenLetter }[] = [];
  for (const { people, automatic } of stack.queues) {
    for (const queue of [people, ...automatic]) {
      held.push(...(await queue.take(tell)).map((letter) => ({ queue, letter })));
    }
  }
  return held;
}

/** Dead letters that are waiting for their next try cannot be read by anybody. */
function hint(automatic: readonly Automatic[]): void {
  const hidden = automatic.reduce((sum, one) => sum + one.hidden, 0);
  if (hidden > 0)
    note(
      `${plural(hidden, 'dead letter is', 'dead letters are')} being tried again and cannot be read now: forget again within a day`,
    );
}

function documentOf(plan: ForgetPlan) {
  return {
    runs: plan.places.flatMap(({ runs }) => runs.map(runSummary)),
    events: plan.places.flatMap(({ journey, events, elsewhere }) => [
      ...events.map(({ event }) => ({ journey: journey.id, ...eventView({ ...event, data: undefined }) })),
      ...elsewhere.map(({ pk: place, event }) => ({
        ...{ journey: journey.id, ...eventView({ ...event, data: undefined }) },
        ...{ place, by: wordsOfPlace(place) },
      })),
    ]),
    timers: plan.places.flatMap(({ timers }) => timers),
    deadLetters: plan.letters.map((letter) => viewOf(plan, letter)),
  };
}

function viewOf(plan: ForgetPlan, letter: ForgetPlan['letters'][number]) {
  return letterView(
    letter,
    plan.places.map(({ journey }) => journey),
  );
}

function planLines(plan: ForgetPlan): string[] {
  const { runs, events, timers, deadLetters } = documentOf(plan);
  if (plan.isEmpty) return ['nothing is on record under this key'];
  return [
    ...(runs.length > 0 ? tableOf(runs) : []),
    ...events.map(({ journey, time, name, id, ...one }) => {
      const where = 'by' in one ? `, on record by ${one.by}` : '';
      return `event  ${journey}  ${time}  ${name} (${id})${where}`;
    }),
    ...timers.map(({ name, step }) => `timer  ${name} of ${step}`),
    ...(deadLetters.length > 0 ? letterTable(deadLetters) : []),
  ];
}

function linesOf(done: Forgotten): string[] {
  return [
    `removed: ${plural(done.runs, 'run')} (${done.cancelled} cancelled before), ${plural(done.events, 'event')}, ${plural(done.timers, 'timer')}, ${plural(done.letters, 'dead letter')}`,
    ...done.left.map((sentence) => `LEFT: ${sentence}`),
  ];
}
