/** Every TypeScript example of README.md and docs is run, and does what it says; or it says why it is not run. */
import { examplesOf, missingIn, runnable, shownIn } from './examples.js';
import { type Page, pages } from './pages.js';
import { runExample } from './run-examples.js';
import { isAsWritten } from './written.js';

const examples = pages().flatMap(examplesOf);
const fence = '```';
const page = (text: string): Page => ({ file: 'docs/a.md', text });
const only = (text: string) => examplesOf(page(text))[0]!;

describe('an example of a page', () => {
  const toRun = examples.filter(({ mark }) => mark === 'run');

  test('plays the journey that it defines, and checks what comes of it', () => {
    expect(toRun.length).toBeGreaterThan(8);
    expect(examples.flatMap(missingIn)).toEqual([]);
  });

  test.each(toRun.map((example) => [`${example.page} line ${example.line}`, example] as const))(
    'runs, and logs what it says: %s',
    async (_where, example) => {
      expect(await runExample(example)).toEqual([]);
    },
    150_000,
  );

  test('fails when it throws, when it logs something else, and when it never logs it', async () => {
    const text = [
      `${fence}ts\nthrow new Error('broken');\n${fence}`,
      `${fence}ts\nconsole.log(1 + 1); // 3\n${fence}`,
      `${fence}ts\nif (Date.now() < 0) {\n  console.log(1); // 1\n}\n${fence}`,
    ].join('\n\n');
    const said = await Promise.all(examplesOf(page(text)).map(runExample));
    expect(said).toEqual([
      [expect.stringMatching(/^docs\/a\.md, the example of line 2:[\s\S]*broken/)],
      [expect.stringMatching(/line 6 logs 2\n +and says that it logs 3/)],
      [expect.stringContaining('it never came to line 11')],
    ]);
  }, 60_000);
});

describe('the reading of a page', () => {
  test('puts what readers need not see around a block, each line where it stands in the page', () => {
    const text = `# A\n<!-- given:\nconst a = 1;\n-->\n\n${fence}ts\nlog(a);\n${fence}\n\nText.\n\n<!-- then:\nlog(2);\n-->\n`;
    expect(only(text)).toMatchObject({ page: 'docs/a.md', line: 7, mark: 'run' });
    expect(only(text).text.split('\n')).toEqual([
      '',
      '',
      'const a = 1;',
      '',
      '',
      '',
      'log(a);',
      '',
      '',
      '',
      '',
      '',
      'log(2);',
      '',
    ]);
  });

  test('makes one module of blocks that go on where the one before them ended', () => {
    const text = `${fence}ts\nconst a = 1;\n${fence}\n\n<!-- continues -->\n${fence}ts\nlog(a);\n${fence}\n${fence}ts\nlog(3);\n${fence}\n`;
    expect(examplesOf(page(text)).map((example) => example.text.replace(/\n+/g, ' ').trim())).toEqual([
      'const a = 1; log(a);',
      'log(3);',
    ]);
  });

  test('takes a reason for what is not run or not compiled', () => {
    expect(only(`${fence}ts not run: it asks AWS\nx;\n${fence}`)).toMatchObject({
      mark: 'not run',
      reason: 'it asks AWS',
    });
    expect(only(`${fence}ts not compiled: it shows a mistake\nx;\n${fence}`)).toMatchObject({ mark: 'not compiled' });
  });

  test('fails for a mark without a reason, for another word, and for a hidden part that belongs nowhere', () => {
    expect(() => only(`${fence}ts not run\nx;\n${fence}`)).toThrow('docs/a.md:1: it says "not run", and not why.');
    expect(() => only(`${fence}ts ignore\nx;\n${fence}`)).toThrow('"ignore" behind ts says nothing. Fix: "ts",');
    expect(() => only('<!-- then:\nx;\n-->')).toThrow('a "then" stands below no ts block');
    expect(() => only('<!-- given:\nx;\n-->')).toThrow('stands above no ts block');
    expect(() => only(`<!-- continues -->\n${fence}sh\nls\n${fence}`)).toThrow('stands above no ts block');
  });

  test('fails for a journey that nobody plays, and for a story that checks nothing', () => {
    const unplayed = only(`${fence}ts\ncreateJourney({}, async () => {});\n${fence}`);
    expect(missingIn(unplayed)).toEqual([expect.stringMatching(/^docs\/a\.md:2 has a journey that nobody plays/)]);
    const unchecked = only(`${fence}ts\ncreateTestWorld({ journeys: [createJourney({}, f)] });\n${fence}`);
    expect(missingIn(unchecked)).toEqual([expect.stringContaining('checks nothing')]);
  });

  test('makes a check of a log that says what it logs, and of no other', () => {
    const text = "console.log(a); // { b: 'c' }\nconsole.log(a);\n// console.log(a); // 1\n";
    expect(shownIn(text)).toMatchObject([{ line: 1, expected: "{ b: 'c' }" }]);
    expect(runnable({ text })).toMatch(/^shown\(1, "\{ b: 'c' \}"\)\(a\); .*\nconsole\.log\(a\);/);
  });

  test('synthesizes what an example of the CDK builds', () => {
    expect(runnable({ text: "const stack = new Stack(new App(), 'Shop');\n" })).toContain('(stack.node.root as');
  });
});

describe('a value in a comment', () => {
  test.each([
    ['3', 3],
    ['-1', -1],
    ["'a ... b'", 'a ... b'],
    ['null', null],
    ['undefined', undefined],
    ['...', { any: 1 }],
    ['[]', []],
    ["[{ status: 'completed', ... }, ...]", [{ status: 'completed', id: 1 }, 2]],
    ["{ 'data.x': [1, true], }", { 'data.x': [1, true] }],
    ["'2026-01-01T00:00:00.000Z'", new Date(Date.UTC(2026, 0))],
  ])('is read as JavaScript, with ... for more: %s', (written, value) => {
    expect(isAsWritten(value, written)).toBe(true);
  });

  test.each([
    ['3', '3'],
    ['{ a: 1 }', { a: 1, b: 2 }],
    ['{ a: 1, ... }', { b: 2 }],
    ['[1]', [1, 2]],
    ['[1, ...]', []],
    ['[]', {}],
    ['{}', []],
  ])('fails to be %s where it is another', (written, value) => {
    expect(isAsWritten(value, written)).toBe(false);
  });

  test('fails for what is no literal', () => {
    expect(() => isAsWritten(1, 'the number one')).toThrow('is no literal');
    expect(() => isAsWritten(1, 'f()')).toThrow('is no literal');
  });
});
