/**
 * The sandbox's event patterns against what the real aws/event-ruler answered (make-vectors.ts).
 *
 * Each pattern is one test: it is refused by both, or matches exactly the same events.
 */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compileEventPattern } from '../../lib/sandbox/bus/pattern.js';
import { type Difference, differences } from './differences.js';
import { type Answer, questions, type Vectors } from './vectors.js';

const vectors: Vectors = JSON.parse(readFileSync(path.join(__dirname, 'vectors.json'), 'utf8'));

test('the vectors answer what is asked today', () => {
  expect(
    vectors.suites.map(({ name, events, answers }) => ({ name, events, patterns: answers.map((a) => a.pattern) })),
  ).toEqual(questions);
});

function judged(pattern: string, events: readonly string[]): readonly number[] | 'refused' {
  let matches: ReturnType<typeof compileEventPattern>;
  try {
    matches = compileEventPattern(pattern);
  } catch {
    return 'refused';
  }
  return events.flatMap((event, index) => (matches(JSON.parse(event)) ? [index] : []));
}

/** How the two answers differ: events that only one of them matches. */
function differenceOf(events: readonly string[], answer: Answer): Difference {
  const ours = judged(answer.pattern, events);
  const theirs = 'matches' in answer ? answer.matches : 'refused';
  const only = (some: typeof ours, others: typeof ours) =>
    some === 'refused' ? [] : some.filter((place) => !others.includes(place as never)).map((place) => events[place]!);
  const refusedBy =
    ours === theirs
      ? {}
      : { ...(ours === 'refused' && { refusedBy: 'us' }), ...(theirs === 'refused' && { refusedBy: 'the ruler' }) };
  if (ours === 'refused' || theirs === 'refused') return { onlyOurs: [], onlyRuler: [], ...refusedBy };
  return { onlyOurs: only(ours, theirs), onlyRuler: only(theirs, ours) };
}

describe.each(vectors.suites)('$name: our matcher answers as the ruler does', ({ events, answers }) => {
  test.each(answers.map((answer) => [answer.pattern, answer] as const))('%s', (pattern, answer) => {
    const known = differences.find((one) => one.pattern === pattern)?.difference;
    expect(differenceOf(events, answer)).toEqual(known ?? { onlyOurs: [], onlyRuler: [] });
  });
});
