/** What declared steps do, on the deployed engine in memory. */
import { type DeclaredJourney, type DeclaredStep, interpret, type Surroundings } from 'sojourn';
import { createTestWorld, type TestWorld } from 'sojourn/testing';

const day = 86_400_000;

function declared(steps: readonly DeclaredStep[], more: Partial<DeclaredJourney> = {}): DeclaredJourney {
  return { id: 'lead', trigger: 'lead/entered', key: 'data.lead_id', steps, ...more };
}

const worldOf = (declaration: DeclaredJourney, surroundings: Surroundings = {}): TestWorld =>
  createTestWorld({ journeys: [interpret(declaration, surroundings)] });

const enter = (data: object = {}) => ({ name: 'lead/entered', data: { lead_id: '7', ...data } });
const reach = (data: object = {}) => ({ name: 'sales/outreach.logged', data: { lead_id: '7', ...data } });

const outcome = (world: TestWorld) => world.runs().map(({ status, output, error }) => ({ status, output, error }));

/** The output of a run that only ends with this value. */
async function ended(output: unknown, data: object, surroundings: Surroundings = {}): Promise<unknown> {
  const world = worldOf(declared([{ kind: 'end', output: output as never }]), surroundings);
  await world.send(enter(data));
  const [run] = world.runs();
  return run?.status === 'failed' ? run.error : run?.output;
}

describe('a declared wait', () => {
  const steps: DeclaredStep[] = [
    {
      kind: 'wait',
      id: 'outreach',
      event: 'sales/outreach.logged',
      timeoutMs: 7 * day,
      onMatch: [{ kind: 'end', output: { outcome: 'contacted', by: '$.steps.outreach.data.by' } }],
      onTimeout: [
        { kind: 'send', id: 'remind', event: 'sales/reminder.due', data: { lead_id: '$.trigger.data.lead_id' } },
      ],
    },
    { kind: 'end', output: { outcome: 'reminded' } },
  ];

  test('takes the branch of the event, whose data its steps can refer to', async () => {
    const world = worldOf(declared(steps));
    await world.send(enter());
    await world.advance('2d');
    await world.send(reach({ by: 'Ann' }));
    expect(outcome(world)).toEqual([{ status: 'completed', output: { outcome: 'contacted', by: 'Ann' } }]);
    expect(world.timers()).toEqual([]);
    expect(world.sent()).toEqual([]);
  });

  test('takes the branch of its timeout when the time is up, then goes on behind it', async () => {
    const world = worldOf(declared(steps));
    await world.send(enter());
    await world.advance('7d');
    expect(outcome(world)).toEqual([{ status: 'completed', output: { outcome: 'reminded' } }]);
    expect(world.sent()).toMatchObject([
      { name: 'sales/reminder.due', data: { lead_id: '7' }, source: 'sojourn.lead' },
    ]);
  });

  test('is cancelled by the events of cancelOn', async () => {
    const world = worldOf(declared(steps, { cancelOn: [{ event: 'lead/lost' }] }));
    await world.send(enter(), { name: 'lead/lost', data: { lead_id: '7' } });
    expect(outcome(world)).toMatchObject([{ status: 'cancelled' }]);
  });
});

describe('declared sleeps', () => {
  test('last their time, and until a date or so long before it', async () => {
    const world = worldOf(
      declared([
        { kind: 'sleep', id: 'a-day', ms: day },
        { kind: 'sleepUntil', id: 'visit', date: '$.trigger.data.visit_at', beforeMs: day },
        { kind: 'sleepUntil', id: 'then', date: '$.trigger.data.visit_at' },
      ]),
    );
    await world.send(enter({ visit_at: '2026-01-10T09:00:00Z' }));
    const due: string[] = [];
    while (world.timers().length > 0) {
      due.push(world.timers()[0]!.at);
      await world.advance('next-timer');
    }
    expect(due.map((at) => Date.parse(at))).toEqual(
      ['2026-01-02T00:00:00Z', '2026-01-09T09:00:00Z', '2026-01-10T09:00:00Z'].map((at) => Date.parse(at)),
    );
    expect(outcome(world)).toMatchObject([{ status: 'completed' }]);
  });

  test.each([
    ['a number', { t0: 2 }],
    ['the digits of a parameter', { t0: '2' }],
  ])('last a time that only the deployment knows, given as %s', async (_how, deployed) => {
    const days = { amount: '$.deployed.t0', unitMs: day };
    const steps: DeclaredStep[] = [
      { kind: 'sleep', id: 'some', ms: days },
      { kind: 'wait', id: 'outreach', event: 'sales/outreach.logged', timeoutMs: days },
      { kind: 'sleepUntil', id: 'visit', date: '$.trigger.data.visit_at', beforeMs: days },
    ];
    const world = worldOf(declared(steps), { deployed });
    await world.send(enter({ visit_at: '2026-01-10T09:00:00Z' }));
    const due: string[] = [];
    while (world.timers().length > 0) {
      due.push(world.timers()[0]!.at);
      await world.advance('next-timer');
    }
    expect(due.map((at) => new Date(at).toISOString().slice(0, 16))).toEqual([
      '2026-01-03T00:00',
      '2026-01-05T00:00',
      '2026-01-08T09:00',
    ]);
    expect(outcome(world)).toMatchObject([{ status: 'completed' }]);
  });

  test.each([0, -1, 1.0005, 'soon', '', null, {}, '9'.repeat(12)])(
    'fails the run, and says which step, when the deployment gives %j as a time',
    async (t0) => {
      const steps: DeclaredStep[] = [{ kind: 'sleep', id: 'settle', ms: { amount: '$.deployed.t0', unitMs: 1_000 } }];
      const world = worldOf(declared(steps), { deployed: { t0 } });
      await world.send(enter());
      while (world.timers().length > 0) await world.advance('next-timer');
      const [run] = world.runs();
      expect(run).toMatchObject({ status: 'failed' });
      expect(run?.error?.message).toContain("'settle'");
    },
  );

  test('fails the run when what is referred to is no date', async () => {
    const world = worldOf(declared([{ kind: 'sleepUntil', id: 'visit', date: '$.trigger.data.visit_at' }]));
    await world.send(enter({ visit_at: 'soon' }));
    expect(outcome(world)).toMatchObject([{ status: 'failed', error: { name: 'InvalidDate' } }]);
  });
});

describe('a declared choice', () => {
  const chosen = async (data: object, when: DeclaredStep & { kind: 'choice' }): Promise<unknown> => {
    const world = worldOf(declared([when]));
    await world.send(enter(data));
    return world.runs()[0]?.output;
  };
  const choice = (condition: (DeclaredStep & { kind: 'choice' })['when'][number]['condition']) => ({
    kind: 'choice' as const,
    id: 'which',
    when: [{ condition, steps: [{ kind: 'end', output: 'yes' } as const] }],
    otherwise: [{ kind: 'end', output: 'no' } as const],
  });
  const path = '$.trigger.data.size';

  test.each([
    ['equals', choice({ test: 'equals', path, value: 5 }), { size: 5 }, { size: '5' }],
    ['equals, of two fields', choice({ test: 'equals', path, value: '$.trigger.data.had' }), { size: 1, had: 1 }, {}],
    [
      'equals, a text like a reference',
      choice({ test: 'equals', path, value: '$$.x' }),
      { size: '$.x' },
      { size: 'x' },
    ],
    ['exists', choice({ test: 'exists', path }), { size: false }, { size: null }],
    ['lessThan', choice({ test: 'lessThan', path, value: 5 }), { size: 4.9 }, { size: 5 }],
    ['atMost', choice({ test: 'atMost', path, value: 5 }), { size: 5 }, { size: 6 }],
    ['greaterThan', choice({ test: 'greaterThan', path, value: 5 }), { size: 6 }, { size: '6' }],
    ['atLeast', choice({ test: 'atLeast', path, value: 5 }), { size: 5 }, {}],
    ['not', choice({ test: 'not', condition: { test: 'exists', path } }), {}, { size: 1 }],
    [
      'and',
      choice({
        test: 'and',
        conditions: [
          { test: 'exists', path },
          { test: 'atLeast', path, value: 2 },
        ],
      }),
      { size: 2 },
      { size: 1 },
    ],
    [
      'or',
      choice({
        test: 'or',
        conditions: [
          { test: 'equals', path, value: 1 },
          { test: 'equals', path, value: 2 },
        ],
      }),
      { size: 2 },
      { size: 3 },
    ],
  ])('judges %s', async (_test, step, holding, failing) => {
    expect(await chosen(holding, step)).toBe('yes');
    expect(await chosen(failing, step)).toBe('no');
  });

  test('takes the first branch that holds, and none where there is no otherwise', async () => {
    const when = [
      { condition: { test: 'atLeast', path, value: 10 } as const, steps: [{ kind: 'end', output: 'large' } as const] },
      { condition: { test: 'atLeast', path, value: 5 } as const, steps: [{ kind: 'end', output: 'middle' } as const] },
    ];
    expect(await chosen({ size: 12 }, { kind: 'choice', id: 'which', when })).toBe('large');
    expect(await chosen({ size: 7 }, { kind: 'choice', id: 'which', when })).toBe('middle');
    expect(await chosen({ size: 1 }, { kind: 'choice', id: 'which', when })).toBeUndefined();
  });
});

describe('a declared invocation', () => {
  const steps: DeclaredStep[] = [
    { kind: 'invoke', id: 'score', fn: '$.deployed.t0', payload: { lead: '$.trigger.data.lead_id' }, retries: 1 },
    { kind: 'end', output: { score: '$.steps.score.result.score' } },
  ];
  const deployed = { t0: 'arn:aws:lambda:eu-west-1:1:function:score' };

  test('hands over its payload once, and keeps the result', async () => {
    const calls: unknown[][] = [];
    const invoke = async (...call: unknown[]) => {
      calls.push(call);
      return { score: 9 };
    };
    const world = worldOf(declared(steps), { invoke, deployed });
    await world.send(enter());
    expect(outcome(world)).toEqual([{ status: 'completed', output: { score: 9 } }]);
    expect(calls).toEqual([[deployed.t0, { lead: '7' }]]);
  });

  test('is tried again as often as it says, then fails the run with its error', async () => {
    let calls = 0;
    const invoke = async () => {
      calls += 1;
      throw Object.assign(new Error('busy'), { name: 'ScoringBusy' });
    };
    const world = worldOf(declared(steps), { invoke, deployed });
    await world.send(enter());
    await world.advance('1d');
    expect(calls).toBe(2);
    expect(outcome(world)).toMatchObject([{ status: 'failed', error: { name: 'ScoringBusy', message: 'busy' } }]);
  });

  test('fails the run where nothing can invoke', async () => {
    const world = worldOf(declared(steps), { deployed });
    await world.send(enter());
    expect(outcome(world)).toMatchObject([{ status: 'failed', error: { name: 'NonRetriableError' } }]);
  });
});

describe('a declared failure', () => {
  test('fails the run at once, with its name and message', async () => {
    const world = worldOf(
      declared([{ kind: 'fail', name: 'NoStock', message: 'nothing left for {$.trigger.data.lead_id}' }]),
    );
    await world.send(enter());
    expect(outcome(world)).toMatchObject([
      { status: 'failed', error: { name: 'NoStock', message: 'nothing left for 7' } },
    ]);
  });
});

describe('a reference', () => {
  test.each([
    [
      'keeps the type of what it stands for',
      { a: '$.trigger.data.n', b: ['$.trigger.data.o'] },
      { n: 1, o: { p: [2] } },
      { a: 1, b: [{ p: [2] }] },
    ],
    [
      'stands in the middle of a text',
      'Lead {$.trigger.data.lead_id}: {$.trigger.data.n} of {$.trigger.data.o}',
      { n: 1, o: { p: 2 } },
      'Lead 7: 1 of {"p":2}',
    ],
    ['reads places of lists', '$.trigger.data.list.1', { list: ['a', 'b'] }, 'b'],
    [
      'tells the event around the data',
      '{$.trigger.name} at {$.trigger.time}',
      {},
      'lead/entered at 2026-01-01T00:00:00Z',
    ],
    [
      'is left out where it may be missing',
      { a: '$.trigger.data.no?', b: ['$.trigger.data.no?'], c: 'x{$.trigger.data.no?}' },
      {},
      { b: [], c: 'x' },
    ],
    [
      'is written with two dollars where it is a plain text',
      ['$$.x', '{$$.x}', '$5', '$'],
      {},
      ['$.x', '{$.x}', '$5', '$'],
    ],
    [
      'is not read again in what it stands for',
      '$.trigger.data.text',
      { text: '$.trigger.data.lead_id' },
      '$.trigger.data.lead_id',
    ],
    ['is not read again within a text', '>{$.trigger.data.text}', { text: '{$.run.id}' }, '>{$.run.id}'],
  ])('%s', async (_what, output, data, expected) => {
    expect(await ended(output, data)).toEqual(expected);
  });

  test('tells the run', async () => {
    expect(await ended('$.run.id', {})).toEqual(expect.any(String));
  });

  test.each([
    ['a field that is not there', '$.trigger.data.missing'],
    ['a field that is null', '$.trigger.data.nothing'],
    ['what every object inherits', '$.trigger.data.constructor'],
    ['a prototype', '$.trigger.data.__proto__'],
    ['a method of a text', '$.trigger.data.lead_id.length'],
  ])('fails the run without retry for %s', async (_what, reference) => {
    expect(await ended({ a: reference }, { nothing: null })).toMatchObject({
      name: 'MissingReference',
      message: expect.stringContaining(reference),
    });
  });

  test('a field named like a prototype stays a field', async () => {
    const data = JSON.parse('{"__proto__":{"admin":true}}') as object;
    expect(await ended(JSON.parse('{"__proto__":"$.trigger.data.lead_id"}'), data)).toEqual(
      JSON.parse('{"__proto__":"7"}'),
    );
  });
});
