/** A journey declared in CDK: its template, its rights, its tokens, and what is refused at synth. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { App, CfnParameter, Duration, Fn, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type DeclaredJourney, eventType } from 'sojourn';
import { type DeclaredJourneyProps, Journey, JourneyCondition, JourneyHub, JourneyStep } from 'sojourn/cdk';
import { z } from 'zod';

process.env.CDK_VALIDATION = 'false';

type Steps = (stack: Stack) => readonly JourneyStep[];
type Props = Partial<Omit<DeclaredJourneyProps, 'steps'>>;

function journeyOf(steps: Steps, props: Props = {}, id = 'SalesFollowUp') {
  const app = new App();
  const stack = new Stack(app, 'Shop');
  const hub = new JourneyHub(stack, 'Hub', { alarms: false });
  const journey = new Journey(stack, id, {
    hub,
    trigger: { event: 'lead/entered' },
    key: 'data.lead_id',
    ...props,
    steps: steps(stack),
  });
  return { app, stack, journey, template: () => Template.fromStack(stack) };
}

function messageOf(steps: Steps, props: Props = {}): string {
  try {
    journeyOf(steps, props);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

const functionIn = (stack: Stack, timeout?: Duration): lambda.Function =>
  new lambda.Function(stack, 'Scoring', {
    code: lambda.Code.fromInline('exports.handler = async () => ({})'),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    ...(timeout && { timeout }),
  });

const waiting = (more: { onMatch?: JourneyStep[]; onTimeout?: JourneyStep[] } = {}): JourneyStep =>
  JourneyStep.waitForEvent('outreach', { event: 'sales/outreach.logged', timeout: Duration.days(7), ...more });

/** The statement with this Sid among all policies. */
function statement(template: Template, sid: string): Record<string, unknown> | undefined {
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement).find(({ Sid }) => Sid === sid);
}

function variablesOf(template: Template): Record<string, unknown> {
  const functions = Object.values(template.findResources('AWS::Lambda::Function'));
  const own = functions.find(({ Properties }) => Properties.Environment?.Variables?.SOJOURN_JOURNEY);
  return own?.Properties.Environment.Variables;
}

describe('a declared journey', () => {
  test('has the rule, the definition and the id that its props ask for', () => {
    const { journey, template } = journeyOf(() => [waiting()], {
      cancelOn: [{ event: 'lead/lost', timeout: Duration.days(2) }],
      maxDuration: Duration.days(8),
      retries: 2,
    });
    expect(journey.definition).toMatchObject({
      id: 'sales-follow-up',
      waitsFor: ['sales/outreach.logged'],
      cancelOn: [{ event: 'lead/lost', timeoutMs: 172_800_000 }],
      retries: 2,
      maxDurationMs: 691_200_000,
    });
    template().hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { 'detail-type': ['lead/entered', 'sales/outreach.logged', 'lead/lost'] },
    });
    template().hasResource('AWS::Lambda::Function', {
      Metadata: Match.objectLike({
        'sojourn:definition': Match.objectLike({ id: 'sales-follow-up' }),
        'sojourn:declaration': Match.objectLike({ id: 'sales-follow-up', trigger: 'lead/entered' }),
      }),
    });
  });

  test.each([
    ['SalesFollowUp', 'sales-follow-up'],
    ['HTTPCart2Go', 'http-cart2-go'],
    ['cart_week', 'cart-week'],
  ])('is named after its construct: %s', (construct, id) => {
    expect(journeyOf(() => [JourneyStep.end()], {}, construct).journey.definition.id).toBe(id);
  });

  test('fails with a timeout for a step that there is not, and names those that there are', () => {
    const timed = (timeouts: Record<string, Duration>) => () =>
      journeyOf(() => [waiting(), JourneyStep.sleep('pause', Duration.days(1)), JourneyStep.end()], { timeouts });
    expect(timed({ nope: Duration.minutes(5) })).toThrow(
      /^timeouts\['nope'\] is for a step that there is not\. Got: nope\. Expected: the id of a wait or a sleep: \w+, pause\. Fix: .* \(at /,
    );
    expect(timed({ pause: Duration.minutes(5) })).not.toThrow();
  });

  test('may send only where it declares a send, and has no environment that it does not need', () => {
    const plain = journeyOf(() => [waiting()]).template();
    expect(statement(plain, 'SendEvents')).toBeUndefined();
    expect(statement(plain, 'InvokeDeclaredFunctions')).toBeUndefined();
    expect(variablesOf(plain)).not.toHaveProperty('SOJOURN_DEPLOYED');
    const sending = journeyOf(() => [JourneyStep.sendEvent('tell', { event: 'sales/reminder.due', data: {} })]);
    expect(statement(sending.template(), 'SendEvents')).toBeDefined();
  });

  test('may invoke exactly the functions, versions and aliases that its steps name', () => {
    const { stack, template } = journeyOf((inner) => {
      const fn = functionIn(inner);
      const alias = new lambda.Alias(inner, 'Stable', {
        aliasName: 'stable',
        version: fn.currentVersion as lambda.IVersion,
      });
      return [
        JourneyStep.invoke('score', { fn }),
        JourneyStep.invoke('again', { fn }),
        JourneyStep.invoke('stable', { fn: alias as lambda.IFunction }),
      ];
    });
    const fn = stack.node.findChild('Scoring') as lambda.Function;
    const alias = stack.node.findChild('Stable') as lambda.Alias;
    expect(statement(template(), 'InvokeDeclaredFunctions')).toMatchObject({
      Action: 'lambda:InvokeFunction',
      Resource: [stack.resolve(fn.functionArn), stack.resolve(alias.functionArn)],
    });
  });

  test('has its tokens in the environment, and references to them in the declaration', () => {
    const { stack, journey, template } = journeyOf((inner) => {
      const count = new CfnParameter(inner, 'Count', { type: 'Number' });
      return [
        JourneyStep.sendEvent('tell', {
          event: 'sales/reminder.due',
          data: {
            region: inner.region,
            where: `in ${inner.region} of {$.trigger.data.lead_id}`,
            count: count.valueAsNumber,
            list: [Fn.select(0, Fn.split('-', inner.region)), inner.region],
          },
        }),
      ];
    });
    expect(journey.declaration?.steps).toMatchObject([
      {
        data: {
          region: '$.deployed.t0',
          where: 'in {$.deployed.t0} of {$.trigger.data.lead_id}',
          count: '$.deployed.t1',
          list: ['$.deployed.t2', '$.deployed.t0'],
        },
      },
    ]);
    expect(variablesOf(template()).SOJOURN_DEPLOYED).toEqual({
      'Fn::Join': ['', expect.arrayContaining([{ Ref: 'AWS::Region' }, { Ref: 'Count' }])],
    });
    template().resourceCountIs('Custom::AWSCDKCfnJsonStringify', 0);
    expect(JSON.stringify(stack.resolve(journey.declaration))).not.toContain('Token[');
  });

  test('has times that only the deployment knows in the environment, in the units that they were given in', () => {
    const { journey, template } = journeyOf((inner) => {
      const days = new CfnParameter(inner, 'Days', { type: 'Number' }).valueAsNumber;
      return [
        JourneyStep.sleep('settle', Duration.seconds(days)),
        JourneyStep.waitForEvent('outreach', { event: 'sales/outreach.logged', timeout: Duration.days(days) }),
        JourneyStep.sleepUntil('visit', { date: '$.trigger.data.visit_at', before: Duration.minutes(days) }),
        JourneyStep.sleep('rest', Duration.hours(days)),
        JourneyStep.sleep('blink', Duration.millis(days)),
      ];
    });
    const amount = '$.deployed.t0';
    expect(journey.declaration?.steps).toEqual([
      { kind: 'sleep', id: 'settle', ms: { amount, unitMs: 1_000 } },
      expect.objectContaining({ timeoutMs: { amount, unitMs: 86_400_000 } }),
      expect.objectContaining({ beforeMs: { amount, unitMs: 60_000 } }),
      { kind: 'sleep', id: 'rest', ms: { amount, unitMs: 3_600_000 } },
      { kind: 'sleep', id: 'blink', ms: { amount, unitMs: 1 } },
    ]);
    expect(variablesOf(template()).SOJOURN_DEPLOYED).toEqual({
      'Fn::Join': ['', ['{"t0":', { Ref: 'Days' }, '}']],
    });
    expect(journey.toMermaid()).toContain('sleep a time that the deployment sets');
  });

  test('leaves its slowest invocation the time that it may take', () => {
    const variables = (timeout: Duration) =>
      variablesOf(journeyOf((stack) => [JourneyStep.invoke('score', { fn: functionIn(stack, timeout) })]).template());
    expect(variables(Duration.seconds(20))).not.toHaveProperty('SOJOURN_STEP_TIMEOUT_MS');
    expect(variables(Duration.seconds(60))).toMatchObject({ SOJOURN_STEP_TIMEOUT_MS: '65000' });
  });

  test('deploys one interpreter, which loads within the budget, with the declaration beside it as data', () => {
    const bundles = ['A', 'B'].map((id) => {
      const { app } = journeyOf(() => [JourneyStep.end({ text: `"${id}" \\ \u2028 __proto__` })], {}, id);
      return bundleIn(app.synth().directory);
    });
    const [one, other] = bundles.map((files) => ({ ...files, 'index.mjs': undefined }));
    expect(one).toEqual(other);
    expect(bundles[0]!['index.mjs']).toContain('JSON.parse(');
    const loaded = loadedBytes(bundles[0]!);
    expect(loaded).toBeGreaterThan(100_000);
    expect(loaded).toBeLessThanOrEqual(400_000);
  });
});

/** The files of the asset that holds the interpreter, by name. */
function bundleIn(assembly: string): Record<string, string> {
  const assets = readdirSync(assembly).map((name) => path.join(assembly, name));
  const found = assets.find((asset) => statSync(asset).isDirectory() && readdirSync(asset).includes('interpreter.mjs'));
  const names = readdirSync(found!).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(found!, name), 'utf8')]));
}

/** Bytes of what an import of index.mjs loads. */
function loadedBytes(files: Record<string, string>): number {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const [, next] of files[name]!.matchAll(/(?:from|import)"\.\/([\w-]+\.mjs)"/g)) visit(next!);
  };
  visit('index.mjs');
  return [...seen].reduce((sum, name) => sum + Buffer.byteLength(files[name]!), 0);
}

describe('a reference into an event with a schema', () => {
  const lead = eventType('lead/entered', {
    schema: z.object({
      lead_id: z.string(),
      owner: z.object({ mail: z.string() }).optional(),
      tags: z.array(z.object({ name: z.string() })),
      extra: z.record(z.string(), z.number()),
      either: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]),
    }),
  });
  const logged = eventType('sales/outreach.logged', { schema: z.object({ lead_id: z.string(), by: z.string() }) });
  const trigger = { event: lead };
  const ending =
    (reference: string): Steps =>
    () => [JourneyStep.end(reference)];

  test.each(['lead_id', 'owner.mail', 'tags.0.name', 'extra.anything', 'either.a', 'either.b', 'tags'])(
    'may lead to %s',
    (field) => {
      expect(messageOf(ending(`$.trigger.data.${field}`), { trigger })).toBe('no error');
    },
  );

  test.each(['leadid', 'owner.phone', 'tags.name', 'tags.0.nme', 'either.c', 'lead_id.length'])(
    'fails the synth for %s',
    (field) => {
      expect(messageOf(ending(`$.trigger.data.${field}`), { trigger })).toContain(
        `leads to a field that the schema of 'lead/entered' does not have. Got: $.trigger.data.${field}.`,
      );
    },
  );

  test('fails the synth for the field of an awaited event, a condition or the key', () => {
    const wait = JourneyStep.waitForEvent('outreach', {
      event: logged,
      timeout: Duration.days(1),
      onMatch: [JourneyStep.end('$.steps.outreach.data.bye')],
    });
    expect(messageOf(() => [wait])).toContain(
      "A reference of end leads to a field that the schema of 'sales/outreach.logged'",
    );
    const choice = JourneyStep.choice('which', {
      when: [{ condition: JourneyCondition.not(JourneyCondition.exists('$.trigger.data.none')), steps: [] }],
    });
    expect(messageOf(() => [choice], { trigger })).toContain("A reference of step 'which' leads to a field");
    expect(messageOf(() => [waiting()], { trigger, key: 'data.leadId' })).toContain(
      "The key of the journey of 'SalesFollowUp' leads to a field that the schema of 'lead/entered' does not have. Got: data.leadId.",
    );
  });

  test('fails the synth when one event has two schemas', () => {
    const other = eventType('lead/entered', { schema: z.object({}) });
    expect(messageOf(() => [waiting()], { trigger, cancelOn: [{ event: other }] })).toContain(
      "Two event types describe 'lead/entered' by different schemas.",
    );
  });
});

describe('what fails the synth', () => {
  test.each<[string, Steps, Props, string]>([
    [
      'a mistake in the steps, in the words of the SDK',
      () => [waiting(), waiting()],
      {},
      'The declared journey cannot work. Two steps have one id.',
    ],
    ['an id that cannot be used', () => [JourneyStep.end()], { journeyId: 'Sales' }, '[InvalidJourneyId]'],
    ['a reference that leads nowhere', () => [JourneyStep.end('$.steps.x.result')], {}, '[InvalidReference]'],
    [
      'a reference to a token that is none',
      () => [JourneyStep.end('$.deployed.t9')],
      {},
      'names nothing that the deployment knows',
    ],
    [
      'what is no JSON',
      () => [JourneyStep.end({ at: new Date(0) })],
      {},
      'The output of an end holds what JSON does not have. Got: Date.',
    ],
    [
      'a list that only deployment knows',
      (stack) => [JourneyStep.end({ list: Fn.split(',', stack.account) })],
      {},
      'The output of an end holds a list that is known only after deployment.',
    ],
    [
      'a longest life that only deployment knows',
      () => [JourneyStep.end()],
      { maxDuration: Duration.days(Token.asNumber({ Ref: 'Days' })) },
      'maxDuration is not a time that can be used. Got: a token',
    ],
    [
      'a time of a step that is no Duration',
      () => [JourneyStep.sleep('rest', '7d' as never)],
      {},
      'Got: 7d. Expected: a Duration above 0, which may be a token. Fix: write for example Duration.minutes(5)',
    ],
    [
      'a condition that is none',
      () => [JourneyStep.choice('plan', { when: [{ condition: true as never, steps: [JourneyStep.end()] }] })],
      {},
      "A condition of step 'plan' is none. Got: true. Expected: a JourneyCondition.",
    ],
    [
      'a function that takes longer than a step may',
      (stack) => [JourneyStep.invoke('score', { fn: functionIn(stack, Duration.minutes(5)) })],
      {},
      "The function that step 'score' invokes may take longer than a step. Got: a timeout of 300 s.",
    ],
  ])('%s', (_what, steps, props, message) => {
    expect(messageOf(steps, props)).toContain(message);
    expect(messageOf(steps, props)).toContain('(at Shop/SalesFollowUp)');
  });

  test('a construct whose name is too long for an id', () => {
    const stack = new Stack(new App(), 'Shop');
    const hub = new JourneyHub(stack, 'Hub');
    const name = 'FollowUpOfEverySaleThatWasMadeInTheLastYear';
    expect(() => new Journey(stack, name, { hub, trigger: { event: 'a' }, steps: [JourneyStep.end()] })).toThrow(
      /'follow-up-of-every-sale-that-was-made-in-the-last-year', 5\d characters.* Fix: give it an id: journeyId: 'sales-follow-up'/,
    );
  });

  test('an entry beside steps, and neither of them', () => {
    const stack = new Stack(new App(), 'Shop');
    const hub = new JourneyHub(stack, 'Hub');
    const both = { hub, entry: 'lambda/abandoned-cart.ts', trigger: { event: 'a' }, steps: [JourneyStep.end()] };
    expect(() => new Journey(stack, 'Both', both)).toThrow('has both an entry and declared steps');
    expect(() => new Journey(stack, 'None', { hub } as never)).toThrow('has neither an entry nor declared steps');
  });
});

test('every factory declares its step, with what it was given', () => {
  const path = '$.trigger.data.seats';
  const { journey } = journeyOf((stack) => [
    JourneyStep.sleep('settle', Duration.minutes(5)),
    JourneyStep.sleepUntil('visit', { date: '$.trigger.data.visit_at', before: Duration.hours(2) }),
    JourneyStep.invoke('score', { fn: functionIn(stack), retries: 1 }),
    JourneyStep.choice('size', {
      when: [
        {
          condition: JourneyCondition.and(
            JourneyCondition.atLeast(path, 5),
            JourneyCondition.atMost(path, 50),
            JourneyCondition.or(JourneyCondition.lessThan(path, 7), JourneyCondition.greaterThan(path, 8)),
            JourneyCondition.not(JourneyCondition.equals('$.trigger.data.where', `${stack.region}`)),
          ),
          steps: [JourneyStep.end()],
        },
      ],
      otherwise: [JourneyStep.fail({ message: 'too few: {$.trigger.data.seats}' })],
    }),
  ]);
  expect(journey.declaration?.steps).toEqual([
    { kind: 'sleep', id: 'settle', ms: 300_000 },
    { kind: 'sleepUntil', id: 'visit', date: '$.trigger.data.visit_at', beforeMs: 7_200_000 },
    { kind: 'invoke', id: 'score', fn: '$.deployed.t0', payload: '$.trigger', retries: 1 },
    {
      kind: 'choice',
      id: 'size',
      when: [
        {
          condition: {
            test: 'and',
            conditions: [
              { test: 'atLeast', path, value: 5 },
              { test: 'atMost', path, value: 50 },
              {
                test: 'or',
                conditions: [
                  { test: 'lessThan', path, value: 7 },
                  { test: 'greaterThan', path, value: 8 },
                ],
              },
              { test: 'not', condition: { test: 'equals', path: '$.trigger.data.where', value: '$.deployed.t1' } },
            ],
          },
          steps: [{ kind: 'end' }],
        },
      ],
      otherwise: [{ kind: 'fail', name: 'JourneyFailed', message: 'too few: {$.trigger.data.seats}' }],
    },
  ]);
});

test('a journey draws itself', () => {
  expect(journeyOf(() => [waiting()]).journey.toMermaid()).toContain('wait for sales/outreach.logged<br/>at most 7 d');
  expect((journeyOf(() => [waiting()]).journey.declaration as DeclaredJourney).key).toBe('data.lead_id');
});
