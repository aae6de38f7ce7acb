/** Loaded before an example: what it logs is compared with what it says that it logs, and each of those lines must be reached. */
import { inspect } from 'node:util';
import { isAsWritten } from './written.js';

const waiting = new Set((process.env.SHOWN_LINES ?? '').split(',').filter(Boolean).map(Number));

function shown(line: number, written: string): (...values: readonly unknown[]) => void {
  return (...values) => {
    waiting.delete(line);
    const [value] = values;
    if (values.length === 1 && isAsWritten(value, written)) return;
    throw new Error(`line ${line} logs ${inspect(value, { depth: 8 })}\n    and says that it logs ${written}`);
  };
}

Object.assign(globalThis, { shown });
console.log = () => {};

process.on('exit', (code) => {
  if (code !== 0 || waiting.size === 0) return;
  process.stderr.write(`it never came to line ${[...waiting].join(', ')}\n`);
  process.exitCode = 1;
});
