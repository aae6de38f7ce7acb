/** The dashboard of a hub, and what else a journey tells: variables, traces, rights. */
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Journey, JourneyHub, type JourneyHubProps, type JourneyProps } from 'sojourn/cdk';
import { metrics } from '../../lib/contract.js';
import { entryDirectory } from './entry-files.js';

process.env.CDK_VALIDATION = 'false';
const entries = entryDirectory();

function shop(hubProps: Partial<JourneyHubProps> = {}, journeyProps: Partial<JourneyProps> = {}) {
  const stack = new Stack(new App(), 'Shop');
  const hub = new JourneyHub(stack, 'Hub', hubProps);
  const journey = new Journey(stack, 'Cart', { hub, entry: 'lambda/abandoned-cart.ts', ...journeyProps });
  return { stack, hub, journey, template: () => Template.fromStack(stack) };
}

/** The body in one line, with {references}. */
function bodyOf(template: Template): string {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  const parts: unknown[] = dashboard?.Properties.DashboardBody['Fn::Join'][1];
  return parts.map((part) => (typeof part === 'string' ? part : `{${Object.values(part as object)[0]}}`)).join('');
}

function variablesOf(template: Template): Record<string, unknown> {
  const [fn] = Object.values(
    template.findResources('AWS::Lambda::Function', { Properties: { Description: Match.stringLikeRegexp('^Runs') } }),
  );
  return fn?.Properties.Environment.Variables;
}

describe('the dashboard', () => {
  test('shows every metric of every journey, by a search', () => {
    const body = bodyOf(shop({ metricNamespace: 'Staging' }).template());
    const { namespace: _namespace, dimension, ...names } = metrics;
    for (const name of Object.values(names)) {
      expect(body).toContain(`SEARCH('{Staging,${dimension}} MetricName=\\"${name}\\"'`);
    }
    expect(() => JSON.parse(body)).not.toThrow();
  });

  test('shows the dead letters, the table, and the functions of its own stack', () => {
    const body = bodyOf(shop().template());
    for (const title of ['Dead letters', 'for people', 'Table: units, throttles', 'Functions: errors, throttles']) {
      expect(body).toContain(title);
    }
    expect(body).toMatch(/"AWS\/Lambda","Throttles","FunctionName","\{CartFunction\w+\}"/);
  });

  test('refers to no journey of another stack', () => {
    const app = new App();
    const hub = new JourneyHub(new Stack(app, 'Platform'), 'Hub');
    new Journey(new Stack(app, 'Shop'), 'Cart', { hub, entry: 'lambda/abandoned-cart.ts' });
    expect(bodyOf(Template.fromStack(Stack.of(hub)))).not.toContain('CartFunction');
    expect(Stack.of(hub).dependencies).toEqual([]);
  });

  test('can be left out', () => {
    shop({ dashboard: false }).template().resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  });

  test.each(['', 'AWS/Lambda', 'a,b', "it's", 'x'.repeat(256)])('fails with the namespace %s', (metricNamespace) => {
    expect(() => shop({ metricNamespace })).toThrow(/metricNamespace is none that CloudWatch takes/);
  });
});

describe('what a journey tells', () => {
  test('adds nothing to the function by default', () => {
    const { template } = shop();
    const told = Object.keys(variablesOf(template())).filter((name) => /LOG|METRIC|LIFECYCLE/.test(name));
    expect(told).toEqual([]);
    expect(JSON.stringify(template().toJSON())).not.toMatch(/xray|TracingConfig/);
  });

  test('is as its props say', () => {
    const { template } = shop(
      { metricNamespace: 'Staging' },
      { logKeys: 'plain', metrics: 'problems', lifecycleEvents: ['completed', 'failed', 'failed'] },
    );
    expect(variablesOf(template())).toMatchObject({
      SOJOURN_LOG_KEYS: 'plain',
      SOJOURN_METRICS: 'problems',
      SOJOURN_METRIC_NAMESPACE: 'Staging',
      SOJOURN_LIFECYCLE_EVENTS: 'completed,failed',
    });
  });

  test('may put its ends on the bus in its own name, and only then', () => {
    const sends = (props: Partial<JourneyProps>) =>
      JSON.stringify(shop({}, props).template().findResources('AWS::IAM::Policy')).includes('events:PutEvents');
    expect(sends({ lifecycleEvents: ['completed'] })).toBe(true);
    expect(sends({})).toBe(false);
  });

  test('is traced by X-Ray when asked, with the right to', () => {
    const template = shop({}, { tracing: true }).template();
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('^Runs'),
      TracingConfig: { Mode: 'Active' },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Sid: 'Trace',
            Effect: 'Allow',
            Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
            Resource: '*',
          },
        ]),
      },
    });
  });

  test('fails when its own end would start it again', () => {
    const entry = entries.write(
      'again.ts',
      `import { createJourney } from 'sojourn';
      export const journey = createJourney({ id: 'again', triggers: [{ event: 'sojourn/run.completed' }] }, async () => 1);
      export const handler = async () => {};`,
    );
    expect(() => shop({}, { entry, lifecycleEvents: ['completed'] })).toThrow(/would start itself again at each end/);
    expect(() => shop({}, { entry, lifecycleEvents: ['failed'] })).not.toThrow();
  });

  test('can be watched: each metric has its name, its journey and its statistic', () => {
    const { journey } = shop({ metricNamespace: 'Staging' });
    const place = { namespace: 'Staging', dimensions: { journey: 'abandoned-cart' } };
    expect(journey.metricRunsStarted()).toMatchObject({ ...place, metricName: 'RunsStarted', statistic: 'Sum' });
    expect(journey.metricWaitsMatched()).toMatchObject({ ...place, metricName: 'WaitsMatched' });
    expect(journey.metricWaitsTimedOut()).toMatchObject({ ...place, metricName: 'WaitsTimedOut' });
    expect(journey.metricRunsCancelled()).toMatchObject({ ...place, metricName: 'RunsCancelled' });
    expect(journey.metricRunsFailed()).toMatchObject({ ...place, metricName: 'RunsFailed' });
    expect(journey.metricLatency()).toMatchObject({ ...place, metricName: 'LatencyMs', statistic: 'p99' });
    expect(journey.metricTimerLateness({ statistic: 'p90' })).toMatchObject({
      metricName: 'LatenessMs',
      statistic: 'p90',
    });
  });
});
