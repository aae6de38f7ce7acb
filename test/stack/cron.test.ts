/** Cron triggers in CDK: a schedule each, fired by the role that fires the journey's timers. */
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Journey, JourneyHub, type JourneyProps } from 'sojourn/cdk';
import { entryDirectory } from './entry-files.js';

const entries = entryDirectory();
const entry = (triggers: string, options = '') => `
import { createJourney, cron } from 'sojourn';
import { serve } from 'sojourn/lambda';
export const journey = createJourney({ id: 'report', triggers: ${triggers}${options} }, async () => {});
export const handler = serve(journey);
`;

function templateOf(text: string, props: Partial<JourneyProps> = {}, key = false): Template {
  const stack = new Stack(new App(), 'Shop');
  const hub = new JourneyHub(stack, 'Hub', key ? { encryptionKey: new kms.Key(stack, 'Key') } : {});
  new Journey(stack, 'Report', { hub, entry: entries.write('report.ts', text), ...props });
  return Template.fromStack(stack);
}

const byTheClock = entry("[cron('0 9 * * 1-5', { timezone: 'Europe/Paris' })]");

test('a cron trigger is a recurring schedule in the hub’s group, in its time zone, for the live version', () => {
  const template = templateOf(byTheClock);
  template.resourceCountIs('AWS::Scheduler::Schedule', 1);
  template.hasResource('AWS::Scheduler::Schedule', {
    Properties: {
      Name: Match.stringLikeRegexp('^[0-9a-f]{8}-cron-[0-9a-f]{16}$'),
      GroupName: { Ref: Match.stringLikeRegexp('^HubTimers') },
      ScheduleExpression: 'cron(0 9 ? * 2,3,4,5,6 *)',
      ScheduleExpressionTimezone: 'Europe/Paris',
      FlexibleTimeWindow: { Mode: 'OFF' },
      KmsKeyArn: Match.absent(),
      Target: {
        Arn: { Ref: Match.stringLikeRegexp('^ReportFunctionlive|^ReportLive|^Report') },
        RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ReportSchedulerRole'), 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^HubUndeliveredTimers'), 'Arn'] } },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    },
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^ReportSchedulerRole')]),
  });
});

test('its input is an event whose id follows from journey, expression and scheduled time', () => {
  const [schedule] = Object.values(templateOf(byTheClock).findResources('AWS::Scheduler::Schedule'));
  expect(JSON.parse(schedule?.Properties.Target.Input)).toMatchObject({
    id: 'cron:report:Europe/Paris:0 9 * * 1-5:<aws.scheduler.scheduled-time>',
    'detail-type': 'sojourn/scheduled.timer',
    time: '<aws.scheduler.scheduled-time>',
    detail: { cron: '0 9 * * 1-5', timezone: 'Europe/Paris', scheduledAt: '<aws.scheduler.scheduled-time>' },
  });
});

test('a journey that only the clock starts has a rule that is switched off', () => {
  templateOf(byTheClock).hasResourceProperties('AWS::Events::Rule', { State: 'DISABLED' });
});

test('a journey may have events and several times', () => {
  const template = templateOf(entry("[{ event: 'a/b' }, { cron: '0 9 * * *' }, { cron: '0 18 * * *' }]"));
  template.resourceCountIs('AWS::Scheduler::Schedule', 2);
  template.hasResourceProperties('AWS::Events::Rule', { State: 'ENABLED', EventPattern: { 'detail-type': ['a/b'] } });
});

test('a retired journey has no schedule, and a key of yours encrypts those that there are', () => {
  templateOf(byTheClock, { retired: true }).resourceCountIs('AWS::Scheduler::Schedule', 0);
  const encrypted = { KmsKeyArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] } };
  templateOf(byTheClock, {}, true).hasResourceProperties('AWS::Scheduler::Schedule', encrypted);
});

test('fails the synth for a time that Scheduler cannot do', () => {
  expect(() => templateOf(entry("[cron('0 9 13 * 5')]"))).toThrow(/both a day of month and a day of week/);
});
