/** A test as a user of the packed package writes it, without any test runner. */
import { strict as assert } from 'node:assert';
import { createTestWorld } from 'sojourn/testing';
import { journey } from '../lambda/forgotten-cart.js';

async function play(): Promise<void> {
  const world = createTestWorld({ journeys: [journey] });
  const cart = (id: string) => ({ cart_id: id, user: { email: `${id}@example.com` } });
  await world.send({ name: 'cart/product.added', data: cart('forgotten') });
  await world.send({ name: 'cart/product.added', data: cart('bought') });
  await world.advance('3h');
  await world.send({ name: 'cart/purchased', data: { cart_id: 'bought' } });
  await world.advance('24h');
  const outcomes = world.runs('forgotten-cart').map(({ status, output }) => ({ status, output }));
  const reminded = { outcome: 'reminded', to: 'forgotten@example.com', at: '1970-01-01T00:00:00.000Z' };
  assert.equal(outcomes.length, 2);
  for (const output of [reminded, { outcome: 'purchased' }]) {
    assert.ok(
      outcomes.some((run) => run.status === 'completed' && JSON.stringify(run.output) === JSON.stringify(output)),
    );
  }
  process.stdout.write('the story ends well\n');
}

play().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
