/**
 * Probes of the bus and of Lambda behind it: what becomes of an event's time, how soon the code runs, what becomes of an
 * event that the function fails at, or that cannot be handed over at all.
 *
 * Owns: the events of the probes. They are of keys that no story has.
 */
import { randomUUID } from 'node:crypto';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Fact, Probing, Seen } from './facts.js';
import { startsOf } from './logs.js';
import { pause } from './pause.js';
import type { Letter } from './queue.js';

const secondMs = 1_000;
const latencyProbes = 6;
/** Our clock may be ahead of AWS's by so much. */
const clockToleranceMs = 2 * secondMs;
/** What the design assumes of the way from a bus to a function; the median of strangers is far below. */
const usualLatencyMs = secondMs;

async function timeIsKept({ stage }: Probing): Promise<Seen> {
  const agoS = 3;
  const key = 'probe-time';
  const putMs = Date.now();
  await stage.put(
    { name: 'cart/product.added', data: { cart_id: key }, agoS },
    { name: 'cart/purchased', data: { cart_id: key } },
  );
  const run = await runOf(stage, 'abandoned-cart', key);
  const behindMs = putMs - Date.parse(run?.startedAt ?? '');
  const agrees = behindMs >= (agoS - 1) * secondMs && run?.trigger.time.endsWith('Z') === true;
  return {
    agrees,
    seen: run ? `the run began at ${run.startedAt}, the call was at ${new Date(putMs).toISOString()}` : 'no run',
  };
}

async function runOf(stage: Probing['stage'], journey: string, key: string) {
  for (let attempt = 0; attempt < 30; attempt += 1) {
    const [run] = await stage.runs(journey, key);
    if (run && run.status !== 'active') return run;
    await pause(secondMs);
  }
  return undefined;
}

async function tooManyAreRefused({ account, stack }: Probing): Promise<Seen> {
  const entry = { EventBusName: stack.busName, Source: 'probe', DetailType: 'probe/nothing', Detail: '{}' };
  const entries = JSON.stringify(Array.from({ length: 11 }, () => entry));
  const refusal = await account.refusal('events', 'put-events', '--entries', entries);
  return { agrees: refusal?.includes('ValidationException') === true, seen: refusal?.split('\n').at(-1) ?? 'accepted' };
}

/** Events that nobody waits for, one at a time, to a function that is warm. */
async function latency({ account, stack, stage }: Probing): Promise<Seen> {
  const putsMs: number[] = [];
  for (let index = 0; index <= latencyProbes; index += 1) {
    putsMs.push(Date.now());
    const Detail = JSON.stringify({ lead_id: `probe-latency-${index}` });
    const Entries = [{ EventBusName: stack.busName, Source: 'probe', DetailType: 'sales/outreach.logged', Detail }];
    await account.eventBridge.send(new PutEventsCommand({ Entries }));
    stage.seen.events += 1;
    await pause(2 * secondMs);
  }
  const sinceMs = putsMs[0]! - clockToleranceMs;
  const startsMs = await startsOf(account, stack, 'SalesFollowUp', { sinceMs, least: putsMs.length });
  // Without the first, which may have met a cold function.
  const latenciesMs = putsMs.map((putMs, index) => (startsMs[index] ?? Number.NaN) - putMs).slice(1);
  const median = latenciesMs.toSorted((one, other) => one - other)[Math.floor(latenciesMs.length / 2)];
  const agrees = median !== undefined && median <= usualLatencyMs;
  return { agrees, seen: `from PutEvents to START, by two clocks: ${latenciesMs.map((ms) => `${ms} ms`).join(', ')}` };
}

interface FailureRecord {
  readonly requestContext: { readonly condition: string; readonly approximateInvokeCount: number };
  readonly responsePayload: { readonly errorType: string; readonly errorMessage: string };
}

async function failureIsKept(probing: Probing): Promise<Seen> {
  const putMs = Date.now();
  const letter = await refused(probing, 'refused');
  if (!letter) return { agrees: false, seen: 'nothing in FailedInvocations' };
  const { requestContext, responsePayload } = letter.body as FailureRecord;
  const { condition, approximateInvokeCount } = requestContext;
  const agrees = approximateInvokeCount === 3 && responsePayload.errorMessage.includes('[MissingKey]');
  const tookS = ((letter.sentMs - putMs) / secondMs).toFixed(0);
  return { agrees, seen: `${condition}, ${approximateInvokeCount} invocations in ${tookS} s` };
}

/** The redriver tells by it what can never be taken. */
async function errorIsNamed(probing: Probing): Promise<Seen> {
  const letter = await refused(probing, 'named');
  if (!letter) return { agrees: false, seen: 'nothing in FailedInvocations' };
  const { errorType } = (letter.body as FailureRecord).responsePayload;
  return { agrees: errorType === 'MissingKey', seen: errorType };
}

/** A trigger without its key, which a function refuses each time. @returns Lambda's record of it. */
async function refused(probing: Probing, probe: string): Promise<Letter | undefined> {
  const event = { name: 'lead/entered', data: { probe } };
  if (probing.account.differs('bus-retries')) await invoke(probing, event);
  else await probing.stage.put(event);
  return probing.boxes.failedInvocations.take(({ body }) => {
    const { requestPayload } = body as { requestPayload?: { detail?: { probe?: string } } };
    return requestPayload?.detail?.probe === probe;
  }, probing.patienceMs);
}

/** As the bus would deliver it. */
async function invoke({ account, stack }: Probing, event: { name: string; data: object }): Promise<void> {
  const payload = {
    version: '0',
    id: randomUUID(),
    'detail-type': event.name,
    source: 'probe',
    account: account.place.accountId,
    time: new Date().toISOString().replace(/\.\d+/, ''),
    region: account.place.region,
    resources: [],
    detail: event.data,
  };
  const name = ['--function-name', stack.functionName('SalesFollowUp')];
  const live = [...name, '--qualifier', 'live'];
  const bent = account.differs('invoke-configs');
  if (bent) {
    const read = account.cli<{ DestinationConfig: object }>('lambda', 'get-function-event-invoke-config', ...live);
    const destination = ['--destination-config', JSON.stringify((await read).DestinationConfig)];
    await account.cli('lambda', 'put-function-event-invoke-config', ...name, ...destination);
  }
  const asEvent = [...(bent ? name : live), '--invocation-type', 'Event'];
  await account.cli('lambda', 'invoke', ...asEvent, '--payload', JSON.stringify(payload), '/dev/null');
}

/** Takes the rule's permission away: the last probe, for the journey is deaf afterwards. */
async function undeliverableIsKept(probing: Probing): Promise<Seen> {
  const { account, stack, stage, boxes } = probing;
  const name = ['--function-name', stack.functionName('WinBack'), '--qualifier', 'live'];
  const { Policy } = await account.cli<{ Policy: string }>('lambda', 'get-policy', ...name);
  const statements = (JSON.parse(Policy) as { Statement: { Sid: string }[] }).Statement;
  for (const { Sid } of statements) await account.cli('lambda', 'remove-permission', ...name, '--statement-id', Sid);
  await stage.put({ name: 'user/active', data: { user_id: 'probe-deaf', probe: 'deaf' } });
  const letter = await boxes.undeliveredEvents.take(
    ({ body }) => (body as { detail?: { probe?: string } }).detail?.probe === 'deaf',
    probing.patienceMs,
  );
  if (!letter) return { agrees: false, seen: 'nothing in UndeliveredEvents' };
  return { agrees: true, seen: `kept, with ${letter.attributes.ERROR_CODE ?? JSON.stringify(letter.attributes)}` };
}

export const busFacts: readonly Fact[] = [
  {
    claim: 'an event keeps the time that its producer gave it',
    mark: 'O',
    difference: 'event-time',
    probe: timeIsKept,
  },
  { claim: 'eleven entries in one PutEvents are refused', mark: 'O', probe: tooManyAreRefused },
  {
    claim: 'an event that the function fails at three times goes to FailedInvocations with its error',
    mark: 'O',
    probe: failureIsKept,
  },
  {
    claim: 'the record of a failure has the name of the error as its type',
    mark: 'I',
    difference: 'error-type',
    probe: errorIsNamed,
  },
];

/** One after the other, when the stories are over: each wants a function for itself. */
export const lastBusFacts: readonly Fact[] = [
  { claim: 'from PutEvents to the code it takes less than a second, mostly', mark: 'O', probe: latency },
  {
    claim: 'an event that its rule may not hand over goes to UndeliveredEvents',
    mark: 'D',
    difference: 'rule-permission',
    probe: undeliverableIsKept,
  },
];
