/**
 * The TypeScript examples of a page, as modules that compile and run.
 *
 * Owns: what makes an example of a page's text. A `ts` block is a module of its own. What readers need not see stands in
 * comments beside it: `<!-- given: code -->` above it, `<!-- then: code -->` below it, and `<!-- continues -->` above a block that
 * goes on where the one before it ended. `console.log(x); // value` says what is logged; `...` in the value stands for more.
 * A block that is not run says why: "```ts not run: reason" is compiled, "```ts not compiled: reason" is not even that.
 * Invariant: a line of a module is the same line of its page, so that every complaint says where to look.
 */
import ts from 'typescript';
import type { Page } from './pages.js';

export interface Example {
  readonly page: string;
  /** Of its first block's first line of code, from 1. */
  readonly line: number;
  /** The module's text. */
  readonly text: string;
  readonly mark: 'run' | 'not run' | 'not compiled';
  /** Why it is not run or not compiled. */
  readonly reason: string;
}

/** What stands in an info string behind `ts`. */
const marks = /^(?:ts|typescript)(?:\s+(?<mark>not run|not compiled)(?::\s*(?<reason>.*))?|\s+(?<other>.*))?$/;

const parts =
  /^<!-- (?<word>given|then):\n(?<hidden>[\s\S]*?)^-->$|^<!-- (?<continues>continues) -->$|^(?<fence>`{3,})(?<info>[^\n`]*)\n(?<shown>[\s\S]*?)^\k<fence>$/gm;

interface Piece {
  /** Where it begins in the page's text. */
  readonly start: number;
  readonly code: string;
}

/** @throws Error for a block whose mark is not understood or has no reason, and for a comment that belongs to no block. */
export function examplesOf(page: Page): Example[] {
  const reader = new Reader(page);
  for (const match of page.text.matchAll(parts)) reader.read(match);
  return reader.end();
}

/** Reads a page's parts from above to below. */
class Reader {
  private readonly examples: Example[] = [];
  private open: (Omit<Example, 'text'> & { readonly pieces: Piece[] }) | undefined;
  private given: Piece | undefined;
  private continues = false;

  constructor(private readonly page: Page) {}

  read(match: RegExpExecArray): void {
    const { word, hidden, continues, shown } = match.groups ?? {};
    const piece = { start: match.index + match[0].indexOf('\n') + 1, code: hidden ?? shown ?? '' };
    if (continues) this.continues = true;
    else if (word === 'given') this.given = piece;
    else if (word === 'then') this.below(piece);
    else this.block(match, piece);
  }

  end(): Example[] {
    this.close();
    if (this.given || this.continues)
      this.mistake(this.page.text.length, 'a "given" or "continues" stands above no ts block');
    return this.examples;
  }

  private below(piece: Piece): void {
    if (!this.open) this.mistake(piece.start, 'a "then" stands below no ts block');
    this.open?.pieces.push(piece);
  }

  private block(match: RegExpExecArray, piece: Piece): void {
    const marked = marks.exec(match.groups?.info?.trim() ?? '');
    if (!marked) {
      if (this.given || this.continues) this.mistake(match.index, 'a "given" or "continues" stands above no ts block');
      this.close();
      return;
    }
    if (!this.continues) this.close();
    else if (!this.open) this.mistake(match.index, 'it continues no ts block');
    const { file, text } = this.page;
    const line = lineAt(text, piece.start);
    this.open ??= { page: file, line, ...markOf(marked.groups, `${file}:${line - 1}`), pieces: [] };
    this.open.pieces.push(...(this.given ? [this.given] : []), piece);
    this.given = undefined;
    this.continues = false;
  }

  private close(): void {
    if (this.open) this.examples.push({ ...this.open, text: padded(this.page.text, this.open.pieces) });
    this.open = undefined;
  }

  private mistake(index: number, what: string): never {
    throw new Error(`${this.page.file}:${lineAt(this.page.text, index)}: ${what}`);
  }
}

function markOf(groups: RegExpExecArray['groups'], where: string): Pick<Example, 'mark' | 'reason'> {
  const { mark, reason, other } = groups ?? {};
  if (other !== undefined) {
    throw new Error(
      `${where}: "${other}" behind ts says nothing. Fix: "ts", "ts not run: why" or "ts not compiled: why"`,
    );
  }
  if (mark === undefined) return { mark: 'run', reason: '' };
  if (!/\w{3,}/.test(reason ?? '')) throw new Error(`${where}: it says "${mark}", and not why. Fix: "ts ${mark}: why"`);
  return { mark: mark as 'not run' | 'not compiled', reason: reason ?? '' };
}

/** A console.log of an example that says what it logs. */
export interface Shown {
  readonly line: number;
  readonly expected: string;
}

/** Where the text logs with its value in a comment behind it; `at` is where `console.log` stands in the text. */
export function shownIn(text: string): (Shown & { readonly at: number })[] {
  const source = ts.createSourceFile('example.ts', text, ts.ScriptTarget.ESNext, true);
  const found: (Shown & { at: number })[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      const call = node.expression;
      const [, expected] = /^[ \t]*\/\/ (.+)/.exec(text.slice(node.end)) ?? [];
      if (call.expression.getText() === 'console.log' && expected !== undefined) {
        found.push({ at: call.expression.getStart(), line: lineAt(text, call.getStart()), expected: expected.trim() });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** A journey that is never played shows nothing; neither does a story of which nothing is checked. */
export function missingIn(example: Example): string[] {
  if (example.mark !== 'run') return [];
  const says = (what: string) => `${example.page}:${example.line} ${what}`;
  const plays = example.text.includes('createTestWorld(');
  if (/\bcreateJourney\(/.test(example.text) && !plays) {
    return [says('has a journey that nobody plays. Fix: a <!-- then: --> with createTestWorld and what comes of it')];
  }
  if (plays && shownIn(example.text).length === 0 && !/\bassert\b/.test(example.text)) {
    return [says('plays a story and checks nothing. Fix: console.log(...); // what it logs')];
  }
  return [];
}

/** The module as it is run: logs that say what they log become checks, and what a CDK example builds is synthesized. */
export function runnable({ text }: Pick<Example, 'text'>): string {
  let checked = text;
  for (const { at, line, expected } of shownIn(text).reverse()) {
    checked = `${checked.slice(0, at)}shown(${line}, ${JSON.stringify(expected)})${checked.slice(at + 'console.log'.length)}`;
  }
  const tops = [...text.matchAll(/^const (\w+)(?:: \w+)? = new (App|Stack)\(/gm)].map(([, name]) => name);
  const synthesized = tops.length > 0 ? `\n(${tops.at(-1)}.node.root as import('aws-cdk-lib').App).synth();` : '';
  return `${checked}${synthesized}\nexport {};\n`;
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** Only these pieces of the page, on the lines where they stand. */
function padded(text: string, pieces: readonly { start: number; code: string }[]): string {
  let module = '';
  let at = 0;
  for (const { start, code } of pieces) {
    module += text.slice(at, start).replace(/[^\n]/g, '') + code;
    at = start + code.length;
  }
  return module;
}
