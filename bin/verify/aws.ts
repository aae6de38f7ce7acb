/**
 * `npm run verify:aws`: for the day an AWS account is there. Deploys the app to it under a name of its own, plays the five
 * stories, compares what we assume of AWS with what is there, tells what it cost, and destroys everything.
 *
 *   npm run verify:aws -- --account 123456789012 --region eu-central-1 --sender shop@example.com --yes
 *   npm run verify:aws -- --emulator          the same on MiniStack, on this machine: no account, no cost
 *
 * Owns: arguments, and every question that is asked before the first thing is made. Invariant: nothing is made in an account
 * that was not named, or without --yes.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Account, type Place } from './account.js';
import { CommandFailed } from './command.js';
import { verifyOnEmulator } from './emulated.js';
import { runFolder, startMiniStack } from './ministack.js';
import { pythonTools } from './python.js';
import { LineReport, type Report } from './report.js';
import { endWell, stopOnSignals } from './signals.js';
import { salesTeam } from './stories.js';
import { verify } from './verification.js';

const usage = `npm run verify:aws -- --account <id> --region <region> --sender <address> --yes
npm run verify:aws -- --emulator

  --account <id>       the account that your credentials are of; it is compared before anything is made
  --region <region>    where to deploy
  --sender <address>   where mails come from: verified in SES there, itself or its domain
  --yes                deploy there, play for about ten minutes, destroy. It costs less than a cent
  --emulator           take MiniStack on this machine instead of AWS
`;

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../.sojourn/emulator');
/** Scheduler is precise to a minute: shorter waits would say nothing more. */
const waitS = 60;
/** A failure is kept after Lambda's retries, one and two minutes later, and what Scheduler is late. */
const patienceMs = 480_000;

class Refusal extends Error {}

async function main(): Promise<void> {
  const stopped = stopOnSignals();
  const { values } = parseArgs({
    options: {
      account: { type: 'string' },
      region: { type: 'string' },
      sender: { type: 'string' },
      yes: { type: 'boolean', default: false },
      emulator: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const report = new LineReport((line) => process.stdout.write(`${line}\n`));
  if (values.emulator) await onEmulator(report, stopped);
  else await onAws(values, report, stopped);
  process.stdout.write(`${report.passed} passed, ${report.failed} failed\n`);
  if (report.failed > 0) process.exitCode = 1;
}

interface Asked {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly sender?: string | undefined;
  readonly yes: boolean;
}

async function onAws(asked: Asked, report: Report, stopped: AbortSignal): Promise<void> {
  const { account: accountId, region, sender, yes } = asked;
  if (accountId === undefined || region === undefined || sender === undefined) {
    throw new Refusal(`an account, a region and a sender must be named.\n\n${usage}`);
  }
  if (!/^\d{12}$/.test(accountId)) throw new Refusal(`--account is not twelve digits: ${accountId}`);
  if (!yes) throw new Refusal(`this deploys to the account ${accountId} in ${region}. Say --yes if you mean it.`);
  const found = await pythonTools(folder, stopped);
  const place: Place = {
    name: 'AWS',
    accountId,
    region,
    environment: { ...process.env, AWS_REGION: region, AWS_DEFAULT_REGION: region },
    differs: new Set(),
    aws: found.status === 'found' ? found.tools.aws : 'aws',
    stopped,
  };
  process.env.AWS_REGION = region;
  const account = new Account(place);
  try {
    await expectAccount(account);
    await expectSender(account, sender);
    report.tell(`AWS account ${accountId}, ${region}, as it is on ${new Date().toISOString()}`);
    const assembly = path.join(folder, `aws-${process.pid}.out`);
    await verify(account, { sender, salesTeam, waitS, patienceMs, assembly }, report);
  } finally {
    account.close();
  }
}

async function expectAccount(account: Account): Promise<void> {
  const { Account: actual } = await account.cli<{ Account: string }>('sts', 'get-caller-identity');
  const { accountId } = account.place;
  if (actual !== accountId) throw new Refusal(`the credentials are of the account ${actual}, not of ${accountId}`);
}

async function expectSender(account: Account, sender: string): Promise<void> {
  for (const identity of [sender, sender.slice(sender.indexOf('@') + 1)]) {
    try {
      const { VerifiedForSendingStatus } = await account.cli<{ VerifiedForSendingStatus: boolean }>(
        'sesv2',
        'get-email-identity',
        ...['--email-identity', identity],
      );
      if (VerifiedForSendingStatus) return;
    } catch (error) {
      if (!(error instanceof CommandFailed && error.result.stderr.includes('NotFoundException'))) throw error;
    }
  }
  throw new Refusal(`SES in ${account.place.region} may not send as ${sender}: verify it, or its domain, there first`);
}

async function onEmulator(report: Report, stopped: AbortSignal): Promise<void> {
  const found = await pythonTools(folder, stopped);
  if (found.status === 'missing') throw new Refusal(`--emulator: ${found.why}`);
  const own = runFolder(folder);
  const ministack = await startMiniStack(found.tools, own);
  report.tell(`This is NOT AWS: MiniStack at ${ministack.url} plays its part, and what it lacks is named.`);
  try {
    await verifyOnEmulator(ministack, found.tools, own, report, stopped);
  } finally {
    await ministack.stop();
  }
}

// The SDK's warning about Node 20 would clutter the report.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
await endWell(async () => {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Refusal || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS'))) throw error;
    process.stderr.write(`verify:aws: ${(error as Error).message}\n`);
    process.exitCode = 2;
  }
});
