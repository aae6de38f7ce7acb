/**
 * npm run demo: the cart story, on the very stack that `cdk deploy` would deploy.
 *
 * Synthesizes the app, starts the sandbox on it, puts events as any client would, moves the clock, and tells what happens.
 * Exit code 0 only if every outcome is the expected one.
 */
import { billOf, mix, type Tally, usageOf } from '../lib/inspect/cost.js';
import { inspector } from '../lib/inspect/inspector.js';
import { type Activity, startSandbox } from '../lib/sandbox/index.js';
import { fail } from './command/mistake.js';
import { synthesize } from './command/synthesize.js';
import { beginsMs, cartRuns, chapters, journey, outcomeOf, surprises } from './demo/cart-story.js';
import { type Run, SandboxClient } from './demo/client.js';
import { clockText, effect, headline, paint, say, table, tellActivity, tellRun } from './demo/teller.js';

// The SDK's warning about Node 20 is for whoever develops Sojourn, not for whoever tries it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

interface CallsOfKey extends Tally {
  readonly key?: string;
}

async function demo(): Promise<boolean> {
  const startedAt = performance.now();
  say();
  say(`  ${paint('bold', 'Sojourn: the cart story')}`);
  say('  The stack that `cdk deploy` would deploy, on this machine: its rules, functions, table and timers.');
  say();
  const assemblyDir = await synthesize({ projectDir: process.cwd(), outDir: '.sojourn/demo' });
  const synthesizedMs = performance.now() - startedAt;
  const activities: Activity[] = [];
  const sandbox = await startSandbox({
    assemblyDir,
    port: 0,
    clock: { mode: 'frozen', startMs: beginsMs },
    seed: 7,
    inspector: inspector(),
    onNotice: (line) => say(`  note: ${line}`),
    onActivity: (activity) => activities.push(activity),
  });
  const client = new SandboxClient(sandbox.url, sandbox.environment.busNames[0]!);
  try {
    say(`  synthesized in ${seconds(synthesizedMs)}, sandbox ready in ${sandbox.readyMs} ms at ${sandbox.url}`);
    say();
    await tell(client, activities, () => sandbox.nowMs());
    return await conclude(client);
  } finally {
    client.close();
    await sandbox.close();
    say(
      paint(
        'dim',
        `  ${seconds(performance.now() - startedAt)} of your time, ${((sandbox.nowMs() - beginsMs) / 3_600_000).toFixed(1)} hours of theirs.`,
      ),
    );
    say();
  }
}

async function tell(client: SandboxClient, activities: Activity[], nowMs: () => number): Promise<void> {
  const known = new Map<string, Run>();
  const tellWhatCame = async (head: (changed: readonly Run[]) => string): Promise<void> => {
    const changed = (await cartRuns(client)).filter((run) => known.get(run.runId)?.status !== run.status);
    headline(nowMs(), head(changed));
    const told = activities.splice(0).map(tellActivity);
    for (const run of changed) {
      tellRun(run, known.get(run.runId));
      known.set(run.runId, run);
    }
    if (changed.length === 0 && !told.includes(true)) effect('· ', paint('dim', 'on record; no run waits for it yet'));
  };
  for (const chapter of chapters) {
    if (chapter.after) await client.advance(chapter.after);
    await client.put(chapter.event(nowMs()));
    await tellWhatCame(() => chapter.text);
  }
  say(paint('dim', '  ... nobody does anything; nothing runs, nothing is paid ...'));
  while ((await openTimers(client)) > 0) {
    await client.advance('next-timer');
    await tellWhatCame(
      (changed) => `cart ${changed.map((run) => run.key).join(', ')}: a day has passed and nobody bought`,
    );
  }
  say();
}

async function conclude(client: SandboxClient): Promise<boolean> {
  const runs = await cartRuns(client);
  const { mails } = await client.get<{ mails: { to: string[] }[] }>('/_sojourn/outbox');
  const { byKey } = await client.get<{ byKey: CallsOfKey[] }>(`/_sojourn/calls?journey=${journey}`);
  const mailsTo = (cart: string): number =>
    mails.filter((mail) => mail.to.includes(`${cart.toLowerCase()}@example.com`)).length;
  say(`  ${paint('bold', 'Runs')}`);
  table(
    ['cart', 'began', 'outcome'],
    runs.map((run) => [run.key, clockText(Date.parse(run.startedAt)), outcomeOf(run)]),
  );
  say();
  say(`  ${paint('bold', 'What each cart cost')} (AWS calls and DynamoDB units, counted at the sandbox's door)`);
  table(
    ['cart', 'invocations', 'write units', 'read units', 'timers created', 'deleted', 'mails', perMillion],
    [...new Set(runs.map((run) => run.key))].map((cart) => costRow(cart, byKey, mailsTo(cart))),
  );
  say(
    paint('dim', '  $: what a million such carts cost to run, events and logs included; `sojourn cost` shows the sum'),
  );
  say();
  const timers = await openTimers(client);
  say(`  open timers: ${timers === 0 ? 'none' : timers}`);
  const wrong = surprises(runs, mailsTo, timers);
  for (const line of wrong) say(paint('red', `  NOT AS EXPECTED  ${line}`));
  if (wrong.length === 0)
    say(paint('green', '  Every outcome is the expected one: one mail for B, one for C, none for A and D.'));
  return wrong.length === 0;
}

const perMillion = '$ a million';

function costRow(cart: string, calls: readonly CallsOfKey[], mails: number): (string | number)[] {
  const own = calls.filter((one) => one.key === `${journey}|key|s:${cart}`);
  const sum = (pick: (one: CallsOfKey) => number): number => own.reduce((total, one) => total + pick(one), 0);
  return [
    cart,
    sum((one) => one.invocations),
    sum((one) => one.writeUnits),
    sum((one) => one.readUnits),
    sum((one) => one.calls['scheduler:CreateSchedule'] ?? 0),
    sum((one) => one.calls['scheduler:DeleteSchedule'] ?? 0),
    mails,
    dollarsAMillion(own),
  ];
}

/** Of all that was done for a cart; the sandbox counts it once for each partition. */
function dollarsAMillion(tallies: readonly Tally[]): string {
  const usage = mix(tallies.map((tally) => ({ times: 1_000_000, usage: usageOf(tally) })));
  return `$${billOf(usage).usd.toFixed(2)}`.padStart(perMillion.length);
}

async function openTimers(client: SandboxClient): Promise<number> {
  const { schedules } = await client.get<{ schedules: unknown[] }>('/_sojourn/schedules');
  return schedules.length;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

demo().then(
  (asExpected) => {
    process.exitCode = asExpected ? 0 : 1;
  },
  (error: unknown) => fail(error, { verbose: process.argv.includes('--verbose') }),
);
