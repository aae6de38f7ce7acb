/**
 * What finds and asks events, declared and in code: two journeys with every such option, equal over random histories.
 *
 * What is declared is rendered by the construct, so the props are held against the options of createJourney, too.
 */
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import fc from 'fast-check';
import { type AnyJourney, createJourney, type DeclaredJourney, interpret } from 'sojourn';
import { type DeclaredJourneyProps, Journey, JourneyHub, JourneyStep } from 'sojourn/cdk';
import { createTestWorld, type HeldEvent, type TestWorld } from 'sojourn/testing';

process.env.CDK_VALIDATION = 'false';

const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:pay';

function declared(props: Omit<DeclaredJourneyProps, 'hub' | 'steps'>, steps: (stack: Stack) => JourneyStep[]) {
  const stack = new Stack(new App(), 'Shop');
  const hub = new JourneyHub(stack, 'Hub');
  const { declaration } = new Journey(stack, 'Order', { hub, ...props, steps: steps(stack) });
  // What only the deployment knows is no part of a definition; here nothing is.
  return JSON.parse(JSON.stringify(declaration)) as DeclaredJourney;
}

const large = 'event.data.amount > 100';
const byShop = 'event.data["shop"] == async.data.shop && async.data.amount > event.data.amount';
const sameShop = "event.data.shop == async.data.shop && async.data.why != 'holiday'";

const orderDeclared = declared(
  {
    trigger: [{ event: 'placed', if: large }, { event: 'placed', if: 'event.data.gift' }, { event: 'imported' }],
    key: { placed: 'data.order', imported: 'data.id', paid: 'data.order', voided: 'data.order' },
    cancelOn: [
      { event: 'voided', if: 'event.data.amount == async.data.amount', match: 'data.order', timeout: Duration.days(2) },
      { event: 'closed', if: sameShop },
    ],
    idempotency: { key: 'data.mail', period: Duration.hours(6) },
    singleton: { mode: 'skip', key: { placed: 'data.order', imported: 'data.id' } },
    runTimeouts: { start: Duration.hours(30), finish: Duration.days(6) },
    retries: 1,
  },
  (stack) => [
    JourneyStep.invoke('pay', { fn: LambdaFunction.fromFunctionArn(stack, 'Pay', arn) }),
    JourneyStep.waitForEvent('settled', {
      event: 'settled',
      match: { 'data.payment': '$.steps.pay.result.id' },
      if: 'async.data.amount > 1',
      timeout: Duration.days(1),
      onTimeout: [JourneyStep.sleep('later', Duration.hours(1))],
    }),
    JourneyStep.waitForEvent('paid', {
      event: 'paid',
      if: 'async.data.amount >= event.data.amount',
      timeout: Duration.days(1),
    }),
    JourneyStep.waitForEvent('sale', { event: 'sale', if: byShop, timeout: Duration.days(1) }),
    JourneyStep.waitForEvent('strike', { event: 'strike', match: null, timeout: Duration.days(1) }),
    JourneyStep.waitForEvent('shop', { event: 'sale', match: 'data.shop', timeout: Duration.days(1) }),
    JourneyStep.end({ outcome: 'over', sale: '$.steps.sale.data.amount?' }),
  ],
);

/** Runs that both worlds have are compared with what the function answers in this order. */
const paying = () => {
  let count = 0;
  return async () => {
    count += 1;
    return { id: `p${count % 4}` };
  };
};

const orderInCode = createJourney(
  {
    id: 'order',
    triggers: [{ event: 'placed', if: large }, { event: 'placed', if: 'event.data.gift' }, { event: 'imported' }],
    key: { placed: 'data.order', imported: 'data.id', paid: 'data.order', voided: 'data.order' },
    waitsFor: [
      { event: 'settled', match: 'data.payment' },
      'paid',
      { event: 'sale', match: 'data.shop' },
      { event: 'strike', match: null },
    ],
    cancelOn: [
      { event: 'voided', if: 'event.data.amount == async.data.amount', match: 'data.order', timeout: '2d' },
      { event: 'closed', if: sameShop },
    ],
    idempotency: { key: 'data.mail', period: '6h' },
    singleton: { mode: 'skip', key: { placed: 'data.order', imported: 'data.id' } },
    timeouts: { start: '30h', finish: '6d' },
    retries: 1,
  },
  async ({ step }) => {
    const pay = (await step.run('pay', async () => ({ id: 'stubbed' }))) as { id: string };
    const settled = await step.waitForEvent('settled', {
      event: 'settled',
      match: { 'data.payment': pay.id },
      if: 'async.data.amount > 1',
      timeout: '1d',
    });
    if (settled === null) await step.sleep('later', '1h');
    await step.waitForEvent('paid', { event: 'paid', if: 'async.data.amount >= event.data.amount', timeout: '1d' });
    const sale = await step.waitForEvent('sale', { event: 'sale', if: byShop, timeout: '1d' });
    await step.waitForEvent('strike', { event: 'strike', match: null, timeout: '1d' });
    await step.waitForEvent('shop', { event: 'sale', match: 'data.shop', timeout: '1d' });
    return { outcome: 'over', ...(sale && { sale: sale.data.amount }) };
  },
);

const names = ['placed', 'imported', 'paid', 'settled', 'sale', 'sale', 'strike', 'voided', 'closed'] as const;

const acts = fc.array(
  fc.record({
    act: fc.constantFrom(...Array(6).fill('send'), 'hold', 'deliver', 'deliver again', 'pass', 'pass'),
    name: fc.constantFrom(...names),
    order: fc.constantFrom('1', '1', '2', 7),
    shop: fc.constantFrom('north', 'north', 'south', undefined),
    amount: fc.constantFrom(50, 150, 150, 200, 'much', undefined),
    payment: fc.constantFrom('p1', 'p1', 'p1', 'p2'),
    mail: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    gift: fc.constantFrom(true, false),
    why: fc.constantFrom('holiday', 'sold'),
    hours: fc.constantFrom(1, 5, 13, 25),
    agoHours: fc.constantFrom(0, 0, 0, 0, 0, 2, 31),
  }),
  { minLength: 15, maxLength: 40 },
);
type Act = (typeof acts extends fc.Arbitrary<infer List> ? List : never)[number];

async function play(world: TestWorld, history: Act[]): Promise<void> {
  const held: HeldEvent[] = [];
  for (const [index, { act, name, hours, agoHours, order, ...data }] of history.entries()) {
    const time = new Date(world.now.getTime() - agoHours * 3_600_000);
    const event = { id: `e${index}`, name, time, data: { ...data, order, id: order } };
    if (act === 'send') await world.send(event);
    else if (act === 'hold') held.push(world.hold(event));
    else if (act === 'deliver') await held.pop()?.deliver();
    else if (act === 'deliver again') await held.at(0)?.deliver();
    else await world.advance(`${hours}h`);
  }
  await world.advance('40d');
}

const worldOf = (journey: AnyJourney, steps: Record<string, () => Promise<unknown>> = {}) =>
  createTestWorld({ journeys: [journey], steps });

const seen = (world: TestWorld) => ({
  runs: world.runs(),
  timers: world.timers(),
  dead: world.deadLetters().map(({ error }) => error.name),
});

test('the twins have the same definition', () => {
  expect(interpret(orderDeclared).definition).toEqual(orderInCode.definition);
  expect(orderInCode.definition).toMatchObject({
    waitsElsewhere: [
      { event: 'settled', path: 'data.payment' },
      { event: 'sale', path: 'data.shop' },
      { event: 'strike', path: null },
    ],
    cancelOn: [
      { event: 'voided', timeoutMs: 172_800_000, if: 'event.data.amount == async.data.amount' },
      { event: 'closed', path: 'data.shop', if: "async.data.why != 'holiday'" },
    ],
  });
});

test('the twins have equal runs, step by step, and equal dead letters, whatever happens in whatever order', async () => {
  const met = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(acts, async (history) => {
      const ofCode = worldOf(orderInCode, { 'order/pay': paying() });
      const ofSteps = worldOf(interpret(orderDeclared, { invoke: paying() }));
      await play(ofCode, history);
      await play(ofSteps, history);
      expect(seen(ofSteps)).toEqual(seen(ofCode));
      const count = (what: string): unknown => met.set(what, (met.get(what) ?? 0) + 1);
      for (const run of ofSteps.runs()) {
        count(
          `${run.status} ${(run.output as { outcome?: string } | undefined)?.outcome ?? run.cancelledBy?.name ?? ''}`,
        );
        for (const [step, { state }] of Object.entries(run.steps)) count(`${step} ${state}`);
      }
      for (const { error } of ofSteps.deadLetters()) count(error.name);
    }),
    { numRuns: 120, seed: 51 },
  );
  const known = [...met.keys()];
  // That the histories reach what the journey can come to.
  expect(known).toEqual(
    expect.arrayContaining([
      ...['settled matched', 'settled timedOut', 'paid matched', 'paid timedOut', 'sale matched', 'sale timedOut'],
      ...['strike matched', 'strike timedOut', 'shop matched', 'completed over'],
      ...['cancelled voided', 'cancelled closed', 'cancelled sojourn/timeout.start', 'skipped '],
    ]),
  );
});

test.each<[string, (declaration: DeclaredJourney) => DeclaredJourney]>([
  ['asks less of its trigger', (one) => ({ ...one, trigger: [{ event: 'placed' }, { event: 'imported' }] })],
  ['is cancelled by another shop', (one) => ({ ...one, cancelOn: [{ event: 'closed', match: null }] })],
  ['joins no events', ({ idempotency: _idempotency, ...one }) => one],
  [
    'takes any sale',
    (one) => ({
      ...one,
      steps: one.steps.map((step) =>
        'if' in step && step.id === 'sale' ? { ...step, if: 'true', match: null } : step,
      ),
    }),
  ],
])('fails when the declared twin %s', async (_what, changed) => {
  const ofSteps = interpret(changed(orderDeclared), { invoke: paying() });
  const differs = fc.asyncProperty(acts, async (history) => {
    const [one, other] = [worldOf(orderInCode, { 'order/pay': paying() }), worldOf(ofSteps)];
    await play(one, history);
    await play(other, history);
    return JSON.stringify(seen(one)) === JSON.stringify(seen(other));
  });
  const { failed } = await fc.check(differs, { numRuns: 400, seed: 51, endOnFailure: true });
  expect(failed).toBe(true);
});
