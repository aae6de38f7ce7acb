/** docs/operating.md is played: its transcripts say what the commands say, its table of rights names the calls that they make. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { noFaults } from '../../lib/sandbox/seams.js';
import { appAssembly, beforehand, repository } from '../e2e/assembly.js';
import { type Stand, start } from '../e2e/stand.js';
import { comparable, type Played, play } from './play.js';

const page = 'docs/operating.md';
beforehand(appAssembly);

/** Command -> actions that it called. */
const calls = new Map<string, Set<string>>();
let played: Played[];

test('the transcripts of the page are what the commands print', async () => {
  let name = '';
  const stand: Stand = await start(await appAssembly(), {
    faults: {
      ...noFaults,
      call: (call) => {
        if (call.caller.kind === 'outside' && name !== '') calls.get(name)?.add(actionOf(call));
        return noFaults.call(call);
      },
    },
  });
  played = await play(page, stand, (command) => {
    name = command?.split(' ')[1] ?? '';
    if (command !== undefined) calls.set(name, calls.get(name) ?? new Set());
  });
  expect(played.length).toBeGreaterThan(10);
  if (process.env.UPDATE_PAGES) return;
  for (const { command, printed, inPage } of played) {
    expect(`$ ${command}\n${comparable(printed)}`).toBe(`$ ${command}\n${comparable(inPage)}`);
  }
}, 60_000);

test('the commands of the page end as it says', () => {
  const failed = played.filter(({ exitCode }) => exitCode !== 0).map(({ command }) => command);
  expect(failed).toEqual([
    'sojourn cancel --journey abandoned-cart',
    'sojourn redrive --journey abandoned-cart',
    'sojourn forget --journey abandoned-cart --key 7',
    'sojourn losses',
  ]);
});

test('the table of rights names every call that a command makes', () => {
  const rights = rightsInPage();
  const shared = rights.get('runs') ?? [];
  for (const [command, made] of calls) {
    const named = new Set([...shared, ...(rights.get(command) ?? [])]);
    expect([command, [...made].filter((action) => !named.has(action))]).toEqual([command, []]);
  }
  expect([...calls.keys()].length).toBeGreaterThan(5);
});

/** As IAM calls it. */
function actionOf({ service, operation }: { readonly service: string; readonly operation: string }): string {
  if (operation === 'Invoke') return 'lambda:InvokeFunction';
  return `${service}:${operation.replace(/Batch$/, '')}`;
}

function rightsInPage(): Map<string, string[]> {
  const text = readFileSync(path.join(repository, page), 'utf8');
  const rows = text.matchAll(/^\| `(?<command>[\w-]+)` \| (?<rights>.*) \|$/gm);
  return new Map([...rows].map(({ groups }) => [groups!.command!, groups!.rights!.match(/\w+:\w+/g) ?? []]));
}
