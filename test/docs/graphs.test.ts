/** The pictures of our journeys in the pages are those that the code draws. `UPDATE_PAGES=1` writes them. */
import { execFileSync } from 'node:child_process';
import { fenced, graphsOf, tellGraphs } from '../../bin/command/graph.js';
import { appAssembly, declaredSalesAssembly, repository } from '../e2e/assembly.js';
import { printedBlocks, updatePage } from '../inspect/generated.js';

const sales = 'sales-follow-up';

let ofCode: Readonly<Record<string, string>>;
let declared: string;
beforeAll(async () => {
  ofCode = graphsOf(await appAssembly());
  declared = graphsOf(await declaredSalesAssembly())[sales]!;
}, 240_000);

test('README.md has the pictures of our five journeys, and of the one that is declared', () => {
  const titled = [...Object.entries(ofCode), [`${sales}, declared`, declared] as const];
  const graphs = titled.map(([title, picture]) => `**${title}**\n\n${fenced(picture)}`).join('\n\n');
  updatePage('README.md', { graphs });
  expect(titled).toHaveLength(6);
  expect(printedBlocks('README.md')).toMatchObject({ graphs });
});

test('docs/declared-journeys.md has the picture of the declared sales story', () => {
  const picture = { 'graph-declared': fenced(declared) };
  updatePage('docs/declared-journeys.md', picture);
  expect(printedBlocks('docs/declared-journeys.md')).toEqual(picture);
});

test('sojourn graph prints all journeys as Markdown, or one as it is', () => {
  expect(tellGraphs(ofCode, sales)).toBe(`${ofCode[sales]}\n`);
  const all = tellGraphs(ofCode, undefined);
  expect(all.match(/^## (.+)$/gm)).toEqual([
    '## abandoned-cart',
    '## activation',
    '## cart-week',
    '## sales-follow-up',
    '## win-back',
  ]);
  expect(all).toContain(fenced(ofCode[sales]!));
});

test('the command draws an assembly that is there, and fails for a journey that is not', async () => {
  const assembly = await declaredSalesAssembly();
  const command = (journey: string): string =>
    execFileSync(
      process.execPath,
      ['--import', 'tsx', 'bin/sojourn.ts', 'graph', '--journey', journey, '--assembly', assembly],
      { cwd: repository, encoding: 'utf8', stdio: 'pipe' },
    );
  expect(command(sales)).toBe(`${declared}\n`);
  expect(() => command('no-such')).toThrow('sojourn: the app has no journey no-such. It has: abandoned-cart');
}, 60_000);

test('fails for a journey that is not there, naming those that are', () => {
  expect(() => tellGraphs(ofCode, 'toString')).toThrow('the app has no journey toString. It has: abandoned-cart,');
});
