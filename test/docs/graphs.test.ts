/** The pictures of our journeys in the pages are those that the code draws. `UPDATE_PAGES=1` writes them. */
import { fenced, graphsOf, tellGraphs } from '../../bin/command/graph.js';
import { appAssembly, declaredSalesAssembly } from '../e2e/assembly.js';
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

test('fails for a journey that is not there, naming those that are', () => {
  expect(() => tellGraphs(ofCode, 'toString')).toThrow('the app has no journey toString. It has: abandoned-cart,');
});
