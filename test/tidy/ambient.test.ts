/** The author SDK and the engine are functions of their inputs: nothing ambient in lib/journey and lib/engine. */
import { ambientUses } from './ambient.js';
import { sourceFiles } from './source.js';

const used = (text: string) => ambientUses({ file: 'lib/engine/a.ts', text });

describe('time, randomness, environment, timers and output', () => {
  test('are not reached for in lib/journey and lib/engine', () => {
    const pure = sourceFiles('lib/journey', 'lib/engine');
    expect(pure.length).toBeGreaterThan(0);
    expect(pure.flatMap(ambientUses)).toEqual([]);
  });

  test('may be named in a comment, a string, a type, a property or as an argument', () => {
    expect(used("// Date.now()\nconst text = 'process.env';")).toEqual([]);
    expect(used('const at: Date = new Date(nowMs); Date.parse(text); value instanceof Date;')).toEqual([]);
    expect(used('ports.clock.setTimeout(1); const x = { process: 1 }; interface Y { console: Logger }')).toEqual([]);
    expect(used('Math.ceil(1.5);')).toEqual([]);
  });

  test.each([
    ['Date.now', 'const x = Date.now();'],
    ['Date without a time', 'const x = new Date();'],
    ['Date without a time', 'const x = new Date;'],
    ['Date without a time', 'const x = Date();'],
    ['Date without a time', 'const { now } = Date;'],
    ['Date without a time', 'const x = new Date(2026, 10, 22);'],
    ['performance', 'const x = performance.now();'],
    ['Math.random', 'const x = Math.random();'],
    ['Math as a whole', 'const { random } = Math;'],
    ['crypto.randomUUID', 'const x = crypto.randomUUID();'],
    ['randomUUID', "import { randomUUID } from 'node:crypto';"],
    ['process', 'const x = process.env.HOME;'],
    ['setTimeout', 'setTimeout(() => {}, 1);'],
    ['setInterval', 'const timers = { setInterval };'],
    ['setImmediate', 'await new Promise(setImmediate);'],
    ['console', "console.log('x');"],
    ['globalThis', "globalThis['process'];"],
    ['fetch', "await fetch('http://localhost');"],
  ])('fails when a file uses %s: %s', (what, text) => {
    expect(used(text)).toEqual([expect.stringMatching(new RegExp(`^lib/engine/a\\.ts:1 uses ${what}; .{10,}`))]);
  });
});
