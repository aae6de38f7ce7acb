/** A key of yours: what it encrypts, whom its policy admits and under which conditions, and what roles may do with it. */
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { cart, entryDirectory } from './entry-files.js';

const entries = entryDirectory();

function shopWith(keyOf: (stack: Stack) => kms.IKey | undefined): { stack: Stack; template: Template } {
  const stack = new Stack(new App(), 'Shop');
  const encryptionKey = keyOf(stack);
  const hub = new JourneyHub(stack, 'Hub', { ...(encryptionKey && { encryptionKey }) });
  new Journey(stack, 'Cart', { hub, entry: entries.write('cart.ts', cart) });
  return { stack, template: Template.fromStack(stack) };
}

const own = (stack: Stack) => new kms.Key(stack, 'Key');
const keyArn = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] };

/** `arn:${AWS::Partition}:...` as a template writes it. */
function joined(arn: string): object {
  const parts = arn.split(/(\{[^}]+\})/).filter((part) => part !== '');
  return {
    'Fn::Join': ['', parts.map((part) => (part.startsWith('{') ? { Ref: part.slice(1, -1) } : part))],
  };
}

const timers = joined('arn:{AWS::Partition}:scheduler:{AWS::Region}:{AWS::AccountId}:schedule/{HubTimers}/1c42ddc0-*');

function statements(template: Template, role: string): { Sid?: string }[] {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  const text = JSON.stringify(
    policies.filter(([id]) => id.startsWith(role)).flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement),
  );
  return (JSON.parse(text.replaceAll(/"(HubTimers)[0-9A-F]{8}"/g, '"$1"')) as { Sid?: string }[]).filter(({ Sid }) =>
    /^(Key|Kind)/.test(Sid ?? ''),
  );
}

const via = (...services: string[]) => ({
  'kms:ViaService': services.map((service) => ({
    'Fn::Join': ['', [`${service}.`, { Ref: 'AWS::Region' }, '.amazonaws.com']],
  })),
});

test('it encrypts the table, each queue, each log group, and is named to the function for its timers', () => {
  const { template } = shopWith(own);
  template.allResourcesProperties('AWS::DynamoDB::Table', { SSESpecification: { KMSMasterKeyId: keyArn } });
  template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: keyArn });
  template.resourcePropertiesCountIs('AWS::Logs::LogGroup', { KmsKeyId: keyArn }, 2);
  template.resourceCountIs('AWS::Logs::LogGroup', 2);
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { SOJOURN_JOURNEY: 'cart', SOJOURN_SCHEDULE_KEY: keyArn } },
  });
});

test('its policy admits the services that write in their own name, none of them for another account', () => {
  const { template } = shopWith(own);
  const [key] = Object.values(template.findResources('AWS::KMS::Key'));
  const [account, ...services] = key!.Properties.KeyPolicy.Statement;
  expect(account).toMatchObject({ Action: 'kms:*', Principal: { AWS: expect.anything() } });
  expect(services).toEqual([
    {
      Sid: 'DeadLettersOfRules',
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: '*',
      Condition: {
        ArnLike: {
          'aws:SourceArn': joined('arn:{AWS::Partition}:events:{AWS::Region}:{AWS::AccountId}:rule/*'),
        },
      },
    },
    {
      Sid: 'DeadLettersOfTimers',
      Effect: 'Allow',
      Principal: { Service: 'scheduler.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    },
    {
      Sid: 'Logs',
      Effect: 'Allow',
      Principal: { Service: { 'Fn::Join': ['', ['logs.', { Ref: 'AWS::Region' }, '.amazonaws.com']] } },
      Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      Resource: '*',
      Condition: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': joined(
            'arn:{AWS::Partition}:logs:{AWS::Region}:{AWS::AccountId}:log-group:*',
          ),
        },
      },
    },
  ]);
});

test('the function may use it through DynamoDB, SQS and Scheduler only, and for timers of its own journey', () => {
  const all = statements(shopWith(own).template, 'CartFunctionRole');
  expect(all.map(({ Sid }) => Sid)).toEqual(['KeyOfTableAndQueues', 'KeyOfTimers', 'KindOfKey']);
  expect(all).toMatchObject([
    { Condition: { StringEquals: via('dynamodb', 'sqs') } },
    {
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Condition: {
        StringEquals: via('scheduler'),
        ArnLike: { 'kms:EncryptionContext:aws:scheduler:schedule:arn': timers },
      },
    },
    { Action: 'kms:DescribeKey', Condition: { StringEquals: via('scheduler') } },
  ]);
});

test('the role of the timers may decrypt timers of its journey, and leave them in the queue', () => {
  expect(statements(shopWith(own).template, 'CartSchedulerRole')).toMatchObject([
    {
      Sid: 'KeyOfTimers',
      Action: 'kms:Decrypt',
      Condition: { ArnLike: { 'kms:EncryptionContext:aws:scheduler:schedule:arn': timers } },
    },
    {
      Sid: 'KeyOfQueue',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Condition: { StringEquals: via('sqs') },
    },
  ]);
});

test('the redriver may use it through DynamoDB and SQS only', () => {
  expect(statements(shopWith(own).template, 'HubRedriver')).toMatchObject([
    { Sid: 'KeyOfTableAndQueues', Condition: { StringEquals: via('dynamodb', 'sqs') } },
  ]);
});

test('the bus of the hub may be encrypted with it too: nothing refers in a circle', () => {
  const stack = new Stack(new App(), 'Shop');
  const encryptionKey = new kms.Key(stack, 'Key');
  const eventBus = new EventBus(stack, 'Bus', { kmsKey: encryptionKey }) as IEventBus;
  new JourneyHub(stack, 'Hub', { encryptionKey, eventBus });
  expect(() => Template.fromStack(stack)).not.toThrow();
});

test('key, hub and journey may be in three stacks: each refers to those before it only', () => {
  const app = new App();
  const [keys, hubs, journeys] = ['Keys', 'Hubs', 'Journeys'].map((id) => new Stack(app, id)) as [Stack, Stack, Stack];
  const hub = new JourneyHub(hubs, 'Hub', { encryptionKey: own(keys) });
  new Journey(journeys, 'Cart', { hub, entry: entries.write('cart.ts', cart) });
  app.synth();
  expect([keys, hubs, journeys].map(({ dependencies }) => dependencies.map(({ stackName }) => stackName))).toEqual([
    [],
    ['Keys'],
    ['Keys', 'Hubs'],
  ]);
  const [key] = Object.values(Template.fromStack(keys).findResources('AWS::KMS::Key'));
  expect(key!.Properties.KeyPolicy.Statement.map(({ Sid }: { Sid?: string }) => Sid)).toEqual([
    undefined,
    'DeadLettersOfRules',
    'DeadLettersOfTimers',
    'Logs',
  ]);
});

test('a key of another app keeps its policy, and the synth says what it must hold', () => {
  const { stack, template } = shopWith((scope) =>
    kms.Key.fromKeyArn(scope, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd'),
  );
  template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: Match.stringLikeRegexp('1234abcd$') });
  const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('policy of the key is not'));
  expect(warnings).toHaveLength(3);
  for (const sid of ['DeadLettersOfRules', 'DeadLettersOfTimers', 'Logs']) {
    expect(warnings.filter(({ entry }) => String(entry.data).includes(`"Sid":"${sid}"`))).toHaveLength(1);
  }
});

test('without a key nothing names one', () => {
  const { template } = shopWith(() => undefined);
  expect(JSON.stringify(template.toJSON())).not.toMatch(/kms/i);
});
