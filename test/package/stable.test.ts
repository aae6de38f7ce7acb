/** What users rely on by name stays: removing one is a major change (docs/stability.md). `UPDATE_STABLE=1` writes what was added. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../tidy/source.js';
import { type Stable, stableNames } from './stable.js';
import { surfaceOf } from './surface.js';

const golden = path.join(repository, 'test/package/stable.json');

const isMajor = 'this is a major change: users rely on it. Keep it (deprecate it first), or see docs/stability.md';
const isNew = 'it is new: read it once as if it stood for ever, then UPDATE_STABLE=1 npx jest test/package/stable';

/** One sentence for each name that is only in one of the two. An option that becomes optional is no change to users. */
function changes(before: Stable, now: Stable): { readonly gone: string[]; readonly added: string[] } {
  const missing = (from: Stable, to: Stable, say: string) =>
    Object.entries(from).flatMap(([kind, names]) => {
      const others = new Set(to[kind] ?? []);
      return names.filter((name) => !others.has(name)).map((name) => `${kind}: ${name}; ${say}`);
    });
  return { gone: missing(before, now, isMajor), added: missing(now, before, isNew) };
}

describe('the names that users rely on', () => {
  let now: ReturnType<typeof stableNames>;
  let before: Stable;
  beforeAll(() => {
    now = stableNames();
    before = JSON.parse(readFileSync(golden, 'utf8')) as Stable;
    if (process.env.UPDATE_STABLE) writeFileSync(golden, `${JSON.stringify(now.stable, undefined, 2)}\n`);
  }, 120_000);

  test('stay', () => {
    expect(changes(before, now.stable).gone).toEqual([]);
  });

  test('are written down', () => {
    expect(Object.values(now.stable).every((names) => names.length > 3)).toBe(true);
    if (!process.env.UPDATE_STABLE) expect(changes(before, now.stable).added).toEqual([]);
  });

  test('include every type that a public signature names, so that users can name it too', () => {
    expect(now.unnamed).toEqual([]);
  });

  test('fails when one is gone, and tells what is new', () => {
    const was = { command: ['dev', 'runs --status'], gone: ['a'] };
    expect(changes(was, { command: ['dev', 'runs --state'] })).toEqual({
      gone: [`command: runs --status; ${isMajor}`, `gone: a; ${isMajor}`],
      added: [`command: runs --state; ${isNew}`],
    });
  });
});

describe('the reading of exports', () => {
  const texts = new Map([
    [
      'lib/a.ts',
      "import { type B } from './b.js';\nexport interface A { readonly b?: B; c(): void }\nexport const a = (): B => 1;",
    ],
    ['lib/b.ts', 'export type B = 1;\nexport class C { private d = 1; protected e = 1; static f(): void {} }'],
  ]);

  test('has members, and types that are named and not exported', () => {
    expect(surfaceOf({ a: 'lib/a' }, texts)).toEqual({
      names: { a: ['A', 'A.b?', 'A.c', 'a'] },
      unnamed: ["A of 'a' names B, which no entry exports", "a of 'a' names B, which no entry exports"],
    });
  });

  test('leaves out what is private, and what another entry exports', () => {
    const { names, unnamed } = surfaceOf({ a: 'lib/a', b: 'lib/b' }, texts);
    expect(names.b).toEqual(['B', 'C', 'C.f']);
    expect(unnamed).toEqual([]);
  });
});
