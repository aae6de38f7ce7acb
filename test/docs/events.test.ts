/** `sojourn events`: what it prints of an app whose events have schemas of three libraries. `UPDATE_PAGES=1` writes it into docs/events.md. */
import { execFileSync } from 'node:child_process';
import { type CataloguedEvent, catalogueOf, tellEvents } from '../../bin/command/events.js';
import { appAssembly, beforehand, repository, typedAssembly } from '../e2e/assembly.js';
import { printedBlocks, updatePage } from '../inspect/generated.js';

beforehand(typedAssembly);
beforehand(appAssembly);

const sojourn = (...words: readonly string[]): string =>
  execFileSync(process.execPath, ['--import', 'tsx', 'bin/sojourn.ts', ...words], {
    cwd: repository,
    encoding: 'utf8',
    stdio: 'pipe',
  });

test('docs/events.md has what `sojourn events` prints', async () => {
  const printed = sojourn('events', '--assembly', await typedAssembly());
  const block = `\`\`\`text\n${printed}\`\`\``;
  updatePage('docs/events.md', { events: block });
  expect(printedBlocks('docs/events.md')).toEqual({ events: block });
}, 60_000);

test('--json has the same, whole', async () => {
  const { events } = JSON.parse(sojourn('events', '--json', '--assembly', await typedAssembly()));
  expect(events).toEqual(catalogueOf(await typedAssembly()));
  expect(events.map(({ event }: CataloguedEvent) => event)).toEqual([
    'cart/added',
    'cart/emptied',
    'cart/purchased',
    'cart/reminded',
    'sales/asked',
    'sojourn/run.completed',
  ]);
  expect(events[3]).toEqual({
    event: 'cart/reminded',
    starts: ['follow-up'],
    awaitedBy: [],
    cancels: [],
    sentBy: ['cart'],
    schemas: [
      {
        vendor: 'zod',
        journeys: ['cart', 'follow-up'],
        jsonSchema: expect.objectContaining({ type: 'object', required: ['cart_id', 'times'] }),
      },
    ],
  });
}, 60_000);

test('an app whose events have no schemas is catalogued as well', async () => {
  const text = tellEvents(catalogueOf(await appAssembly()));
  expect(text).toContain('cart/purchased\n  awaited by abandoned-cart\n  schema     none\n');
  expect(text).toMatch(/^cart\/product\.added\n {2}starts {5}abandoned-cart.*\n {2}cancels {4}abandoned-cart/m);
});

test('schemas that differ, on two hubs, and those that are not told, say whose they are and why', () => {
  const jsonSchema = { $schema: 'x', type: 'object' };
  const told = { vendor: 'zod', journeys: ['a', 'b'], jsonSchema };
  const untold = { vendor: 'mine', journeys: ['c'], untold: 'no word for it' };
  const event = { event: 'e', starts: ['a'], awaitedBy: [], cancels: [], sentBy: [] };
  expect(tellEvents([{ ...event, schemas: [told, untold] }])).toBe(
    'e\n  starts     a\n  schema     zod, of a, b\n    {\n      "type": "object"\n    }\n' +
      '  schema     mine, of c; not told: no word for it\n',
  );
  expect(tellEvents([])).toBe('the app has no journeys\n');
});
