/**
 * The text of an `if` as tokens, and what is said of a part that cannot be read or honoured.
 *
 * Owns: what a name, a number and a text are. Knows no grammar (filter-syntax.ts).
 * Invariant: each character of the text is in a token or is white space between two; what is neither is refused.
 */

export interface Place {
  /** First character of the piece, and the one behind it; with its brackets, where it has some. */
  readonly start: number;
  readonly end: number;
}

/** What cannot be read, or not be honoured: the part of the text, and what is wrong with it. */
export class FilterMistake extends Error {
  constructor(
    readonly part: string,
    readonly why: string,
    readonly fix: string,
  ) {
    super(why);
  }
}

type TokenKind = 'name' | 'number' | 'string' | 'sign' | 'end';

export interface Token extends Place {
  readonly kind: TokenKind;
  readonly text: string;
}

const tokenShapes: readonly (readonly [TokenKind | 'space', RegExp])[] = [
  ['space', /[ \t\r\n]+/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['number', /0x[0-9A-Fa-f]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ['string', /"(?:[^"\\\r\n]|\\(?:[\\'"nrt]|u[0-9A-Fa-f]{4}))*"|'(?:[^'\\\r\n]|\\(?:[\\'"nrt]|u[0-9A-Fa-f]{4}))*'/y],
  ['sign', /\|\||&&|==|!=|<=|>=|[<>+\-*/%!?:.,()[\]]/y],
];

/** @returns the tokens, and one behind them. @throws FilterMistake */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const token = tokenAt(text, at);
    if (!token) throw new FilterMistake(text.slice(at, at + 12), 'this is not read', unread(text, at));
    at = token.end;
    if (token.kind === 'space') continue;
    tokens.push(token as Token);
    assertApart(tokens, text);
  }
  return [...tokens, { kind: 'end', text: '', start: at, end: at }];
}

function tokenAt(text: string, at: number): (Place & { kind: TokenKind | 'space'; text: string }) | undefined {
  for (const [kind, shape] of tokenShapes) {
    shape.lastIndex = at;
    const found = shape.exec(text);
    if (found) return { kind, text: found[0], start: at, end: at + found[0].length };
  }
  return undefined;
}

/** `r"x"`, `5u` and `"""x"""` are CEL, and other values than their parts. */
function assertApart(tokens: readonly Token[], text: string): void {
  const [before, token] = tokens.slice(-2);
  if (!before || !token || before.end !== token.start) return;
  const glued = ['name', 'number', 'string'];
  if (!glued.includes(before.kind) || !glued.includes(token.kind)) return;
  const part = text.slice(before.start, token.end);
  throw new FilterMistake(part, 'values of this kind are not read', "write texts as 'x', numbers as 5 or 1.5");
}

function unread(text: string, at: number): string {
  const character = text[at];
  if (character === '"' || character === "'")
    return 'end the text with its quote; escapes are \\\\ \\\' \\" \\n \\r \\t \\u00e9';
  if (character === '{') return 'compare fields one by one';
  if (character === '&' || character === '|' || character === '=') return 'write && for and, || for or, == for equal';
  return 'leave it out';
}
