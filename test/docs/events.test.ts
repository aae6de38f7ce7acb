/** `sojourn events`: what it prints of an app whose events have schemas of three libraries. `UPDATE_PAGES=1` writes it into docs/events.md. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type CataloguedEvent, catalogueOf, tellEvents } from '../../bin/command/events.js';
import { bundleEntry } from '../../lib/constructs/bundle.js';
import { appAssembly, beforehand, callingAssembly, repository, typedAssembly } from '../e2e/assembly.js';
import { printedBlocks, updatePage } from '../inspect/generated.js';

beforehand(typedAssembly);
beforehand(appAssembly);
beforehand(callingAssembly);

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
  expect(printedBlocks('docs/events.md')).toMatchObject({ events: block });
}, 60_000);

const address = 'email: z.email() });';
const libraries = {
  "`import * as v from 'valibot'`":
    "import * as v from 'valibot';\nexport const schema = v.object({ id: v.string(), total: v.pipe(v.number(), v.minValue(0)), email: v.pipe(v.string(), v.email()) });",
  "`import * as z from 'zod/mini'`": `import * as z from 'zod/mini';\nexport const schema = z.object({ id: z.string(), total: z.number().check(z.minimum(0)), ${address}`,
  "`import * as z from 'zod'`": `import * as z from 'zod';\nexport const schema = z.object({ id: z.string(), total: z.number().min(0), ${address}`,
  "`import { type } from 'arktype'`":
    "import { type } from 'arktype';\nexport const schema = type({ id: 'string', total: 'number>=0', email: 'string.email' });",
  "`import { z } from 'zod'`": `import { z } from 'zod';\nexport const schema = z.object({ id: z.string(), total: z.number().min(0), ${address}`,
};

test('docs/events.md says how much each library adds to a bundle', () => {
  const directory = mkdtempSync(path.join(repository, '.sojourn', 'sizes-'));
  try {
    const rows = Object.entries(libraries).map(([name, text], at) => {
      const file = path.join(directory, `${at}.ts`);
      writeFileSync(file, text);
      const bundle = bundleEntry(file, { sourceMap: false });
      const files = readdirSync(bundle.directory).map((one) => path.join(bundle.directory, one));
      const bytes = files.reduce((sum, one) => sum + statSync(one).size, 0);
      rmSync(bundle.directory, { recursive: true });
      return `| ${name} | ${Math.round(bytes / 1_024)} KB |`;
    });
    const sizes = ['| | minified |', '|---|---|', ...rows].join('\n');
    updatePage('docs/events.md', { sizes });
    expect(printedBlocks('docs/events.md')).toMatchObject({ sizes });
  } finally {
    rmSync(directory, { recursive: true });
  }
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

test('the events of a call are catalogued with who sends them: the caller, and the called journey its return', async () => {
  const text = tellEvents(catalogueOf(await callingAssembly()));
  const call = (event: string, role: string, sender: string) =>
    `sojourn/${event}\n  ${role}\n  sent by    ${sender}\n  schema     none\n`;
  expect(text).toContain(call('invoked.charge-card', 'starts     charge-card', 'checkout'));
  expect(text).toContain(call('returned.checkout', 'awaited by checkout', 'charge-card'));
  expect(text).toContain(call('revoked.charge-card', 'cancels    charge-card', 'checkout'));
}, 60_000);

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
