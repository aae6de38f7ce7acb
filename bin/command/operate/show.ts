/** sojourn show: one run, what it waits for, what came and was not taken, and why. */
import { loadFilters } from '../../../lib/engine/decision/filter.js';
import { type RunRef, runRefOf } from '../../../lib/engine/stored/key.js';
import { recordsElsewhere } from '../../../lib/inspect/elsewhere.js';
import { explainRun, type RunExplained } from '../../../lib/inspect/explanation.js';
import { openTimers } from '../../../lib/inspect/forgetting.js';
import { Mistake } from '../mistake.js';
import type { Arguments, ExitCode, OperatingCommand } from './command.js';
import type { Stack } from './stack.js';
import { answer } from './terminal.js';

export const show: OperatingCommand = {
  name: 'show',
  synopsis: '<run>',
  summary:
    'Shows one run: what it waits for, since when and until when; what came and was not taken, and why; whether its timers are set.',
  help: ['--json has the data of its trigger and its results, too'],
  options: {},
  run: one,
};

/** @throws Mistake for what is no run id. */
export function refOf(runId: string): RunRef {
  const ref = runRefOf(runId);
  if (ref?.pk.includes('|') && ref.position !== '') return ref;
  throw new Mistake(`no such run: ${runId}. Fix: take the id from sojourn runs`);
}

async function one(args: Arguments, open: () => Promise<Stack>): Promise<ExitCode> {
  args.expectPositionals(1, 1, 'the id of one run');
  const runId = args.positionals[0] ?? '';
  const ref = refOf(runId);
  const stack = await open();
  const journey = stack.journeyOfRun(ref);
  const hub = stack.hub(journey);
  const [run, records, definition] = await Promise.all([
    hub.run(ref),
    hub.partition(ref.pk),
    stack.definition(journey),
  ]);
  if (run === undefined)
    throw new Mistake(`no such run: ${runId}. It may have expired. Fix: sojourn runs shows what is there`);
  await loadFilters();
  const elsewhere = await recordsElsewhere([run], async (...of) => (await hub.partition(...of)).events);
  const explained = explainRun(run, { ...records, elsewhere }, definition);
  const timers = await openTimers(hub, [run], definition);
  const document = { ...explained, timers: timers.map(({ name, step }) => ({ name, step })) };
  answer(args, document, () => [...linesOf(explained), ...timerLines(explained, timers)]);
  return 0;
}

/** A run, as lines. */
export function linesOf(run: RunExplained): string[] {
  const others = run.events.filter(({ taken }) => !taken);
  const [atHome, elsewhere] = [true, false].map((home) => others.filter(({ by }) => (by === undefined) === home));
  return [
    `run ${run.runId}`,
    `journey ${run.journey}, key ${run.key === null ? '(none)' : run.key}, ${run.status}`,
    '',
    ...run.story.map((sentence) => `  ${sentence}`),
    ...(run.output === undefined ? [] : [`  Output: ${JSON.stringify(run.output)}`]),
    ...eventLines('Other events on record under its key:', atHome),
    ...eventLines('Other events on record where else it listens:', elsewhere),
  ];
}

function eventLines(heading: string, events: RunExplained['events'] = []): string[] {
  const lines = events.map(({ event, by, as }) => {
    const where = by === undefined ? '' : `, ${by},`;
    return `  ${event.time}  ${event.name} (${event.id})${where} ${as}`;
  });
  return lines.length === 0 ? [] : ['', heading, ...lines];
}

function timerLines(run: RunExplained, timers: readonly { readonly step: string }[]): string[] {
  const waiting = run.status === 'active' ? run.steps.filter(({ state }) => state === 'waiting') : [];
  const nameOf = (step: string): string => run.steps.find(({ waitsAs }) => waitsAs === step)?.id ?? step;
  const without = waiting.filter(({ id, waitsAs = id }) => !timers.some(({ step }) => step === waitsAs));
  return [
    ...(timers.length === 0 ? [] : ['', `Timers: ${timers.map(({ step }) => nameOf(step)).join(', ')}`]),
    ...(without.length === 0
      ? []
      : [
          '',
          `No timer is set for: ${without.map(({ id }) => id).join(', ')} (it fires just now, or was deleted by somebody)`,
        ]),
  ];
}
