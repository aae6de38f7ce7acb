/**
 * How deeply JSON is nested. Whatever writes JSON again gives up some thousand levels down, in the middle of a decision;
 * what is deeper than `limits.nestingLevels` is therefore never taken in, neither with an event nor as a result.
 */
import { limits } from '../../limits.js';

const [quote, backslash] = [0x22, 0x5c];
const [opens, closes] = [new Set([0x5b, 0x7b]), new Set([0x5d, 0x7d])];

/** @param json what JSON.stringify wrote. */
export function isTooDeep(json: string): boolean {
  // Every level has two brackets: most texts are too short to be deep.
  return json.length > 2 * limits.nestingLevels && levelsOf(json) > limits.nestingLevels;
}

function levelsOf(json: string): number {
  let [level, most] = [0, 0];
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === quote) at = endOfText(json, at);
    else if (opens.has(code)) most = Math.max(most, ++level);
    else if (closes.has(code)) level -= 1;
  }
  return most;
}

/** @returns the place of the quote that ends the text which begins at `from`. */
function endOfText(json: string, from: number): number {
  let at = from + 1;
  while (at < json.length && json.charCodeAt(at) !== quote) at += json.charCodeAt(at) === backslash ? 2 : 1;
  return at;
}
