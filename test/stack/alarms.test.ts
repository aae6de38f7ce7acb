/** Alarms: what rings by default and what not, who is told, and that each has its article in the runbook. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Journey, JourneyHub, type JourneyHubProps, type JourneyProps } from 'sojourn/cdk';
import { alarmArticles, metrics } from '../../lib/contract.js';

process.env.CDK_VALIDATION = 'false';

const runbook = readFileSync(path.resolve(__dirname, '../../docs/runbook.md'), 'utf8');

interface Options {
  readonly hub?: Partial<JourneyHubProps>;
  readonly journey?: Partial<JourneyProps>;
  readonly topic?: true;
}

function templateOf({ hub: hubProps, journey, topic }: Options = {}): Template {
  const stack = new Stack(new App(), 'Shop');
  const alarmTopic = topic && new sns.Topic(stack, 'OnCall', { enforceSSL: true });
  const hub = new JourneyHub(stack, 'Hub', { ...hubProps, ...(alarmTopic && { alarmTopic }) });
  new Journey(stack, 'Cart', { hub, entry: 'lambda/abandoned-cart.ts', ...journey });
  return Template.fromStack(stack);
}

interface Alarm {
  readonly AlarmDescription: string;
  readonly MetricName: string;
  readonly [property: string]: unknown;
}

/** By the anchor of their article. */
function alarmsOf(template: Template): Record<string, Alarm> {
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
  return Object.fromEntries(alarms.map((alarm: Alarm) => [alarm.AlarmDescription.split('#')[1], alarm]));
}

const dimension = [{ Name: 'journey', Value: 'abandoned-cart' }];
const default5 = { Period: 300, TreatMissingData: 'notBreaching' };

describe('alarms', () => {
  test('ring for dead letters, failed runs, lasting throttles and late timers', () => {
    const alarms = alarmsOf(templateOf());
    expect(Object.keys(alarms).sort()).toEqual(['dead-letters', 'failed-runs', 'late-timers', 'throttled-invocations']);
    expect(alarms).toMatchObject({
      'dead-letters': {
        ...default5,
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Statistic: 'Maximum',
        Threshold: 1,
      },
      'failed-runs': {
        ...default5,
        Namespace: 'Sojourn',
        MetricName: 'RunsFailed',
        Dimensions: dimension,
        Statistic: 'Sum',
        Threshold: 1,
        EvaluationPeriods: 1,
      },
      'throttled-invocations': {
        ...default5,
        Namespace: 'AWS/Lambda',
        MetricName: 'Throttles',
        Threshold: 1,
        EvaluationPeriods: 3,
      },
      'late-timers': {
        ...default5,
        Namespace: 'Sojourn',
        MetricName: 'LatenessMs',
        Dimensions: dimension,
        Statistic: 'Maximum',
        Threshold: 300_000,
      },
    });
  });

  test('ring for the queue of people, not for those that redrive themselves', () => {
    const template = templateOf();
    const { Value } = (alarmsOf(template)['dead-letters']!.Dimensions as [{ Value: unknown }])[0];
    expect(Value).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^HubDeadLetters/), 'QueueName'] });
  });

  test('ring for silence where it was asked for, when data is missing too', () => {
    const { silence } = alarmsOf(templateOf({ journey: { silence: Duration.hours(12) } }));
    expect(silence).toMatchObject({
      MetricName: 'RunsStarted',
      Dimensions: dimension,
      Period: 3_600,
      EvaluationPeriods: 12,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
  });

  test('are in the namespace of the hub', () => {
    const alarms = alarmsOf(templateOf({ hub: { metricNamespace: 'Staging' } }));
    expect(alarms['failed-runs']).toMatchObject({ Namespace: 'Staging' });
  });

  test('tell the topic when they ring and when it is over', () => {
    const topic = [{ Ref: Match.stringLikeRegexp('^OnCall') }];
    templateOf({ topic: true }).allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: topic,
      OKActions: topic,
    });
  });

  test('can be left out, of a hub or of one journey', () => {
    expect(alarmsOf(templateOf({ hub: { alarms: false } }))).toEqual({});
    expect(Object.keys(alarmsOf(templateOf({ journey: { alarms: false } })))).toEqual(['dead-letters']);
    const one = alarmsOf(templateOf({ hub: { alarms: false }, journey: { alarms: true } }));
    expect(Object.keys(one)).not.toContain('dead-letters');
    expect(Object.keys(one)).toHaveLength(3);
  });

  test('of a journey are in its stack, so that the hub refers to none', () => {
    const app = new App();
    const hub = new JourneyHub(new Stack(app, 'Platform'), 'Hub');
    const stack = new Stack(app, 'Shop');
    new Journey(stack, 'Cart', { hub, entry: 'lambda/abandoned-cart.ts' });
    Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Alarm', 3);
    Template.fromStack(Stack.of(hub)).resourceCountIs('AWS::CloudWatch::Alarm', 1);
    expect(Stack.of(hub).dependencies).toEqual([]);
  });

  test.each([Duration.minutes(90), Duration.hours(169)])('fails when silence is %s', (silence) => {
    expect(() => templateOf({ journey: { silence } })).toThrow(
      /silence is not a time .*Expected: whole hours, from 1 to 168\..*Fix: /,
    );
  });

  test('fails when silence is to be seen without the metric that shows it', () => {
    expect(() => templateOf({ journey: { silence: Duration.hours(12), metrics: 'problems' } })).toThrow(/Silence is/);
  });
});

describe('docs/runbook.md', () => {
  const alarms = alarmsOf(templateOf({ journey: { silence: Duration.hours(12) } }));
  /** As a page's host makes anchors of headings. */
  const anchors = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  const articles = anchors.slice(0, anchors.indexOf('finding-your-way'));

  test('has an article for each alarm, and an alarm for each article', () => {
    expect([...articles].sort()).toEqual(Object.keys(alarms).sort());
    expect([...articles].sort()).toEqual(Object.values<string>(alarmArticles).sort());
  });

  test('is where each alarm says it is, or where the hub says', () => {
    for (const [anchor, { AlarmDescription }] of Object.entries(alarms)) {
      expect(AlarmDescription).toMatch(/^.{20,} What to do: docs\/runbook\.md of the package sojourn, #[\w-]+$/);
      expect(runbook).toContain(`\n## ${anchor[0]!.toUpperCase()}`);
    }
    const own = alarmsOf(templateOf({ hub: { runbook: 'https://wiki.example.com/sojourn' } }));
    expect(own['failed-runs']!.AlarmDescription).toContain('What to do: https://wiki.example.com/sojourn#failed-runs');
  });

  test('names every metric', () => {
    const { namespace, dimension: journey, ...names } = metrics;
    expect([namespace, journey]).toEqual(['Sojourn', 'journey']);
    for (const name of Object.values(names)) expect(runbook).toContain(`\`${name}\``);
  });
});
