/** What the product's own functions ask of AWS, in the five stories, in a chain of journeys and after an outage. */

import type { AwsRequest } from '../../lib/sandbox/index.js';
import { findingsOfRequest } from '../../lib/sandbox/models/requests.js';
import { beforehand, chaosAssembly } from '../e2e/assembly.js';
import { type AppEvent, dayMs, hourMs, minuteMs, type Stand, start } from '../e2e/stand.js';

beforehand(chaosAssembly);

/** The credentials of the test's own clients. */
const outside = 'shop';

const event = (name: string, data: object): AppEvent => ({ name, data });
const user = { email: 'a@example.com' };

async function playAll(app: Stand): Promise<void> {
  await app.send(
    event('cart/product.added', { cart_id: 'bought', user }),
    event('cart/product.added', { cart_id: 'forgotten', user }),
    event('basket/product.added', { basket_id: 'b', user }),
    event('user/signed.up', { user_id: 'u', user }),
    event('lead/entered', { lead_id: 'l' }),
    event('user/active', { user_id: 'u', user }),
    event('parcel/ordered', { parcel_id: 'p', user }),
    event('cart/product.added', { user }),
  );
  await app.send(event('cart/purchased', { cart_id: 'bought' }), event('user/active', { user_id: 'u', user }));
  await app.advance(40 * dayMs);
  // An hour without the table: what fell in it is redriven.
  app.sandbox.setFaults({ outage: { service: 'dynamodb', for: '1h' } });
  await app.send(event('cart/product.added', { cart_id: 'late', user }));
  await app.advance(30 * minuteMs);
  app.sandbox.setFaults({});
  await app.advance(6 * hourMs);
}

test('every request of the product’s functions is one that AWS’s models allow, to the last member', async () => {
  const requests: AwsRequest[] = [];
  const app = await start(await chaosAssembly(), { onRequest: (request) => requests.push(request) });
  await playAll(app);
  expect((await app.runs()).filter(({ status }) => status === 'completed').length).toBeGreaterThanOrEqual(6);

  const own = requests.filter(({ accessKeyId }) => accessKeyId !== outside && accessKeyId !== 'SANDBOXINSPECTOR');
  const found = own.map((request) => ({ ...request, ...findingsOfRequest(request) }));
  expect(found.filter(({ violations, unknown }) => violations.length + unknown.length > 0)).toEqual([]);
  // Or nothing was looked at: these are the calls that the product knows.
  const kinds = new Set(own.map(({ service, operation }) => `${service}:${operation}`));
  expect([...kinds]).toEqual(
    expect.arrayContaining([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'events:PutEvents',
      'lambda:Invoke',
      'scheduler:CreateSchedule',
      'scheduler:DeleteSchedule',
      'ses:SendEmail',
      'sqs:ChangeMessageVisibility',
      'sqs:SendMessage',
    ]),
  );
}, 120_000);
