/** What finds and asks the events of a declared journey: what synth makes of it, and what it refuses. */
import { App, Duration, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { cron, eventType } from 'sojourn';
import { type DeclaredJourneyProps, Journey, JourneyHub, JourneyStep, type WaitForEventStepOptions } from 'sojourn/cdk';
import { z } from 'zod';
import { toMermaid } from '../../lib/journey/graph.js';

process.env.CDK_VALIDATION = 'false';

type Props = Partial<Omit<DeclaredJourneyProps, 'hub'>>;

function journeyOf(props: Props) {
  const stack = new Stack(new App(), 'Shop');
  const hub = new JourneyHub(stack, 'Hub', { alarms: false });
  const journey = new Journey(stack, 'Order', {
    hub,
    trigger: { event: 'placed' },
    key: 'data.order',
    steps: [JourneyStep.sleep('s', Duration.hours(1))],
    ...props,
  });
  return { journey, template: () => Template.fromStack(stack) };
}

const waiting = (options: Partial<WaitForEventStepOptions>): Props => ({
  steps: [JourneyStep.waitForEvent('paid', { event: 'paid', timeout: Duration.days(1), ...options })],
});

function messageOf(props: Props): string {
  try {
    journeyOf(props);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

test('several triggers, with conditions and a time, are in the definition, the rule and the schedules', () => {
  const { journey, template } = journeyOf({
    trigger: [
      { event: 'placed', if: 'event.data.amount > 100' },
      { event: eventType('imported') },
      { cron: '0 9 * * 1-5', timezone: 'Europe/Paris' },
      cron('0 12 * * *'),
    ],
  });
  expect(journey.definition).toMatchObject({
    triggers: [{ event: 'placed', if: 'event.data.amount > 100' }, { event: 'imported' }],
    crons: [
      { cron: '0 9 * * 1-5', timezone: 'Europe/Paris' },
      { cron: '0 12 * * *', timezone: 'UTC' },
    ],
  });
  template().hasResourceProperties('AWS::Events::Rule', { EventPattern: { 'detail-type': ['placed', 'imported'] } });
  template().hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: Match.stringLikeRegexp('^cron\\(0 9 '),
    ScheduleExpressionTimezone: 'Europe/Paris',
  });
});

test('what says nothing of this is declared as it ever was', () => {
  expect(journeyOf({}).journey.declaration).toEqual({
    id: 'order',
    trigger: 'placed',
    key: 'data.order',
    steps: [{ kind: 'sleep', id: 's', ms: 3_600_000 }],
  });
});

test('it is drawn with what starts it, and with what its waits ask and are found by', () => {
  const { journey } = journeyOf({
    trigger: [{ event: 'placed', if: 'event.data.amount > 100' }, { cron: '0 9 * * 1-5' }],
    cancelOn: [{ event: 'closed', match: null, if: 'async.data.why == 1' }],
    steps: [
      JourneyStep.waitForEvent('paid', {
        event: 'paid',
        match: { 'data.payment': '$.trigger.data.payment' },
        if: 'async.data.amount > 1',
        timeout: Duration.days(1),
      }),
    ],
  });
  const picture = toMermaid(journey.definition, journey.declaration);
  expect(picture).toContain('placed, if event.data.amount #62; 100<br/>cron 0 9 #42; #42; 1-5');
  expect(picture).toContain(
    'paid<br/>wait for paid<br/>by data.payment<br/>if async.data.amount #62; 1<br/>at most 1 d',
  );
  expect(picture).toContain('closed by every run, if async.data.why == 1');
});

describe('fails at synth, with the path of the construct,', () => {
  test.each<[string, Props, RegExp]>([
    [
      'for a condition of a trigger that cannot be honoured',
      { trigger: { event: 'placed', if: 'event.data.x.matches("a")' } },
      /matches\(\) is not supported/,
    ],
    [
      'for one of a cancelOn',
      { cancelOn: [{ event: 'closed', if: 'async.data.l.map(x, x)' }] },
      /map\(\) is not supported/,
    ],
    ['for one of a wait', waiting({ if: '1 == "1"' }), /`if` of wait 'paid' cannot be honoured/],
    ['for one of a wait that is no text', waiting({ if: 5 as never }), /is no expression/],
    [
      'for an equality of two paths',
      waiting({ if: 'event.data.a == async.data.b' }),
      /write match: \{ 'data\.b': '\$\.trigger\.data\.a' \}/,
    ],
    ['for a match that is no path', waiting({ match: 'order' }), /\[InvalidPath\]/],
    [
      'for a value at two paths',
      waiting({ match: { 'data.a': 1, 'data.b': 2 } }),
      /match of wait 'paid' cannot be used/,
    ],
    [
      'for a value at the path of the key',
      {
        steps: [
          ...waiting({ match: { 'data.order': '7' } }).steps!,
          JourneyStep.waitForEvent('again', { event: 'paid', timeout: Duration.days(1) }),
        ],
      },
      /\[Invalid(Declaration|WaitsFor)\]/,
    ],
    [
      'for a value that refers to what is not there',
      waiting({ match: { 'data.a': '$.steps.pay.result.id' } }),
      /\[InvalidReference\]/,
    ],
    ['for a time that is none', { trigger: { cron: '0 9 30 2 *' } }, /\[InvalidCron\]/],
    ['for an idempotency that is no path', { idempotency: 'order' }, /\[InvalidPath\]/],
    [
      'for a singleton that contradicts cancelOn',
      { singleton: { mode: 'skip' }, cancelOn: [{ event: 'placed' }] },
      /\[InvalidSingleton\]/,
    ],
    [
      'for a run that may take longer than it may last',
      { runTimeouts: { finish: Duration.days(40) } },
      /\[InvalidTimeouts\]/,
    ],
    ['for no trigger at all', { trigger: [] }, /\[InvalidTriggers\]/],
  ])('%s', (_what, props, message) => {
    expect(messageOf(props)).toMatch(message);
    expect(messageOf(props)).toContain('(at Shop/Order)');
  });

  const token = Token.asString({ Ref: 'AWS::Region' });
  test.each<[string, Props]>([
    ['the `if` of a trigger', { trigger: { event: 'placed', if: `event.data.region == '${token}'` } }],
    ['the `if` of a wait', waiting({ if: `async.data.region == '${token}'` })],
    ['the match of a cancelOn', { cancelOn: [{ event: 'closed', match: `data.${token}` }] }],
    ['the path of a value', waiting({ match: { [`data.${token}`]: 1 } })],
    ['the key of an event', { key: { placed: `data.${token}` } }],
    ['the path of a singleton', { singleton: { mode: 'skip', key: { placed: `data.${token}` } } }],
    ['a cron trigger', { trigger: { cron: `0 9 * * ${token}` } }],
  ])('for a token in %s', (_what, props) => {
    expect(messageOf(props)).toMatch(/is known only after deployment.*\(at Shop\/Order\)/s);
  });

  const placed = eventType('placed', { schema: z.object({ order: z.string(), amount: z.number() }) });
  const paid = eventType('paid', { schema: z.object({ order: z.string(), paid: z.number() }) });
  test.each<[string, Props, string]>([
    ['the trigger, that a trigger asks for', { trigger: { event: placed, if: 'event.data.sum > 1' } }, 'data.sum'],
    [
      'the trigger, that a wait asks for',
      { trigger: { event: placed }, ...waiting({ if: 'async.data.x >= event.data.sum' }) },
      'event.data.sum',
    ],
    ['the event, that a wait asks for', waiting({ event: paid, if: 'async.data.amount > 1' }), 'async.data.amount'],
    ['the event, that a match names', waiting({ event: paid, match: { 'data.payment': 1 } }), 'data.payment'],
  ])('for a field that the schema of %s, does not have', (_what, props, field) => {
    expect(messageOf(props)).toMatch(/that the schema of '\w+' does not have/);
    expect(messageOf(props)).toContain(field);
  });

  test('but not for one that another trigger has, or that a time’s run may have', () => {
    const props = waiting({ if: 'async.data.x >= event.data.sum' });
    expect(messageOf({ ...props, trigger: [{ event: placed }, { event: 'other' }] })).toBe('no error');
    expect(messageOf({ ...props, trigger: [{ event: placed }, { cron: '0 9 * * *' }] })).toBe('no error');
    expect(messageOf(waiting({ event: paid, if: 'async.data.paid > event.data.amount' }))).toBe('no error');
  });
});

test('a value of a match may be a token', () => {
  const { journey } = journeyOf(waiting({ match: { 'data.region': Token.asString({ Ref: 'AWS::Region' }) } }));
  expect(journey.declaration?.steps).toMatchObject([{ match: { 'data.region': '$.deployed.t0' } }]);
});
