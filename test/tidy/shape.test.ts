/** Files and functions stay small, open with what they own, and have names that say something. */
import {
  emptyName,
  exceptions,
  mostFileLines,
  mostFunctionLines,
  staleExceptions,
  tooLong,
  withoutOpening,
} from './shape.js';
import { sourceFiles } from './source.js';

const house = sourceFiles('bin', 'lib', 'lambda');
const named = (text: string, file = 'lib/engine/a.ts') => ({ file, text });
const lines = (count: number) => Array.from({ length: count }, (_, n) => `const x${n} = 1;`).join('\n');

describe('length', () => {
  test('of every file and function of bin, lib and lambda is within its bound', () => {
    expect(house.flatMap((source) => tooLong(source))).toEqual([]);
  });

  test('beyond the bound has a reason, and none of the exceptions is stale', () => {
    expect(staleExceptions(house)).toEqual([]);
    for (const exception of exceptions) expect(exception.reason.length).toBeGreaterThan(30);
  });

  test('at the bound is fine', () => {
    expect(tooLong(named(`${lines(mostFileLines)}\n`))).toEqual([]);
    expect(tooLong(named(`function f() {\n${lines(mostFunctionLines - 2)}\n}`))).toEqual([]);
  });

  test('fails when a file is longer than its bound', () => {
    expect(tooLong(named(lines(mostFileLines + 1)))).toEqual([expect.stringContaining('has 301 lines')]);
  });

  test.each([
    ['f', (body: string) => `function f() {\n${body}\n}`],
    ['f', (body: string) => `const f = async () => {\n${body}\n};`],
    ['f', (body: string) => `class A {\n f() {\n${body}\n}\n}`],
    ['constructor', (body: string) => `class A {\nconstructor() {\n${body}\n}\n}`],
    ['a function without a name', (body: string) => `run(() => {\n${body}\n});`],
  ])('fails when a function is longer than its bound (%s)', (name, around) => {
    expect(tooLong(named(around(lines(mostFunctionLines - 1))))).toEqual([
      expect.stringContaining(`${name} has 61 lines`),
    ]);
  });

  test('fails when an exception is stale', () => {
    const exception = { file: 'lib/engine/a.ts', mostLines: 400, reason: 'one table that is read from top to bottom' };
    expect(tooLong(named(lines(350)), [exception])).toEqual([]);
    expect(staleExceptions([named(lines(350))], [exception])).toEqual([]);
    expect(staleExceptions([named(lines(200))], [exception])).toEqual([exception]);
    expect(staleExceptions([], [exception])).toEqual([exception]);
  });
});

describe('a file of bin, lib and lambda', () => {
  test('opens with a comment that says what it owns', () => {
    expect(house.flatMap(withoutOpening)).toEqual([]);
    expect(withoutOpening(named('#!/usr/bin/env node\n/** The command. */\nrun();'))).toEqual([]);
  });

  test.each(['', 'const x = 1;', '// x\n', '/** */ const x = 1;', 'import x from "y";\n/** Late. */'])(
    'fails when it opens with %j',
    (text) => expect(withoutOpening(named(text))).toHaveLength(1),
  );

  test('has a name that says something', () => {
    expect([...house, ...sourceFiles('test')].flatMap(emptyName)).toEqual([]);
    expect(emptyName({ file: 'lib/engine/commonality.ts' })).toEqual([]);
  });

  test.each([
    'lib/utils.ts',
    'lib/engine/runHelpers.ts',
    'lib/aws/table-manager.ts',
    'lib/util/x.ts',
    'lib/common.mjs',
  ])('fails when it is called %s', (file) => expect(emptyName({ file })).toHaveLength(1));
});
