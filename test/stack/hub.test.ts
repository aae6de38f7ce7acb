/** JourneyHub: what is shared, how it is kept, and who may use it. */
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { JourneyHub, type JourneyHubProps } from 'sojourn/cdk';

process.env.CDK_VALIDATION = 'false';

function hubIn(stack: Stack, props?: JourneyHubProps): { hub: JourneyHub; template: () => Template } {
  const hub = new JourneyHub(stack, 'Hub', props);
  return { hub, template: () => Template.fromStack(stack) };
}

function stackOf(): Stack {
  return new Stack(new App(), 'Shop');
}

describe('JourneyHub', () => {
  test('keeps runs in one on-demand table with point-in-time recovery, whose items expire by ex', () => {
    const template = hubIn(stackOf()).template();
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'ex', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  test('retains table, timers and dead letters by default', () => {
    const template = hubIn(stackOf()).template();
    for (const type of ['AWS::DynamoDB::Table', 'AWS::Scheduler::ScheduleGroup', 'AWS::SQS::Queue']) {
      for (const resource of Object.values(template.findResources(type))) {
        expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
      }
    }
  });

  test('leaves nothing behind with RemovalPolicy.DESTROY', () => {
    const template = hubIn(stackOf(), { removalPolicy: RemovalPolicy.DESTROY }).template();
    expect(JSON.stringify(template.toJSON())).not.toContain('Retain');
    template.allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
  });

  test('gives no fixed name to what it retains, so that it can be deployed again beside it', () => {
    const template = hubIn(stackOf()).template();
    for (const type of ['AWS::DynamoDB::Table', 'AWS::Scheduler::ScheduleGroup', 'AWS::SQS::Queue']) {
      for (const { Properties } of Object.values(template.findResources(type))) {
        expect(Object.keys(Properties ?? {}).filter((name) => name.endsWith('Name'))).toEqual([]);
      }
    }
  });

  test('keeps dead letters for 14 days, encrypted, and takes them by TLS only', () => {
    const template = hubIn(stackOf()).template();
    template.resourceCountIs('AWS::SQS::Queue', 4);
    template.allResourcesProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 1_209_600,
      SqsManagedSseEnabled: true,
    });
    template.allResourcesProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });

  test('lets the rules of its own bus, and no others, keep what they could not deliver', () => {
    const template = hubIn(stackOf()).template();
    expect(rulesThatMaySend(template)).toEqual([
      'arn:{AWS::Partition}:events:{AWS::Region}:{AWS::AccountId}:rule/{HubBusE835F727}/*',
    ]);
  });

  test('lets the rules of a bus of yours keep what they could not deliver, and makes no bus', () => {
    const stack = stackOf();
    const eventBus = events.EventBus.fromEventBusName(stack, 'Orders', 'orders');
    const { hub, template } = hubIn(stack, { eventBus });
    expect(hub.eventBus).toBe(eventBus);
    template().resourceCountIs('AWS::Events::EventBus', 0);
    expect(rulesThatMaySend(template())).toEqual([
      'arn:{AWS::Partition}:events:{AWS::Region}:{AWS::AccountId}:rule/orders/*',
    ]);
  });

  test('knows that rules of the default bus have no bus in their ARN', () => {
    const stack = stackOf();
    const eventBus = events.EventBus.fromEventBusName(stack, 'Default', 'default');
    expect(rulesThatMaySend(hubIn(stack, { eventBus }).template())).toEqual([
      'arn:{AWS::Partition}:events:{AWS::Region}:{AWS::AccountId}:rule/*',
    ]);
  });

  test('encrypts table and dead letters with a key of yours, and lets the bus use it', () => {
    const stack = stackOf();
    const encryptionKey = new kms.Key(stack, 'Key');
    const template = hubIn(stack, { encryptionKey, pointInTimeRecovery: false }).template();
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
    });
    template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: Match.anyValue() });
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
            Principal: { Service: 'events.amazonaws.com' },
          }),
        ]),
      },
    });
  });

  test('grants putting events and reading runs, and nothing beside', () => {
    const stack = stackOf();
    const { hub, template } = hubIn(stack);
    const shop = new iam.Role(stack, 'ShopRole', { assumedBy: new iam.AccountRootPrincipal() });
    hub.grantPutEvents(shop);
    hub.grantReadRuns(shop);
    template().hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'events:PutEvents', Resource: { 'Fn::GetAtt': ['HubBusE835F727', 'Arn'] } },
          {
            Effect: 'Allow',
            Action: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan'],
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^HubRuns'), 'Arn'] },
          },
        ],
      },
    });
  });

  test('measures what waits in each queue of dead letters', () => {
    const { hub } = hubIn(stackOf());
    for (const metric of [
      hub.metricUndeliveredEvents(),
      hub.metricFailedInvocations(),
      hub.metricUndeliveredTimers(),
      hub.metricDeadLetters(),
    ]) {
      expect(metric).toMatchObject({ namespace: 'AWS/SQS', metricName: 'ApproximateNumberOfMessagesVisible' });
    }
  });
});

/** Whom the queue of undelivered events admits. */
function rulesThatMaySend(template: Template): string[] {
  const statements = Object.values(template.findResources('AWS::SQS::QueuePolicy')).flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement,
  );
  return statements
    .filter(({ Principal }) => Principal.Service === 'events.amazonaws.com')
    .map(({ Condition }) => textOf(Condition.ArnLike['aws:SourceArn']));
}

/** An ARN of the template in one line, with {references}. */
function textOf(value: { 'Fn::Join': [string, (string | { Ref: string })[]] }): string {
  return value['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : `{${part.Ref}}`)).join('');
}
