/** sojourn runs: which runs there are, by journey, key and status. */
import { listRuns } from '../../../lib/inspect/runs.js';
import type { RunSummary } from '../../../lib/inspect/view.js';
import { UsageMistake } from '../mistake.js';
import type { Arguments, ExitCode, OperatingCommand } from './command.js';
import type { Stack } from './stack.js';
import { answer, note, plural, progress, table } from './terminal.js';

const statuses = ['active', 'completed', 'failed', 'cancelled', 'skipped'];
const defaultMost = 100;

export const runs: OperatingCommand = {
  name: 'runs',
  synopsis: '[--journey <id>] [--key <value>] [--status <status>]',
  summary:
    'Lists runs, the newest last. With --journey and --key it reads that key alone; anything less reads the whole table, page by page.',
  help: [
    '--journey <id>            of this journey',
    '--key <value>             with this key: 42 finds the text and the number',
    `--status <status>         ${statuses.join(', ')}`,
    `--limit <n>               the newest n of them (default ${defaultMost})`,
  ],
  options: {
    journey: { type: 'string' },
    key: { type: 'string' },
    status: { type: 'string' },
    limit: { type: 'string' },
  },
  run: list,
};

export interface RunFilter {
  readonly journey: string | undefined;
  readonly key: string | undefined;
  readonly status: string | undefined;
}

/** @throws UsageMistake */
export function filterOf(args: Arguments): RunFilter {
  const status = args.text('status');
  if (status !== undefined && !statuses.includes(status)) {
    throw new UsageMistake(`--status must be one of ${statuses.join(', ')}. Got: ${status}`);
  }
  return { journey: args.text('journey'), key: args.text('key'), status };
}

export function reading(): (items: number) => void {
  return progress((items) => `reading the table: ${plural(items, 'item')} so far`);
}

async function list(args: Arguments, open: () => Promise<Stack>): Promise<ExitCode> {
  args.expectPositionals(0, 0, 'options only');
  const filter = filterOf(args);
  const most = args.count('limit') ?? defaultMost;
  const stack = await open();
  if (filter.journey !== undefined) stack.journey(filter.journey);
  const found = await listRuns(stack.readers, { ...filter, onPage: reading() });
  const shown = found.slice(-most);
  const more = found.length - shown.length;
  answer(args, { runs: shown, more }, () => (found.length === 0 ? ['no such runs'] : tableOf(shown)));
  if (more > 0)
    note(`the newest ${most} of ${found.length.toLocaleString('en-US')}; --limit ${found.length} shows all`);
  return 0;
}

export function tableOf(shown: readonly RunSummary[]): string[] {
  return table(
    ['JOURNEY', 'KEY', 'STATUS', 'STARTED', 'NEXT OR END', 'RUN'],
    shown.map(({ journey, key, status, startedAt, nextDeadline, endedAt, runId }) => [
      journey,
      key === null ? '-' : String(key),
      status,
      startedAt,
      secondsOf(status === 'active' ? nextDeadline : endedAt),
      runId,
    ]),
  );
}

function secondsOf(iso: string | undefined): string {
  return iso === undefined ? '-' : `${iso.slice(0, 19)}Z`;
}
