/** The sales story without code, on the stack that `cdk deploy -c sales=declared` would deploy. */
import { appAssembly, beforehand, declaredSalesAssembly } from './assembly.js';
import { type AppEvent, dayMs, expectNothingLeft, hourMs, type Stand, start } from './stand.js';

beforehand(declaredSalesAssembly);

const journey = 'sales-follow-up';
const entered = (lead: string): AppEvent => ({ name: 'lead/entered', data: { lead_id: lead } });
const reached = (lead: string): AppEvent => ({ name: 'sales/outreach.logged', data: { lead_id: lead, by: 'Ann' } });

/** One lead that is reached, and one that is forgotten. */
async function play(app: Stand): Promise<void> {
  await app.send(entered('reached-7'), entered('forgotten-8'));
  await app.advance(2 * dayMs);
  await app.send(reached('reached-7'));
  expect(app.recipients()).toEqual([]);
  await app.advance(5 * dayMs + hourMs);
}

test('a lead that is reached gets no reminder; a forgotten one gets the one that the code would send, word for word', async () => {
  const app = await start(await declaredSalesAssembly());
  await play(app);
  expect(await app.outcomes(journey, 'reached-7')).toEqual(['completed: contacted']);
  expect(await app.outcomes(journey, 'forgotten-8')).toEqual(['completed: sales-reminded']);
  expectNothingLeft(app);
  const ofCode = await start(await appAssembly());
  await play(ofCode);
  expect(app.sandbox.outbox()).toHaveLength(1);
  expect(app.sandbox.outbox().map(({ to, from, subject, text }) => ({ to, from, subject, text }))).toEqual(
    ofCode.sandbox.outbox().map(({ to, from, subject, text }) => ({ to, from, subject, text })),
  );
}, 90_000);

test('it costs what its twin in code costs, and one invocation of the function that sends the mail', async () => {
  const app = await start(await declaredSalesAssembly());
  await play(app);
  const ofCode = await start(await appAssembly());
  await play(ofCode);
  for (const key of ['reached-7', 'forgotten-8']) {
    const [mine, its] = [app.cost(journey, key), ofCode.cost(journey, key)];
    expect({ ...mine, calls: undefined }).toEqual({ ...its, calls: undefined });
    const { 'ses:SendEmail': mails, ...calls } = its.calls;
    expect(mine.calls).toEqual({ ...calls, ...(mails && { 'lambda:Invoke': mails }) });
  }
}, 90_000);
