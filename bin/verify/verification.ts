/**
 * A whole verification of this repository in one account: deploy, play, probe, count, destroy.
 *
 * Owns: the order. The same code runs against AWS and against the emulator; where the emulator is known to differ, only
 * the check bends (differences.ts). Invariant: whatever happens in between, what was deployed is destroyed.
 */
import type { Account } from './account.js';
import { billLines } from './bill.js';
import { type DeployedStack, Deployment, type DeployOptions } from './deployment.js';
import { differences } from './differences.js';
import { type Boxes, type Probing, probeFacts } from './facts.js';
import { startsOf } from './logs.js';
import { operate } from './operating.js';
import { busFacts, lastBusFacts } from './probe-bus.js';
import { policyFacts } from './probe-policies.js';
import { redriverFacts, stopRedriver } from './probe-redriver.js';
import { schedulerFacts } from './probe-scheduler.js';
import { LetterBox } from './queue.js';
import { deployInTheMiddle } from './redeploying.js';
import { expectSame, type Report } from './report.js';
import { Stage } from './stage.js';
import { type Scene, scenes, unawaited } from './stories.js';
import { type Played, usageOf } from './usage.js';

const clockToleranceMs = 60_000;
const warmUpAttempts = 8;
const warmUpPatienceMs = 10_000;

export interface VerificationOptions extends DeployOptions {
  /** How long a probe waits for what takes minutes on AWS. */
  readonly patienceMs: number;
  /** What the place needs beside the deployment, and takes away again. */
  readonly bend?: Bend;
  /** After the stories. */
  readonly alsoCheck?: (played: readonly Scene[], report: Report) => Promise<void>;
}

export interface Bend {
  apply(account: Account, stack: DeployedStack): Promise<void>;
  undo(account: Account, stack: DeployedStack): Promise<void>;
}

/** Tells the report; what fails in it does not throw. */
export async function verify(account: Account, options: VerificationOptions, report: Report): Promise<void> {
  const deployment = new Deployment(account, options);
  let stack: DeployedStack | undefined;
  try {
    if (await deployment.exists()) {
      report.tell('Something of an earlier verification is left here: it is destroyed first.');
      await takeAway(account, deployment);
    }
    const ready = await report.check('cdk bootstrap', () => deployment.bootstrap().then(() => true));
    if (!ready) return;
    stack = await report.check('cdk deploy', () => deployment.deploy());
    if (!stack) return;
    report.tell(`        ${stack.resources.length} resources, every wait takes ${options.waitS} s`);
    await options.bend?.apply(account, stack);
    await tryOut(account, stack, deployment, options, report);
  } finally {
    account.finish();
    if (stack && options.bend) await options.bend.undo(account, stack).catch((error) => report.tell(String(error)));
    await report.check('cdk destroy', () => takeAway(account, deployment));
    await report.check('nothing of it is left in the account', () => deployment.expectNothingLeft());
  }
}

async function tryOut(
  account: Account,
  stack: DeployedStack,
  deployment: Deployment,
  options: VerificationOptions,
  report: Report,
): Promise<void> {
  const sinceMs = Date.now();
  const stage = new Stage(account, stack, options.waitS);
  const boxes = boxesOf(account, stack);
  await report.check('the redriver is stopped, so that dead letters can be seen', () => stopRedriver(account, stack));
  await report.check('the bus reaches the functions', () => warmUp(account, stack, stage));
  const probing: Probing = { account, stack, stage, boxes, patienceMs: options.patienceMs };
  const playable = scenes.filter((scene) => !scene.needs || !account.differs(scene.needs));
  for (const { title, needs } of scenes.filter((scene) => !playable.includes(scene))) {
    report.tell(`not played: ${title} (${needs && differences[needs].emulator})`);
  }
  await Promise.all([
    ...playable.map((scene) => report.check(`${scene.journey}: ${scene.title}`, () => stage.play(scene))),
    probeFacts([...schedulerFacts, ...busFacts, ...policyFacts], probing, report),
  ]);
  account.place.stopped?.throwIfAborted();
  await report.check('no schedule is left', () => expectNoSchedules(account, stack));
  await report.check('no dead letter is left', () => expectNoLetters(boxes));
  await options.alsoCheck?.(playable, report);
  await report.check('the command sojourn starts, shows, cancels, explains and forgets a run', () => operate(account));
  await report.check('a run that waits during a deployment finishes with its version, which is then removed', () =>
    deployInTheMiddle(account, deployment),
  );
  for (const fact of [...lastBusFacts, ...redriverFacts]) {
    account.place.stopped?.throwIfAborted();
    await probeFacts([fact], probing, report);
  }
  await tellBill(account, stack, { sinceMs, ...stage.seen }, report);
}

/** A new rule takes a while to work everywhere: events that nobody waits for, until each journey has been reached. */
async function warmUp(account: Account, stack: DeployedStack, stage: Stage): Promise<void> {
  const wanted = { sinceMs: Date.now() - clockToleranceMs, least: 1, patienceMs: warmUpPatienceMs };
  for (const [journey, event] of Object.entries(unawaited)) {
    let attempts = 0;
    do {
      if (attempts >= warmUpAttempts) throw new Error(`${journey} was not reached by ${attempts} events`);
      await stage.put(event);
      attempts += 1;
    } while ((await startsOf(account, stack, journey, wanted)).length === 0);
  }
}

async function takeAway(account: Account, deployment: Deployment): Promise<void> {
  account.finish();
  await deployment.destroy();
  await deployment.unbootstrap();
}

function boxesOf(account: Account, stack: DeployedStack): Boxes {
  const box = (name: string) => new LetterBox(account, stack.id('AWS::SQS::Queue', `Journeys${name}`));
  return {
    undeliveredEvents: box('UndeliveredEvents'),
    failedInvocations: box('FailedInvocations'),
    undeliveredTimers: box('UndeliveredTimers'),
    deadLetters: box('DeadLetters'),
  };
}

async function expectNoSchedules(account: Account, stack: DeployedStack): Promise<void> {
  const group = ['--group-name', stack.groupName, '--query', 'Schedules[].Name'];
  expectSame('schedules', (await account.cli<string[] | null>('scheduler', 'list-schedules', ...group)) ?? [], []);
}

async function expectNoLetters(boxes: Boxes): Promise<void> {
  for (const [name, box] of Object.entries(boxes) as [string, LetterBox][]) {
    expectSame(
      name,
      (await box.rest()).map(({ body }) => body),
      [],
    );
  }
}

async function tellBill(account: Account, stack: DeployedStack, played: Played, report: Report): Promise<void> {
  const counted = await report.check('what it used is counted', () => usageOf(account, stack, played));
  if (!counted) return;
  report.tell('what this verification costs on AWS (us-east-1, list, no free tier):');
  for (const line of billLines(counted)) report.tell(line);
  if (counted.writeUnits === 0) report.tell('  (the units of the table are not shown yet, so they are not in the sum)');
}
