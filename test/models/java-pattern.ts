/**
 * Which regular expressions of Java mean the same in JavaScript.
 *
 * Owns: the constructs of Java that JavaScript reads otherwise or not at all. Knows no service.
 * Invariant: when in doubt a pattern is refused, so that a person looks at it.
 */

const differences: readonly (readonly [construct: RegExp, why: string])[] = [
  [/\\[pP]\{/, 'has a class of Unicode or POSIX (\\p{...})'],
  [/\[[^\]]*&&/, 'has an intersection of classes (&&)'],
  [/\[[^\]\\]*(?:\\.[^\]\\]*)*\[/, 'has a class within a class ([a[b]])'],
  [/\(\?[a-zA-Z-]+[:)]/, 'has an inline flag ((?i))'],
  [/\(\?>|[*+?}]\+/, 'has an atomic group or a possessive quantifier'],
  [/\\[AZzGQEhHRXae]/, 'has an anchor, a quotation or an escape of Java alone'],
  [/\\u[dD][89a-fA-F]/, 'has a surrogate, which needs the u flag'],
  [/\\x\{/, 'has a code point in braces'],
  [/\\s|\\S|\\h|\\v/, 'has white space, which is ASCII in Java and Unicode in JavaScript'],
];

/** @returns why JavaScript would read the pattern otherwise than Java, or undefined when it reads it alike. */
export function unreadable(pattern: string): string | undefined {
  for (const [construct, why] of differences) if (construct.test(pattern)) return why;
  try {
    new RegExp(pattern);
    return undefined;
  } catch (error) {
    return `is none of JavaScript: ${(error as Error).message}`;
  }
}
