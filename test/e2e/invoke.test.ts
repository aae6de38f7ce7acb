/** One journey calls another, of another entry, on the synthesized app: what comes back, what is cancelled, and what it costs. */
import { beforehand, callingAssembly } from './assembly.js';
import { type AppEvent, control, dayMs, expectNothingLeft, hourMs, type Stand, start } from './stand.js';

beforehand(callingAssembly);

const order = (name: string, data: object = {}): AppEvent => ({ name, data: { order_id: 'o-1', ...data } });

function told(app: Stand): string[] {
  return app.sandbox.events().flatMap(({ event, by }) => (by === undefined ? [] : [event['detail-type']]));
}

const outcomes = async (app: Stand): Promise<string[][]> => [
  await app.outcomes('checkout', 'o-1'),
  await app.outcomes('charge-card', 'o-1'),
];

test('a call gives the output of the called run', async () => {
  const app = await start(await callingAssembly());
  await app.send(order('order/placed'));
  await app.advance(hourMs);
  expect(await outcomes(app)).toEqual([['active'], ['active']]);
  await app.send(order('card/confirmed'));
  expect((await app.outcomes('checkout', 'o-1'))[0]).toBe('completed: R-o-1');
  expect(told(app)).toEqual(['sojourn/invoked.charge-card', 'sojourn/returned.checkout']);
  expectNothingLeft(app);
  // The caller: put with its lease, call and wait, the return's record, complete.
  expect(app.cost('checkout', 'o-1')).toMatchObject({
    writeUnits: 4,
    readUnits: 3,
    calls: {
      'dynamodb:PutItem': 4,
      'dynamodb:Query': 3,
      'events:PutEvents': 1,
      'scheduler:CreateSchedule': 1,
      'scheduler:DeleteSchedule': 1,
    },
  });
  // The called run: as if an event had started it, and one that it sends.
  expect(app.cost('charge-card', 'o-1')).toMatchObject({
    writeUnits: 3,
    readUnits: 2,
    calls: {
      'dynamodb:PutItem': 3,
      'dynamodb:Query': 2,
      'events:PutEvents': 1,
      'scheduler:CreateSchedule': 1,
      'scheduler:DeleteSchedule': 1,
    },
  });
});

test('a call is one step to who looks at its run, and the called run says who called it', async () => {
  const app = await start(await callingAssembly());
  await app.send(order('order/placed'));
  const shown = async (journey: string) => {
    const { body } = await control(app.sandbox.url, `/runs?journey=${journey}`);
    return (await control(app.sandbox.url, `/runs/${body.runs[0].runId}`)).body;
  };
  const caller = await shown('checkout');
  expect(caller.steps).toMatchObject([{ id: 'charge', kind: 'call', state: 'waiting', waitsAs: 'charge (return)' }]);
  expect((await shown('charge-card')).calledBy).toBe(caller.runId);
  await app.send(order('card/confirmed'));
  expect((await shown('checkout')).steps).toMatchObject([{ id: 'charge', called: { journey: 'charge-card' } }]);
});

test('a call fails as the called run failed', async () => {
  const app = await start(await callingAssembly());
  await app.send(order('order/placed', { stolen: true }));
  expect((await app.outcomes('checkout', 'o-1'))[0]).toBe('completed: NonRetriableError: the card is stolen');
  expectNothingLeft(app);
});

test('a call whose time is up cancels the called run', async () => {
  const app = await start(await callingAssembly());
  await app.send(order('order/placed'));
  await app.advance(dayMs + hourMs);
  expect((await app.outcomes('checkout', 'o-1'))[0]).toContain('InvokeTimeout');
  expect(await app.outcomes('charge-card', 'o-1')).toEqual(['cancelled']);
  expect(told(app)).toEqual(['sojourn/invoked.charge-card', 'sojourn/revoked.charge-card']);
  expectNothingLeft(app);
});

test('a caller that is cancelled takes the called run with it, and no other of its key', async () => {
  const app = await start(await callingAssembly());
  await app.send(order('order/placed'));
  await app.advance(hourMs);
  await app.send(order('order/cancelled'));
  expect(await outcomes(app)).toEqual([['cancelled'], ['cancelled']]);
  await app.advance(hourMs);
  await app.send(order('order/placed'));
  await app.send(order('card/confirmed'));
  expect((await app.outcomes('checkout', 'o-1')).sort()).toEqual(['cancelled', 'completed: R-o-1']);
  expectNothingLeft(app);
});

test('a called run that is cancelled by its own event says so to its caller', async () => {
  const app = await start(await callingAssembly());
  await app.send(order('order/placed'), order('card/withdrawn'));
  expect((await app.outcomes('checkout', 'o-1'))[0]).toContain("InvokeCancelled: The called run of 'charge-card' was");
  expectNothingLeft(app);
});

test('a call without the key of the called journey fails at once, with the reason, and lies among the dead letters', async () => {
  const app = await start(await callingAssembly());
  await app.send(order('order/placed', { forgetful: true }));
  const [outcome] = await app.outcomes('checkout', 'o-1');
  expect(outcome).toContain("InvokeRefused: Journey 'charge-card' refuses the call: it has no text");
  expect(outcome).toContain('[MissingKey]');
  expect(told(app)).toEqual([
    'sojourn/invoked.charge-card',
    'sojourn/returned.checkout',
    'sojourn/revoked.charge-card',
  ]);
  // As where it returns, and the revocation of what another delivery of the call may have begun.
  expect(app.cost('checkout', 'o-1')).toMatchObject({
    writeUnits: 4,
    readUnits: 3,
    calls: { 'events:PutEvents': 2, 'scheduler:CreateSchedule': 1, 'scheduler:DeleteSchedule': 1 },
  });
  // Lambda tries twice more; each time the caller is told, which is over.
  await app.advance(hourMs);
  expect(told(app).filter((name) => name === 'sojourn/returned.checkout')).toHaveLength(3);
  expect(app.cost('checkout', 'o-1')).toMatchObject({ writeUnits: 6, readUnits: 5 });
  expect([app.sandbox.deadLetters().length, app.sandbox.schedules()]).toEqual([1, []]);
});
