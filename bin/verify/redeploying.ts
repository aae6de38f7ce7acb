/**
 * A deployment in the middle of a waiting run, and an old version removed when its last run has ended (docs/decisions/020).
 *
 * Owns: what is expected of versions. The waits are made long enough that a deployment fits into one.
 */
import type { Account } from './account.js';
import type { Deployment } from './deployment.js';
import { terminalOf } from './operating.js';
import { pause } from './pause.js';
import { expectSame } from './report.js';

const longWaitS = 900;
const key = 'across-deployments';
const journey = ['--journey', 'abandoned-cart'] as const;
const forwardTimeoutMs = 60_000;
const pollMs = 2_000;

interface Listed {
  readonly version: string;
  readonly isLive: boolean;
  readonly activeRuns: number;
  readonly removed: boolean;
}

/** @throws Error that says what is not so. */
export async function deployInTheMiddle(account: Account, deployment: Deployment): Promise<string> {
  const sojourn = terminalOf(account);
  await deployment.deploy(longWaitS);
  const data = JSON.stringify({ cart_id: key, user: { email: 'success@simulator.amazonses.com' } });
  const { run } = await sojourn('start', ...journey, '--data', data);
  const begunBy = await liveVersion(account);
  const stack = await deployment.deploy(longWaitS + 1);
  const live = await liveVersion(account);
  expectSame('a newer version is live', Number(live) > Number(begunBy), true);
  const listed = async (...more: string[]) =>
    ((await sojourn('versions', ...journey, ...more)).versions as Listed[]).map(
      ({ version, activeRuns, removed }) => `${version}: ${activeRuns} active${removed ? ', removed' : ''}`,
    );
  const before = await listed('--prune', '--replaced-for', '1s');
  expectSame('the version of the waiting run stays', before.includes(`${begunBy}: 1 active`), true);
  const entry = { EventBusName: stack.busName, Source: 'verify', DetailType: 'cart/purchased' };
  const entries = JSON.stringify([{ ...entry, Detail: JSON.stringify({ cart_id: key }) }]);
  await account.cli('events', 'put-events', '--entries', entries);
  const shown = await ended(() => sojourn('show', String(run)));
  expectSame('the run', [shown.status, shown.output], ['completed', { outcome: 'purchased' }]);
  expectSame('its version', await versionOfRun(account, stack.tableName), begunBy);
  const after = await listed('--prune', '--replaced-for', '1s');
  expectSame('its version is removed', after.includes(`${begunBy}: 0 active, removed`), true);
  expectSame('the live one stays', await listed(), [`${live}: 0 active`]);
  await sojourn('forget', ...journey, '--key', key, '--yes');
  return `begun by version ${begunBy}, bought under ${live}; then: ${after.join('; ')}`;
}

async function liveVersion(account: Account): Promise<string> {
  const { versions } = await terminalOf(account)('versions', ...journey);
  return (versions as Listed[]).find(({ isLive }) => isLive)!.version;
}

async function ended(show: () => Promise<Record<string, unknown>>): Promise<Record<string, unknown>> {
  for (let waitedMs = 0; waitedMs < forwardTimeoutMs; waitedMs += pollMs) {
    const shown = await show();
    if (shown.status !== 'active') return shown;
    await pause(pollMs);
  }
  throw new Error(`the run is still active ${forwardTimeoutMs / 1_000} s after its purchase`);
}

async function versionOfRun(account: Account, table: string): Promise<string | undefined> {
  const values = JSON.stringify({ ':pk': { S: `abandoned-cart|key|s:${key}` } });
  const query = ['--key-condition-expression', 'pk = :pk', '--expression-attribute-values', values];
  const { Items } = await account.cli<{ Items: { code?: { S: string }; status?: object }[] }>(
    ...(['dynamodb', 'query', '--table-name', table, '--consistent-read', ...query] as [string, string, ...string[]]),
  );
  return Items.find(({ status }) => status !== undefined)?.code?.S;
}
