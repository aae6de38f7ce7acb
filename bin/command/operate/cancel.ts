/**
 * sojourn cancel: ends runs by hand; one or several by id, or all active ones that a filter finds.
 *
 * Owns: what is asked before it. How a run is ended safely is lib/inspect/by-hand.ts.
 */
import type { RunDocument } from '../../../lib/engine/stored/document.js';
import { type RunRef, runIdOf } from '../../../lib/engine/stored/key.js';
import { cancelByHand } from '../../../lib/inspect/by-hand.js';
import { findRuns } from '../../../lib/inspect/runs.js';
import { runSummary } from '../../../lib/inspect/view.js';
import { Mistake, UsageMistake } from '../mistake.js';
import type { Arguments, ExitCode, OperatingCommand } from './command.js';
import { reading, tableOf } from './runs.js';
import { refOf } from './show.js';
import type { Stack } from './stack.js';
import { answer, confirmed, note, plural, progress } from './terminal.js';

export const cancel: OperatingCommand = {
  name: 'cancel',
  synopsis: '<run>... | --journey <id> [--key <value>] [--started-before <time>]',
  summary:
    'Ends active runs: no new step starts, and their timers are deleted. A step that runs at this moment runs to its end, and its result is dropped.',
  help: [
    '--journey <id>            all active runs of this journey',
    '--key <value>             only those with this key',
    '--started-before <time>   only those whose trigger is older: 2026-11-01T00:00:00Z',
    '--dry-run                 only tell which ones',
    '--yes                     do not ask',
  ],
  options: {
    journey: { type: 'string' },
    key: { type: 'string' },
    'started-before': { type: 'string' },
    'dry-run': { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  run: end,
};

interface Ended {
  readonly run: string;
  /** `over`: its end came first. */
  readonly outcome: 'cancelled' | 'over' | 'absent';
}

const atOnce = 8;

async function end(args: Arguments, open: () => Promise<Stack>): Promise<ExitCode> {
  const byFilter = args.positionals.length === 0;
  if (!byFilter && ['journey', 'key', 'started-before'].some((name) => args.text(name) !== undefined)) {
    throw new UsageMistake('either ids of runs, or a filter. Got: both');
  }
  if (byFilter) args.required('journey', '<id>, or name runs by their ids');
  const beforeMs = timeOf(args.text('started-before'));
  const refs = args.positionals.map(refOf);
  const stack = await open();
  const targets: readonly (RunRef | RunDocument)[] = byFilter ? await found(stack, args, beforeMs) : refs;
  if (args.flag('dry-run') || (byFilter && targets.length > 0 && !args.flag('yes'))) {
    if (byFilter) showTargets(args, targets as readonly RunDocument[]);
    else await showById(args, stack, refs);
    if (args.flag('dry-run')) return 0;
    const yes = await confirmed(`cancel ${plural(targets.length, 'run')}?`);
    if (yes !== true) {
      note('nothing was cancelled. Fix: --yes cancels them');
      return 1;
    }
  }
  const ended = await cancelAll(stack, targets);
  answer(args, { ended }, () => linesOf(ended));
  return ended.some(({ outcome }) => outcome === 'absent') ? 1 : 0;
}

async function found(stack: Stack, args: Arguments, beforeMs: number | undefined): Promise<RunDocument[]> {
  const journey = stack.journey(args.required('journey', '<id>'));
  const query = { journey: journey.id, key: args.text('key'), status: 'active', onPage: reading() };
  const runs = await findRuns([stack.reader(journey)], query);
  return runs.filter(({ trigger }) => beforeMs === undefined || trigger.timeMs < beforeMs);
}

function showTargets(args: Arguments, runs: readonly RunDocument[]): void {
  const would = runs.map(runSummary);
  answer(args, { wouldCancel: would }, () => (would.length === 0 ? ['no such active runs'] : tableOf(would)));
}

async function showById(args: Arguments, stack: Stack, refs: readonly RunRef[]): Promise<void> {
  const runs = await Promise.all(refs.map((ref) => stack.hub(stack.journeyOfRun(ref)).run(ref)));
  showTargets(
    args,
    runs.flatMap((run) => (run?.status === 'active' ? [run] : [])),
  );
}

async function cancelAll(stack: Stack, targets: readonly RunRef[]): Promise<Ended[]> {
  const tell = progress((count) => `cancelled ${count} of ${targets.length}`);
  const ended: Ended[] = [];
  for (let at = 0; at < targets.length; at += atOnce) {
    const some = targets.slice(at, at + atOnce).map(async (ref): Promise<Ended> => {
      const journey = stack.journeyOfRun(ref);
      const { outcome } = await cancelByHand(stack.hub(journey), ref, await stack.definition(journey));
      return { run: runIdOf(ref), outcome };
    });
    ended.push(...(await Promise.all(some)));
    tell(ended.length);
  }
  return ended;
}

const words = {
  cancelled: 'cancelled; its timers are being deleted',
  over: 'was over already',
  absent: 'is not there',
} as const;

function linesOf(ended: readonly Ended[]): string[] {
  if (ended.length === 0) return ['no such active runs'];
  if (ended.length <= 20) return ended.map(({ run, outcome }) => `${run} ${words[outcome]}`);
  return Object.entries(words).flatMap(([outcome, text]) => {
    const count = ended.filter((one) => one.outcome === outcome).length;
    return count === 0 ? [] : [`${plural(count, 'run')}: ${text}`];
  });
}

/** @throws Mistake */
export function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isFinite(ms)) return ms;
  throw new Mistake(`${text} is no time. Fix: write 2026-11-01T00:00:00Z`);
}
