/**
 * A hub with a key of yours, played in the sandbox, whose evaluator decides by the template's own policies; and each statement
 * about the key taken away, to see that it was needed and that its absence is told.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { enforcePolicies } from '../../lib/sandbox/iam/enforce.js';
import { policyNotices } from '../../lib/sandbox/iam/policy-notices.js';
import type { AuthorizedCall } from '../../lib/sandbox/seams.js';
import type { SandboxResources } from '../../lib/sandbox/template/resources.js';
import { changed, type OpenTemplate, resourcesOf } from '../iam/app.js';
import { entryDirectory } from '../stack/entry-files.js';
import { dayMs, hourMs, ofKind, start } from './stand.js';

const entries = entryDirectory();
const assemblyDir = mkdtempSync(path.join(tmpdir(), 'sojourn-key-'));
afterAll(() => rmSync(assemblyDir, { recursive: true, force: true }));

const cart = `
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
export const journey = createJourney(
  { id: 'cart', triggers: [{ event: 'cart/added' }], key: 'data.cart_id', waitsFor: ['cart/purchased'] },
  async ({ step }) => {
    const bought = await step.waitForEvent('paid', { event: 'cart/purchased', timeout: '24h' });
    return { outcome: bought === null ? 'forgotten' : 'bought' };
  },
);
export const handler = serve(journey);
`;

let resources: SandboxResources;
beforeAll(() => {
  const app = new App({ outdir: assemblyDir });
  const stack = new Stack(app, 'Shop');
  const hub = new JourneyHub(stack, 'Hub', { encryptionKey: new kms.Key(stack, 'Key') });
  new Journey(stack, 'Cart', { hub, entry: entries.write('cart.ts', cart) });
  app.synth();
  resources = resourcesOf(assemblyDir);
});

test('its runs are matched and time out, its refused events reach people, and nothing is refused for want of the key', async () => {
  const stand = await start(assemblyDir);
  expect(stand.notices).toEqual([]);
  await stand.send(
    { name: 'cart/added', data: { cart_id: 'bought-4711' } },
    { name: 'cart/added', data: { cart_id: 'forgotten-4711' } },
    { name: 'cart/added', data: {} },
  );
  const [schedule] = stand.sandbox.schedules();
  const { KmsKeyArn } = await scheduleOf(stand.sandbox.url, schedule!);
  expect(KmsKeyArn).toBe(keyArn());
  await stand.advance(hourMs);
  await stand.send({ name: 'cart/purchased', data: { cart_id: 'bought-4711' } });
  await stand.advance(2 * dayMs);
  expect(await stand.outcomes('cart', 'bought-4711')).toEqual(['completed: bought']);
  expect(await stand.outcomes('cart', 'forgotten-4711')).toEqual(['completed: forgotten']);
  expect(stand.sandbox.deadLetters()).toHaveLength(1);
  expect(ofKind(stand.activities, 'access-denied')).toEqual([]);
});

async function scheduleOf(
  url: string,
  { name, groupName }: { readonly name: string; readonly groupName: string },
): Promise<{ KmsKeyArn?: string }> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=a/20270104/us-east-1/scheduler/aws4_request, SignedHeaders=host, Signature=0';
  const response = await fetch(`${url}/schedules/${name}?groupName=${groupName}`, { headers: { authorization } });
  return (await response.json()) as { KmsKeyArn?: string };
}

const arnOf = (service: string, resource: string) => `arn:aws:${service}:us-east-1:000000000000:${resource}`;
const keyArn = () => arnOf('kms', `key/${resources.all.find(({ type }) => type === 'AWS::KMS::Key')!.ref}`);
const groupName = () => resources.scheduleGroups.find(({ name }) => name !== 'default')!.name;
/** The first eight characters of `printf cart | sha256sum`. */
const ownTimer = () => arnOf('scheduler', `schedule/${groupName()}/1c42ddc0-run`);
const othersTimer = () => arnOf('scheduler', `schedule/${groupName()}/ffffffff-run`);
const roleArn = (id: string) => resources.roles.find(({ name }) => name.includes(id))!.arn;
const queueArn = (id: string) => resources.queues.find(({ name }) => name.includes(id))!.arn;

const byFunction = (action: string, keys: AuthorizedCall['keys']): AuthorizedCall => ({
  caller: {
    kind: 'function',
    functionName: 'cart',
    roleArn: roleArn('CartFunctionRole'),
    requestId: undefined,
  },
  action,
  resource: keyArn(),
  ...(keys && { keys }),
});
const byTimer = (timerArn: string): AuthorizedCall => ({
  caller: { kind: 'service', service: 'scheduler', sourceArn: timerArn, roleArn: roleArn('CartSchedulerRole') },
  action: 'kms:Decrypt',
  resource: keyArn(),
  keys: { 'kms:EncryptionContext:aws:scheduler:schedule:arn': timerArn },
});
const letterOfRule = (rule: string): AuthorizedCall => ({
  caller: { kind: 'service', service: 'events', sourceArn: rule },
  action: 'kms:GenerateDataKey',
  resource: keyArn(),
});
const via = (service: string, timerArn?: string) => ({
  'kms:ViaService': `${service}.us-east-1.amazonaws.com`,
  ...(timerArn !== undefined && { 'kms:EncryptionContext:aws:scheduler:schedule:arn': timerArn }),
});

const isAllowed = (call: AuthorizedCall, of = resources) => enforcePolicies(of, () => 0)(call).allowed;

test('the function may use the key through its services for its own timers, and in no other way', () => {
  expect(isAllowed(byFunction('kms:GenerateDataKey', via('scheduler', ownTimer())))).toBe(true);
  expect(isAllowed(byFunction('kms:DescribeKey', via('scheduler')))).toBe(true);
  expect(isAllowed(byFunction('kms:Decrypt', via('dynamodb')))).toBe(true);
  expect(isAllowed(byFunction('kms:Decrypt', via('scheduler', othersTimer())))).toBe(false);
  expect(isAllowed(byFunction('kms:Decrypt', via('logs')))).toBe(false);
  expect(isAllowed(byFunction('kms:Decrypt', {}))).toBe(false);
});

test('timers decrypt what their own journey set, and rules of the account leave dead letters', () => {
  expect(isAllowed(byTimer(ownTimer()))).toBe(true);
  expect(isAllowed(byTimer(othersTimer()))).toBe(false);
  expect(isAllowed(letterOfRule(arnOf('events', 'rule/bus/Rule')))).toBe(true);
  expect(isAllowed(letterOfRule('arn:aws:events:us-east-1:999999999999:rule/bus/Rule'))).toBe(false);
});

const without = (sid: string) => (template: OpenTemplate) => {
  for (const { type, properties } of template.all) {
    const document = type === 'AWS::KMS::Key' ? properties.KeyPolicy : properties.PolicyDocument;
    if (!document) continue;
    document.Statement = document.Statement.filter(({ Sid }: { Sid?: string }) => Sid !== sid);
  }
};

test('fails without the statement of timers: none is created, none fires', () => {
  const crippled = changed(resources, without('KeyOfTimers'));
  expect(isAllowed(byFunction('kms:GenerateDataKey', via('scheduler', ownTimer())), crippled)).toBe(false);
  expect(isAllowed(byTimer(ownTimer()), crippled)).toBe(false);
});

test('fails without the statement of the rules: what the bus cannot deliver is lost', () => {
  const rule = arnOf('events', 'rule/bus/Rule');
  const send: AuthorizedCall = {
    caller: { kind: 'service', service: 'events', sourceArn: resources.rules[0]!.arn },
    action: 'sqs:SendMessage',
    resource: queueArn('UndeliveredEvents'),
  };
  expect(isAllowed(send)).toBe(true);
  expect(isAllowed(send, changed(resources, without('DeadLettersOfRules')))).toBe(false);
  expect(isAllowed(letterOfRule(rule), changed(resources, without('DeadLettersOfRules')))).toBe(false);
});

test('fails without the statement of the logs: each group is named at the start', () => {
  expect(policyNotices(resources)).toEqual([]);
  const notices = policyNotices(changed(resources, without('Logs')));
  expect(notices).toHaveLength(2);
  expect(notices[0]).toMatch(
    /^log group \w+Log\w+: its key does not let logs\.us-east-1\.amazonaws\.com do kms:Decrypt/,
  );
});
