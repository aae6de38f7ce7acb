/** sojourn explain: why a customer did, or did not, get the mail: everything under one key of a journey, as sentences. */

import { loadFilters } from '../../../lib/engine/decision/filter.js';
import { type LetterView, letterView, partitionOfLetter } from '../../../lib/inspect/dead-letters.js';
import { recordsElsewhere } from '../../../lib/inspect/elsewhere.js';
import { explainKey, type KeyExplained } from '../../../lib/inspect/explanation.js';
import { followersOf } from '../../../lib/inspect/following.js';
import { partitionsOf } from '../../../lib/inspect/runs.js';
import type { Arguments, ExitCode, OperatingCommand } from './command.js';
import { letterJourneys, look, queuesOf, refusalLines, tableOf } from './dead-letters.js';
import { linesOf } from './show.js';
import type { Stack } from './stack.js';
import { answer } from './terminal.js';

export const explain: OperatingCommand = {
  name: 'explain',
  synopsis: '--journey <id> --key <value>',
  summary:
    'Tells what happened to one customer in a journey, run by run: what came, what was taken, what was not, and why.',
  help: [
    '--journey <id>            the journey',
    '--key <value>             the value of its key: a cart, a user',
    '--dead-letters            look through the dead letters that are left to people, too',
  ],
  options: { journey: { type: 'string' }, key: { type: 'string' }, 'dead-letters': { type: 'boolean' } },
  run: tell,
};

async function tell(args: Arguments, open: () => Promise<Stack>): Promise<ExitCode> {
  args.expectPositionals(0, 0, 'options only');
  const id = args.required('journey', 'abandoned-cart');
  const key = args.required('key', '42');
  const stack = await open();
  const journey = stack.journey(id);
  const hub = stack.hub(journey);
  const [definition, ...found] = await Promise.all([
    stack.definition(journey),
    ...partitionsOf(id, key).map((pk) => hub.partition(pk)),
  ]);
  const runs = found.flatMap((one) => one.runs);
  await loadFilters();
  const following = await followersOf(runs, async (pk) => (await hub.partition(pk)).runs);
  const records = {
    runs,
    events: found.flatMap(({ events }) => events),
    elsewhere: await recordsElsewhere([...runs, ...following], async (...of) => (await hub.partition(...of)).events),
  };
  const explained = explainKey(id, key, records, definition, following);
  const letters = args.flag('dead-letters') ? await lettersOf(stack, id, key) : undefined;
  answer(args, { ...explained, ...(letters && { deadLetters: letters }) }, () => [
    ...linesOfKey(explained),
    ...(letters ? letterLines(letters) : []),
  ]);
  return 0;
}

/** Those that concern this key of this journey. */
async function lettersOf(stack: Stack, id: string, key: string): Promise<LetterView[]> {
  const journeys = await letterJourneys(stack);
  const partitions = partitionsOf(id, key);
  const own = (await look(queuesOf(stack, { automatic: false }))).filter((letter) =>
    partitions.includes(partitionOfLetter(letter, journeys) ?? ''),
  );
  return own.map((letter) => letterView(letter, journeys));
}

function letterLines(letters: readonly LetterView[]): string[] {
  if (letters.length === 0) return ['', 'No dead letter of it is left to people.'];
  const lines = [...tableOf(letters), ...refusalLines(letters)];
  return ['', 'Dead letters of its key, left to people:', ...lines.map((line) => `  ${line}`)];
}

function linesOfKey({ runs, events, notes }: KeyExplained): string[] {
  return [
    ...runs.flatMap((run, index) => [...(index > 0 ? [''] : []), ...linesOf(run)]),
    ...(runs.length > 0 && notes.length > 0 ? [''] : []),
    ...notes,
    ...(events.length === 0 ? [] : ['', 'Events on record:']),
    ...events.map(({ time, name, id }) => `  ${time}  ${name} (${id})`),
  ];
}
