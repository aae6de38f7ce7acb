/** bin/app.ts, run as the CDK's CLI runs it: what is deployed, with the CDK's own validation. */
import { Match } from 'aws-cdk-lib/assertions';
import { synthesize } from './synthesized-app.js';

describe('the app', () => {
  const { status, template, report } = synthesize({}, true);

  test('passes the CDK’s own validation, and warns of nothing but the missing sender', () => {
    expect(status).toBe(0);
    // A plugin that found nothing, as the CDK's own validator, is not in the report; cdk-nag is, by what is acknowledged.
    const conclusions = report?.pluginReports.map(({ pluginName, conclusion }) => `${pluginName}: ${conclusion}`);
    expect(conclusions).toEqual(['AwsSolutions: success', 'Construct Annotations: success']);
    const unanswered = report?.pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName));
    expect(unanswered).toEqual(['Annotation::sojourn:sender']);
  });

  test('deploys the five journeys, each with its function and its rule', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    expect(functions.map(({ Properties }) => Properties.Environment.Variables.SOJOURN_JOURNEY)).toEqual([
      undefined, // The redriver.
      'abandoned-cart',
      'cart-week',
      'activation',
      'sales-follow-up',
      'win-back',
    ]);
    const rules = Object.values(template.findResources('AWS::Events::Rule'));
    expect(rules.map(({ Properties }) => Properties.EventPattern['detail-type'])).toEqual([
      ['cart/product.added', 'cart/purchased'],
      ['basket/product.added', 'basket/purchased'],
      ['user/signed.up', 'user/key.action'],
      ['lead/entered', 'sales/outreach.logged'],
      ['user/active'],
    ]);
  });

  test('shares one table, one bus and four queues of dead letters, and retains its data', () => {
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.resourceCountIs('AWS::Events::EventBus', 1);
    template.resourceCountIs('AWS::SQS::Queue', 4);
    template.allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Retain' });
    template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain' });
  });

  test('says where events go', () => {
    template.hasOutput('EventBusName', { Value: { Ref: Match.stringLikeRegexp('^JourneysBus') } });
    template.hasOutput('TableName', { Value: { Ref: Match.stringLikeRegexp('^JourneysRuns') } });
  });

  test('holds only what an emulator of AWS is likely to know', () => {
    const types = new Set(Object.values(template.toJSON().Resources).map((each) => (each as { Type: string }).Type));
    expect([...types].sort()).toEqual([
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::DynamoDB::Table',
      'AWS::Events::EventBus',
      'AWS::Events::Rule',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::Lambda::Alias',
      'AWS::Lambda::EventInvokeConfig',
      'AWS::Lambda::EventSourceMapping',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Lambda::Version',
      'AWS::Logs::LogGroup',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'AWS::Scheduler::ScheduleGroup',
    ]);
  });
});
