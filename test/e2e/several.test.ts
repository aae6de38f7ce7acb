/** Waits for several events on the synthesized app: what comes of them, and what they cost at the sandbox's door. */
import { beforehand, severalAssembly } from './assembly.js';
import { type AppEvent, control, dayMs, expectNothingLeft, hourMs, type Stand, start } from './stand.js';

beforehand(severalAssembly);

const startApp = async (): Promise<Stand> => start(await severalAssembly());

describe('onboarding, which needs a profile and a payment within a week', () => {
  const account = (name: string, account_id = 'a-1'): AppEvent => ({ name, data: { account_id } });
  const [created, profile, payment] = ['account/created', 'profile/completed', 'payment/added'].map((name) =>
    account(name),
  ) as [AppEvent, AppEvent, AppEvent];

  test('is ready once both have come, in whatever order, and its one timer is gone', async () => {
    const app = await startApp();
    await app.send(created);
    await app.advance(hourMs);
    await app.send(payment);
    expect(app.sandbox.schedules()).toHaveLength(1);
    expect(await app.outcomes('onboarding', 'a-1')).toEqual(['active']);
    await app.advance(6 * dayMs);
    await app.send(profile);
    expect((await app.runs({ journey: 'onboarding' }))[0]?.output).toEqual({
      outcome: 'ready',
      by: ['profile/completed', 'payment/added'],
    });
    expectNothingLeft(app);
    // Put run, record each event, complete: the two events are all that it costs beside a run that waits for none.
    expect(app.cost('onboarding', 'a-1')).toMatchObject({
      writeUnits: 4,
      readUnits: 3,
      calls: {
        'dynamodb:PutItem': 4,
        'dynamodb:Query': 3,
        'scheduler:CreateSchedule': 1,
        'scheduler:DeleteSchedule': 1,
      },
    });
  });

  test('is ready at once where both came before it, and reminds where one is missing after a week', async () => {
    const app = await startApp();
    const [early, late] = [account('account/created', 'a-2'), account('account/created', 'a-3')];
    const dated = (event: AppEvent, afterMs: number) => ({ ...event, timeMs: app.sandbox.nowMs() + afterMs });
    await app.send(
      dated(account('profile/completed', 'a-2'), -hourMs),
      dated(account('payment/added', 'a-2'), -hourMs),
    );
    await app.send(dated(early, -2 * hourMs), late);
    expect(await app.outcomes('onboarding', 'a-2')).toEqual(['completed: ready']);
    await app.send(account('profile/completed', 'a-3'));
    await app.advance(8 * dayMs);
    expect(await app.outcomes('onboarding', 'a-3')).toEqual(['completed: reminded']);
    await app.send(account('payment/added', 'a-3'));
    expect(await app.outcomes('onboarding', 'a-3')).toEqual(['completed: reminded']);
    expectNothingLeft(app);
  });

  test('shows what it waits for, and is cancelled with its timer', async () => {
    const app = await startApp();
    await app.send(created, payment);
    const [run] = await app.runs({ journey: 'onboarding' });
    const { body } = await control(app.sandbox.url, `/runs/${run!.runId}`);
    expect(body.steps).toMatchObject([
      {
        ...{ id: 'ready', takes: 'all', state: 'waiting' },
        events: [{ event: 'profile/completed' }, { event: 'payment/added' }],
      },
    ]);
    await app.send(account('account/closed'));
    expect(await app.outcomes('onboarding', 'a-1')).toEqual(['cancelled']);
    expectNothingLeft(app);
  });
});

describe('checkout, which takes the first of three answers and then expects no complaint', () => {
  const order = (name: string): AppEvent => ({ name, data: { order_id: 'o-1' } });

  test('costs what a wait for one event costs, however many events it names', async () => {
    const app = await startApp();
    await app.send(order('order/placed'));
    await app.send(order('order/refused'));
    expect(await app.outcomes('checkout', 'o-1')).toEqual(['completed: order/refused']);
    expect(app.cost('checkout', 'o-1')).toMatchObject({
      writeUnits: 3,
      readUnits: 2,
      calls: {
        'dynamodb:PutItem': 3,
        'dynamodb:Query': 2,
        'scheduler:CreateSchedule': 1,
        'scheduler:DeleteSchedule': 1,
      },
    });
    expectNothingLeft(app);
  });

  test('ends well when no complaint came, for one write and one timer more', async () => {
    const app = await startApp();
    await app.send(order('order/placed'));
    await app.send(order('order/paid'));
    const before = app.cost('checkout', 'o-1');
    expect(app.sandbox.schedules()).toHaveLength(1);
    await app.advance(15 * dayMs);
    expect(await app.outcomes('checkout', 'o-1')).toEqual(['completed: content']);
    const after = app.cost('checkout', 'o-1');
    expect([after.writeUnits - before.writeUnits, after.readUnits - before.readUnits]).toEqual([1, 1]);
    expect(after.calls['scheduler:CreateSchedule']).toBe(2);
    expectNothingLeft(app);
  });

  test('ends with the complaint at once', async () => {
    const app = await startApp();
    await app.send(order('order/placed'), order('order/paid'));
    await app.advance(dayMs);
    await app.send(order('order/complained'));
    expect(await app.outcomes('checkout', 'o-1')).toEqual(['completed: complained']);
    expectNothingLeft(app);
  });
});
