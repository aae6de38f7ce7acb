/**
 * Entries for the tests of this directory, written to a temporary directory in which `sojourn` is this repository's.
 *
 * Most of them have a handler that does nothing: what serve(journey) brings along is bundle.test.ts's and app.test.ts's.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

process.env.CDK_VALIDATION = 'false';

const repository = path.resolve(__dirname, '../..');

/** A directory of entries; it is gone after the tests of the file. */
export function entryDirectory(): { write(name: string, text: string): string } {
  const directory = mkdtempSync(path.join(tmpdir(), 'sojourn-entries-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const paths = {
    sojourn: [path.join(repository, 'lib/journey/index.ts')],
    'sojourn/lambda': [path.join(repository, 'lib/aws/serve.ts')],
  };
  writeFileSync(path.join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions: { paths } }));
  return {
    write(name, text) {
      const file = path.join(directory, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
  };
}

export const cart = `
import { createJourney } from 'sojourn';
export const journey = createJourney(
  { id: 'cart', triggers: [{ event: 'cart/product.added' }], key: 'data.cart_id', waitsFor: ['cart/purchased'] },
  async ({ step }) => ({ purchased: await step.waitForEvent('paid', { event: 'cart/purchased', timeout: '24h' }) }),
);
export const handler = async () => {};
`;

export const lead = `
import { createJourney } from 'sojourn';
export const journey = createJourney(
  { id: 'lead', triggers: [{ event: 'lead/entered' }], key: 'data.lead_id', waitsFor: ['lead/called'], replays: true },
  async ({ event, step }) => {
    const called = await step.waitForEvent('called', { event: 'lead/called', timeout: '7d' });
    if (called === null) await step.sendEvent('tell', { name: 'lead/forgotten', data: { lead_id: event.data.lead_id } });
  },
);
export const handler = async () => {};
`;
