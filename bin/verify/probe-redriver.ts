/**
 * The hub's redriver, which takes dead letters out of their queues: stopped while the probes read those queues, and then
 * tried itself, with a dead letter that can never be taken.
 *
 * Owns: its event sources while a verification lasts. A letter that it tries again is seen only ten minutes later; that is
 * left to the tests in the sandbox.
 */
import { finalErrorTypes } from '../../lib/contract.js';
import type { Account } from './account.js';
import type { DeployedStack } from './deployment.js';
import type { Fact, Probing, Seen } from './facts.js';
import { pause } from './pause.js';

const mappingType = 'AWS::Lambda::EventSourceMapping';
const switchMs = 180_000;
const pollMs = 2_000;

/** From here on dead letters stay in the queues where they fell. */
export async function stopRedriver(account: Account, stack: DeployedStack): Promise<void> {
  await Promise.all(stack.ids(mappingType).map((mapping) => switched(account, mapping, false)));
}

async function switched(account: Account, mapping: string, on: boolean): Promise<void> {
  const uuid = ['--uuid', mapping];
  const wanted = on ? 'Enabled' : 'Disabled';
  let asked = false;
  for (let waitedMs = 0; waitedMs < switchMs; waitedMs += pollMs) {
    // Refused while an earlier change is under way.
    asked ||= (await account.refusal('lambda', 'update-event-source-mapping', ...uuid, flagOf(on))) === undefined;
    const { State } = await account.cli<{ State: string }>('lambda', 'get-event-source-mapping', ...uuid);
    if (asked && State === wanted) return;
    await pause(pollMs);
  }
  throw new Error(`the event source ${mapping} did not become ${wanted}`);
}

function flagOf(on: boolean): string {
  return on ? '--enabled' : '--no-enabled';
}

/** Lambda's record of an event that a function refused, put into FailedInvocations, has to end with the people's letters. */
async function finalLettersAreKept(probing: Probing): Promise<Seen> {
  const { account, stack, boxes } = probing;
  const functionArn = `arn:aws:lambda:${account.place.region}:${account.place.accountId}:function:${stack.functionName('WinBack')}`;
  const record = {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId: 'probe',
      functionArn: `${functionArn}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload: { probe: 'final' },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType: finalErrorTypes[0], errorMessage: 'probe' },
  };
  await switched(account, stack.id(mappingType, 'JourneysRedriverFailedInvocations'), true);
  await boxes.failedInvocations.put(JSON.stringify(record));
  const letter = await boxes.deadLetters.take(
    ({ body }) => (body as { requestPayload?: { probe?: string } }).requestPayload?.probe === 'final',
    probing.patienceMs,
  );
  if (!letter) return { agrees: false, seen: 'nothing in DeadLetters' };
  return { agrees: true, seen: `kept in DeadLetters, with ${JSON.stringify(letter.attributes)}` };
}

export const redriverFacts: readonly Fact[] = [
  { claim: 'the redriver leaves what can never be taken to people, at once', mark: 'I', probe: finalLettersAreKept },
];
