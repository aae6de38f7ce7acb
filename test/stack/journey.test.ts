/** Journey: its function, its rule, both layers of dead letters, and what it offers to other constructs. */
import { readdirSync, rmSync } from 'node:fs';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Journey, JourneyHub, type JourneyProps } from 'sojourn/cdk';
import { cart, entryDirectory, lead } from './entry-files.js';

const entries = entryDirectory();

function journeyOf(text: string, props: Partial<JourneyProps> = {}) {
  const stack = new Stack(new App(), 'Shop');
  const hub = new JourneyHub(stack, 'Hub');
  const journey = new Journey(stack, 'Cart', { hub, entry: entries.write('entry.ts', text), ...props });
  return { stack, hub, journey, template: () => Template.fromStack(stack) };
}

/** The hub has a function too. */
const ofJourney = { Properties: { Environment: { Variables: { SOJOURN_JOURNEY: Match.anyValue() } } } };

describe('the function of a Journey', () => {
  test('runs the bundle on nodejs24.x, on arm64, for at most 165 seconds, and logs to its own group for a month', () => {
    const template = journeyOf(cart).template();
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 256,
      Timeout: 165,
      LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('^CartLog') } },
    });
    template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Retain' });
  });

  test('is told of its surroundings, and never of its own ARN', () => {
    const { template } = journeyOf(cart);
    const [fn] = Object.values(template().findResources('AWS::Lambda::Function', ofJourney));
    expect(fn?.Properties.Environment.Variables).toEqual({
      SOJOURN_JOURNEY: 'cart',
      SOJOURN_TABLE: { Ref: expect.stringMatching(/^HubRuns/) },
      SOJOURN_BUS: { Ref: expect.stringMatching(/^HubBus/) },
      SOJOURN_SCHEDULE_GROUP: { Ref: expect.stringMatching(/^HubTimers/) },
      SOJOURN_SCHEDULER_ROLE: { 'Fn::GetAtt': [expect.stringMatching(/^CartSchedulerRole/), 'Arn'] },
      SOJOURN_TIMER_DLQ: { 'Fn::GetAtt': [expect.stringMatching(/^HubUndeliveredTimers/), 'Arn'] },
    });
  });

  test('takes memory, timeouts, environment, concurrency, log retention and removal from the props', () => {
    const template = journeyOf(cart, {
      memorySize: 512,
      timeout: Duration.seconds(60),
      stepTimeout: Duration.seconds(20),
      timeouts: { paid: Duration.minutes(5) },
      environment: { SHOP: 'north' },
      reservedConcurrentExecutions: 10,
      logRetention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    }).template();
    template.hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 512,
      Timeout: 60,
      ReservedConcurrentExecutions: 10,
      Environment: {
        Variables: { SHOP: 'north', SOJOURN_TIMEOUTS: '{"paid":300000}', SOJOURN_STEP_TIMEOUT_MS: '20000' },
      },
    });
    template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 7 }, DeletionPolicy: 'Delete' });
  });

  test('has a source map and readable stacks when asked, beside options of yours', () => {
    const options = (environment: Record<string, string>) =>
      Object.values(
        journeyOf(cart, { sourceMap: true, environment }).template().findResources('AWS::Lambda::Function', ofJourney),
      )[0]?.Properties.Environment.Variables.NODE_OPTIONS;
    expect(options({})).toBe('--enable-source-maps');
    expect(options({ NODE_OPTIONS: '--no-warnings' })).toBe('--enable-source-maps --no-warnings');
  });

  test('leaves its bundle where it is when the CDK does not copy assets', () => {
    const directory = (context: Record<string, unknown>): string => {
      const stack = new Stack(new App({ context }), 'Shop');
      const entry = entries.write('entry.ts', cart);
      new Journey(stack, 'Cart', { hub: new JourneyHub(stack, 'Hub'), entry });
      const { Metadata } =
        Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function', ofJourney))[0] ?? {};
      return Metadata?.['aws:asset:path'];
    };
    const kept = directory({ 'aws:cdk:disable-asset-staging': true, 'aws:cdk:enable-asset-metadata': true });
    expect(readdirSync(kept)).toEqual(['index.mjs']);
    rmSync(kept, { recursive: true });
  });
});

describe('a Journey', () => {
  test('lets its hub’s redriver invoke each of its versions and the live one, by their own policies', () => {
    for (const qualified of ['^CartFunctionCurrentVersion', '^CartLive']) {
      journeyOf(cart)
        .template()
        .hasResourceProperties('AWS::Lambda::Permission', {
          Action: 'lambda:InvokeFunction',
          FunctionName: { Ref: Match.stringLikeRegexp(qualified) },
          Principal: { 'Fn::GetAtt': [Match.stringLikeRegexp('^HubRedriverRole'), 'Arn'] },
        });
    }
  });
});

describe('the rule of a Journey', () => {
  test('is one for all events of the definition, on the hub’s bus, and leaves out the replays of archives', () => {
    const { template, journey } = journeyOf(cart);
    template().resourceCountIs('AWS::Events::Rule', 1);
    template().hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: Match.stringLikeRegexp('^HubBus') },
      EventPattern: { 'detail-type': ['cart/product.added', 'cart/purchased'], 'replay-name': [{ exists: false }] },
    });
    expect(journey.definition).toMatchObject({ id: 'cart', keyPaths: { 'cart/purchased': 'data.cart_id' } });
  });

  test('lets the replays of archives in when the definition says so', () => {
    journeyOf(lead)
      .template()
      .hasResourceProperties('AWS::Events::Rule', { EventPattern: { 'detail-type': ['lead/entered', 'lead/called'] } });
    const [rule] = Object.values(journeyOf(lead).template().findResources('AWS::Events::Rule'));
    expect(rule?.Properties.EventPattern).not.toHaveProperty('replay-name');
  });

  test('may invoke the live version by its own ARN, without a SourceAccount, which would stop it', () => {
    const [permission] = Object.values(
      journeyOf(cart)
        .template()
        .findResources('AWS::Lambda::Permission', {
          Properties: { Principal: 'events.amazonaws.com' },
        }),
    );
    expect(permission?.Properties).toEqual({
      Action: 'lambda:InvokeFunction',
      FunctionName: { Ref: expect.stringMatching(/^CartLive/) },
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [expect.stringMatching(/^CartEvents/), 'Arn'] },
    });
  });

  test('exists only after timers can fire and failures are kept', () => {
    const [rule] = Object.values(journeyOf(cart).template().findResources('AWS::Events::Rule'));
    expect(rule?.DependsOn).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^CartSchedulerRoleDefaultPolicy/),
        expect.stringMatching(/^CartLiveEventInvokeConfig/),
        expect.stringMatching(/^CartForwardPolicy/),
      ]),
    );
  });
});

describe('the dead letters of a Journey', () => {
  test('keep what the bus cannot hand over after a day of retries', () => {
    journeyOf(cart)
      .template()
      .hasResourceProperties('AWS::Events::Rule', {
        Targets: [
          {
            Arn: { Ref: Match.stringLikeRegexp('^CartLive') },
            RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
            DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^HubUndeliveredEvents'), 'Arn'] } },
          },
        ],
      });
  });

  test('keep what the function fails at after two retries, or that is six hours old', () => {
    journeyOf(cart)
      .template()
      .hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
        MaximumRetryAttempts: 2,
        MaximumEventAgeInSeconds: 21_600,
        DestinationConfig: {
          OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^HubFailedInvocations'), 'Arn'] } },
        },
      });
  });
});

describe('a Journey among other constructs', () => {
  test('is an ordinary grantee', () => {
    const { stack, journey, template } = journeyOf(cart);
    new s3.Bucket(stack, 'Invoices').grantRead(journey);
    template().hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('^CartFunctionRoleDefaultPolicy'),
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Action: ['s3:GetObject*', 's3:GetBucket*', 's3:List*'] })]),
      },
    });
  });

  test('has an ordinary function inside', () => {
    const { stack, journey, template } = journeyOf(cart);
    new CfnOutput(stack, 'Arn', { value: journey.fn.functionArn });
    expect(Object.values(template().findOutputs('Arn'))[0]).toMatchObject({
      Value: { 'Fn::GetAtt': [expect.stringMatching(/^CartFunction/), 'Arn'] },
    });
  });

  test('lets others read its own runs only', () => {
    const { stack, journey, template } = journeyOf(cart);
    const desk = new iam.Role(stack, 'Desk', { assumedBy: new iam.AccountRootPrincipal() });
    journey.grantReadRuns(desk);
    template().hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('^DeskDefaultPolicy'),
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: ['dynamodb:GetItem', 'dynamodb:Query'],
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^HubRuns'), 'Arn'] },
            Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['cart|*'] } },
          },
        ],
      },
    });
  });

  test('measures its function, and events that can match nothing', () => {
    const { journey } = journeyOf(cart);
    expect(journey.metricErrors({ period: Duration.minutes(1) })).toMatchObject({
      namespace: 'AWS/Lambda',
      metricName: 'Errors',
      period: Duration.minutes(1),
    });
    expect([journey.metricInvocations(), journey.metricThrottles(), journey.metricDuration()]).toMatchObject([
      { metricName: 'Invocations' },
      { metricName: 'Throttles' },
      { metricName: 'Duration' },
    ]);
    expect(journey.metric('ConcurrentExecutions')).toMatchObject({ metricName: 'ConcurrentExecutions' });
    expect(journey.metricFilterFailures()).toMatchObject({ metricName: 'FilterFailures', statistic: 'Sum' });
    expect(journey.metricUnmatchableEvents()).toMatchObject({
      namespace: 'Sojourn',
      metricName: 'UnmatchableEvents',
      dimensions: { journey: 'cart' },
    });
  });
});
