/** `sojourn cost` of a journey whose events have schemas. */
import { estimate } from '../../bin/command/cost.js';
import { beforehand, typedAssembly } from '../e2e/assembly.js';

beforehand(typedAssembly);

const options = { journey: 'cart', runs: 1_000_000, matched: 1 };
const data = {
  'cart/added': { email: 'a@example.com' },
  'cart/purchased': { total: 5 },
};

test('counts runs whose events fit: 3 write and 2 read units, as without schemas', async () => {
  const { samples } = await estimate(await typedAssembly(), options, data);
  expect(samples).toMatchObject([
    { output: { outcome: 'purchased', total: 5 }, usage: { writeUnits: 3, readUnits: 2 } },
  ]);
}, 60_000);

test('fails for data that does not fit, whatever the event is to the journey, and says where to give it', async () => {
  const assembly = await typedAssembly();
  await expect(estimate(assembly, options, {})).rejects.toThrow(
    'cart refuses cart/added: SchemaMismatch. Fix: give its events the data that they should have: --events <file>',
  );
  await expect(estimate(assembly, options, { 'cart/added': data['cart/added'] })).rejects.toThrow(
    'cart refuses cart/purchased: SchemaMismatch.',
  );
}, 60_000);
