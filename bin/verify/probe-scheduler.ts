/**
 * Probes of EventBridge Scheduler: schedules in the stack's own group, with the roles of its journeys, so that trust and
 * rights are tried too. Most of them send to the queue of undelivered timers, whose messages say when they were sent.
 *
 * Owns: the schedules of the probes; each is named `probe-...` and gone when its probe is over.
 */
import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  type Target,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import type { Account } from './account.js';
import type { DeployedStack } from './deployment.js';
import type { Fact, Probing, Seen } from './facts.js';
import { pause } from './pause.js';
import type { Letter } from './queue.js';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const latenessProbes = 3;

interface ProbeSchedule {
  readonly name: string;
  readonly expression: string;
  readonly target: Target;
  readonly token?: string;
}

function create({ account, stack }: Probing, { name, expression, target, token }: ProbeSchedule) {
  return account.scheduler.send(
    new CreateScheduleCommand({
      Name: name,
      GroupName: stack.groupName,
      ScheduleExpression: expression,
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: target,
      ...(token !== undefined && { ClientToken: token }),
    }),
  );
}

function remove({ account, stack }: Probing, name: string) {
  return account.scheduler.send(new DeleteScheduleCommand({ Name: name, GroupName: stack.groupName }));
}

function at(timeMs: number): string {
  return `at(${new Date(timeMs).toISOString().slice(0, 19)})`;
}

function arnOf(account: Account, service: string, resource: string): string {
  return `arn:aws:${service}:${account.place.region}:${account.place.accountId}:${resource}`;
}

function roleArn(account: Account, stack: DeployedStack, logicalId: string): string {
  return `arn:aws:iam::${account.place.accountId}:role/${stack.id('AWS::IAM::Role', logicalId)}`;
}

/** To the queue of undelivered timers, which every journey's Scheduler role may send to. */
function toQueue({ account, stack }: Probing, name: string): Target {
  const queue = stack.id('AWS::SQS::Queue', 'JourneysUndeliveredTimers').split('/').at(-1);
  return {
    Arn: arnOf(account, 'sqs', queue ?? ''),
    RoleArn: roleArn(account, stack, 'WinBackSchedulerRole'),
    Input: JSON.stringify({ probe: name }),
  };
}

/** To a journey's function, with something that it refuses. */
function toFunction({ account, stack }: Probing, name: string, qualifier = ''): Target {
  const queue = stack.id('AWS::SQS::Queue', 'JourneysUndeliveredTimers').split('/').at(-1);
  return {
    Arn: `${arnOf(account, 'lambda', `function:${stack.functionName('WinBack')}`)}${qualifier}`,
    RoleArn: roleArn(account, stack, 'WinBackSchedulerRole'),
    Input: JSON.stringify({ probe: name }),
    DeadLetterConfig: { Arn: arnOf(account, 'sqs', queue ?? '') },
    RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
  };
}

function says(name: string) {
  return ({ body }: { readonly body: unknown }) => (body as { probe?: string } | null)?.probe === name;
}

/** Waits for what a schedule sends to the queue of undelivered timers. */
async function fired({ boxes, stage }: Probing, name: string, mostMs: number): Promise<Letter | undefined> {
  const letter = await boxes.undeliveredTimers.take(says(name), mostMs);
  if (letter) stage.seen.timers += 1;
  return letter;
}

async function pastFires(probing: Probing): Promise<Seen> {
  const name = 'probe-past';
  const createdMs = Date.now();
  await create(probing, { name, expression: at(createdMs - 60 * minuteMs), target: toQueue(probing, name) });
  const letter = await fired(probing, name, 3 * minuteMs);
  if (!letter) return { agrees: false, seen: 'accepted, and not fired within three minutes' };
  return { agrees: true, seen: `accepted, fired ${seconds(letter.sentMs - createdMs)} after its creation` };
}

async function lateness(probing: Probing): Promise<Seen> {
  const lateMs = await Promise.all(
    Array.from({ length: latenessProbes }, async (_, index) => {
      const name = `probe-late-${index}`;
      const atMs = Math.ceil(Date.now() / secondMs) * secondMs + (20 + 7 * index) * secondMs;
      await create(probing, { name, expression: at(atMs), target: toQueue(probing, name) });
      const letter = await fired(probing, name, 3 * minuteMs);
      return letter === undefined ? Number.POSITIVE_INFINITY : letter.sentMs - atMs;
    }),
  );
  const agrees = lateMs.every((ms) => ms >= -secondMs && ms <= minuteMs + 5 * secondMs);
  return { agrees, seen: `late by ${lateMs.map(seconds).join(', ')}` };
}

async function strictExpressions(probing: Probing): Promise<Seen> {
  const soon = new Date(Date.now() + 60 * minuteMs).toISOString();
  const accepted: string[] = [];
  for (const [index, text] of [soon, `${soon.slice(0, 19)}Z`, soon.slice(0, 23)].entries()) {
    const name = `probe-expression-${index}`;
    try {
      await create(probing, { name, expression: `at(${text})`, target: toQueue(probing, name) });
      accepted.push(text);
      await remove(probing, name);
    } catch (error) {
      if (!(error instanceof ValidationException)) throw error;
    }
  }
  return {
    agrees: accepted.length === 0,
    seen: accepted.length === 0 ? 'all refused' : `accepted: ${accepted.join(', ')}`,
  };
}

async function namesAreUnique(probing: Probing): Promise<Seen> {
  const name = 'probe-unique';
  const schedule = { name, expression: at(Date.now() + 60 * minuteMs), target: toQueue(probing, name), token: 'probe' };
  await create(probing, schedule);
  try {
    await create(probing, schedule);
    return { agrees: false, seen: 'the second creation was accepted' };
  } catch (error) {
    return { agrees: error instanceof ConflictException, seen: (error as Error).name };
  } finally {
    await dropped(probing, name);
  }
}

async function missingIsNamed(probing: Probing): Promise<Seen> {
  try {
    await remove(probing, 'probe-never-was');
    return { agrees: false, seen: 'done' };
  } catch (error) {
    return { agrees: error instanceof ResourceNotFoundException, seen: (error as Error).name };
  }
}

/** Conflicts are allowed; what is told is how often, and that a second attempt succeeds. */
async function deleteAtOnce(probing: Probing): Promise<Seen> {
  let conflicts = 0;
  for (let index = 0; index < 5; index += 1) {
    const name = `probe-at-once-${index}`;
    await create(probing, { name, expression: at(Date.now() + 60 * minuteMs), target: toQueue(probing, name) });
    conflicts += await dropped(probing, name);
  }
  return { agrees: true, seen: `${conflicts} conflicts in 5 deletions` };
}

/** @returns how many times it was a conflict. */
async function dropped(probing: Probing, name: string): Promise<number> {
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      await remove(probing, name);
      return conflicts;
    } catch (error) {
      if (!(error instanceof ConflictException) || conflicts >= 10) throw error;
      await pause(secondMs);
    }
  }
}

async function roleIsChecked(probing: Probing): Promise<Seen> {
  const { account, stack } = probing;
  const name = 'probe-role';
  const target = { ...toQueue(probing, name), RoleArn: roleArn(account, stack, 'WinBackFunctionRole') };
  try {
    await create(probing, { name, expression: at(Date.now() + 60 * minuteMs), target });
  } catch (error) {
    return {
      agrees: error instanceof ValidationException,
      seen: `${(error as Error).name}: ${(error as Error).message}`,
    };
  }
  await dropped(probing, name);
  return { agrees: false, seen: 'accepted with a role that does not trust Scheduler' };
}

async function functionFailureIsKept(probing: Probing): Promise<Seen> {
  const name = 'probe-refused';
  await create(probing, { name, expression: at(Date.now() + 15 * secondMs), target: toFunction(probing, name) });
  const letter = await probing.boxes.failedInvocations.take(
    ({ body }) => (body as { requestPayload?: { probe?: string } }).requestPayload?.probe === name,
    probing.patienceMs,
  );
  if (!letter) return { agrees: false, seen: 'nothing in FailedInvocations' };
  const { condition, approximateInvokeCount } = (letter.body as { requestContext: Record<string, unknown> })
    .requestContext;
  return { agrees: approximateInvokeCount === 3, seen: `${condition} after ${approximateInvokeCount} invocations` };
}

async function undeliverableIsKept(probing: Probing): Promise<Seen> {
  const name = 'probe-nowhere';
  const target = toFunction(probing, name, ':no-such-alias');
  await create(probing, { name, expression: at(Date.now() + 15 * secondMs), target });
  const letter = await probing.boxes.undeliveredTimers.take(says(name), probing.patienceMs);
  if (!letter) return { agrees: false, seen: 'nothing in UndeliveredTimers' };
  return { agrees: true, seen: `kept, with ${letter.attributes.ERROR_CODE ?? JSON.stringify(letter.attributes)}` };
}

function seconds(ms: number): string {
  return `${(ms / secondMs).toFixed(1)} s`;
}

export const schedulerFacts: readonly Fact[] = [
  { claim: 'an at() in the past is accepted and fires', mark: 'O', probe: pastFires },
  { claim: 'a timer fires at its at() or up to a minute later', mark: 'O', probe: lateness },
  {
    claim: 'an at() with milliseconds or a Z is refused',
    mark: 'O',
    difference: 'schedule-expressions',
    probe: strictExpressions,
  },
  {
    claim: 'a second schedule of a name is a conflict, with the same client token too',
    mark: 'O',
    probe: namesAreUnique,
  },
  { claim: 'deleting what is not there is ResourceNotFound', mark: 'O', probe: missingIsNamed },
  { claim: 'a schedule can be deleted at once, if need be at a second attempt', mark: 'O', probe: deleteAtOnce },
  {
    claim: 'CreateSchedule asks whether Scheduler can assume the role',
    mark: 'O',
    difference: 'scheduler-role',
    probe: roleIsChecked,
  },
  {
    claim: 'a timer that the function fails at three times goes to FailedInvocations',
    mark: 'O',
    difference: 'timer-retries',
    probe: functionFailureIsKept,
  },
  {
    claim: 'a timer whose function is gone goes to UndeliveredTimers',
    mark: 'D',
    difference: 'timer-dead-letters',
    probe: undeliverableIsKept,
  },
];
