/**
 * A page of commands and answers: shell blocks, each perhaps followed by what it answers.
 *
 * Owns: reading such a page and comparing an answer with it. Runs nothing.
 * Invariant: `...` stands for anything; all else must be equal, and a block without an answer on the page must say nothing.
 */

export interface PageBlock {
  /** Where it begins. */
  readonly line: number;
  readonly commands: string;
  readonly answer: { readonly kind: 'json' | 'text'; readonly text: string } | undefined;
}

export function readBlocks(page: string): PageBlock[] {
  const fences = [...page.matchAll(/^```(sh|json|text)\n([\s\S]*?)\n```$/gm)].map((match) => ({
    kind: match[1] as 'sh' | 'json' | 'text',
    text: match[2]!,
    line: page.slice(0, match.index).split('\n').length + 1,
  }));
  return fences.flatMap(({ kind, text, line }, index) => {
    if (kind !== 'sh') return [];
    const next = fences[index + 1];
    const answer = next === undefined || next.kind === 'sh' ? undefined : { kind: next.kind, text: next.text };
    return [{ line, commands: text, answer }];
  });
}

/** @returns what differs, or undefined when the answer is what the page says. */
export function differenceOf({ answer }: PageBlock, got: string): string | undefined {
  const differs = `  the page says ${answer?.text ?? 'nothing'}\n  the command said ${got}`;
  if (answer === undefined) return got === '' ? undefined : differs;
  if (answer.kind === 'text') return matchesText(answer.text, got, true) ? undefined : differs;
  try {
    return matches(JSON.parse(answer.text), JSON.parse(got)) ? undefined : differs;
  } catch {
    return differs;
  }
}

function matches(expected: unknown, got: unknown): boolean {
  if (expected === '...') return got !== undefined;
  if (typeof expected === 'string') return typeof got === 'string' && matchesText(expected, got, false);
  if (Array.isArray(expected)) {
    return Array.isArray(got) && got.length === expected.length && expected.every((item, at) => matches(item, got[at]));
  }
  if (typeof expected !== 'object' || expected === null) return expected === got;
  if (typeof got !== 'object' || got === null || Array.isArray(got)) return false;
  const [wanted, given] = [expected as Record<string, unknown>, got as Record<string, unknown>];
  const names = Object.keys(wanted);
  return names.length === Object.keys(given).length && names.every((name) => matches(wanted[name], given[name]));
}

/** @param loose lines may be broken elsewhere, and more may follow an expectation that breaks off. */
function matchesText(expected: string, got: string, loose: boolean): boolean {
  const squeezed = (text: string) => (loose ? text.trim().replace(/\s+/g, ' ') : text);
  const pattern = squeezed(expected)
    .split('...')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^]*');
  return new RegExp(`^${pattern}$`).test(squeezed(got));
}
