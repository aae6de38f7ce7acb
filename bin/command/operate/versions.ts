/** sojourn versions: which versions of the journeys' code there are, how many runs each still has; and removing spare ones. */
import { readVersions, removeVersion } from '../../../lib/aws/published.js';
import { findRuns } from '../../../lib/inspect/runs.js';
import { type VersionView, versionViews } from '../../../lib/inspect/versions.js';
import { type Duration, durationMs } from '../../../lib/journey/duration.js';
import { limits } from '../../../lib/limits.js';
import type { Arguments, ExitCode, OperatingCommand } from './command.js';
import { reading } from './runs.js';
import type { Stack } from './stack.js';
import { answer, table } from './terminal.js';

export const versions: OperatingCommand = {
  name: 'versions',
  synopsis: '[--journey <id>] [--prune]',
  summary:
    'Lists the versions of the journeys’ code with the runs that they still have. It reads the whole table, page by page. Nothing needs a spare one any more.',
  help: [
    '--journey <id>            of this journey',
    '--prune                   remove those that are spare: not live, without active runs, replaced long enough ago',
    '--replaced-for <time>     how long ago is long enough (default 24h)',
  ],
  options: { journey: { type: 'string' }, prune: { type: 'boolean' }, 'replaced-for': { type: 'string' } },
  run: list,
};

type Listed = VersionView & { readonly journey: string; readonly removed: boolean };

async function list(args: Arguments, open: () => Promise<Stack>): Promise<ExitCode> {
  args.expectPositionals(0, 0, 'options only');
  const wanted = args.text('journey');
  const rest = args.text('replaced-for');
  const restMs = rest === undefined ? limits.versionRestMs : durationMs(rest as Duration, '--replaced-for');
  const stack = await open();
  const journeys = wanted === undefined ? stack.deployment.journeys : [stack.journey(wanted)];
  const listed: Listed[] = [];
  for (const journey of journeys) {
    const { live, published } = await readVersions(stack.lambda, journey.functionName);
    const query = { journey: journey.id, status: 'active', onPage: reading() };
    const activeRuns = await findRuns([stack.reader(journey)], query);
    for (const view of versionViews({ published, live, activeRuns, nowMs: stack.nowMs(), restMs })) {
      const removed = view.isSpare && args.flag('prune');
      if (removed) await removeVersion(stack.lambda, journey.functionName, view.version);
      listed.push({ journey: journey.id, ...view, removed });
    }
  }
  answer(args, { versions: listed }, () => tableOf(listed));
  return 0;
}

function tableOf(listed: readonly Listed[]): string[] {
  return table(
    ['JOURNEY', 'VERSION', 'PUBLISHED', 'ACTIVE RUNS', ''],
    listed.map(({ journey, version, publishedAt, activeRuns, ...view }) => [
      journey,
      version,
      `${publishedAt.slice(0, 19)}Z`,
      String(activeRuns),
      view.isLive ? 'live' : view.removed ? 'removed' : view.isSpare ? 'spare' : '',
    ]),
  );
}
