/**
 * The text of an `if` as a tree: the part of CEL that can be honoured, and where each piece of it stands.
 *
 * Owns: the grammar. Knows no event and no value, and does not evaluate: that is lib/cel.ts, with a kept CEL library. It
 * is a grammar of its own because a definition is checked where that library is too much to load (decision 034).
 * Invariant: what it accepts, the library reads in the same way (a test holds random expressions against it).
 */
import { limits } from '../../limits.js';
import { FilterMistake, type Place, type Token, tokensOf } from './filter-tokens.js';

export type LiteralType = 'number' | 'string' | 'bool' | 'null';
export type BinaryOperator = '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*' | '/' | '%';

export type FilterNode = Place &
  (
    | { readonly kind: 'literal'; readonly type: LiteralType }
    /** `async.data.items[0].sku`: whatever is named without computing. */
    | { readonly kind: 'path'; readonly root: string; readonly segments: readonly (string | number)[]; dotted: boolean }
    | { readonly kind: 'index'; readonly of: FilterNode; readonly index: FilterNode }
    | { readonly kind: 'select'; readonly of: FilterNode; readonly field: string }
    | { readonly kind: 'not' | 'minus'; readonly of: FilterNode }
    | {
        readonly kind: 'binary';
        readonly operator: BinaryOperator;
        readonly left: FilterNode;
        readonly right: FilterNode;
      }
    | { readonly kind: 'choice'; readonly test: FilterNode; readonly yes: FilterNode; readonly no: FilterNode }
    | { readonly kind: 'list'; readonly items: readonly FilterNode[] }
    | {
        readonly kind: 'call';
        readonly name: string;
        readonly receiver?: FilterNode;
        readonly args: readonly FilterNode[];
      }
  );

export type PathNode = Extract<FilterNode, { kind: 'path' }>;

/** By precedence, weakest first. */
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '<', '<=', '>', '>=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
];

const comparisons = 2;

const words = ['true', 'false', 'null', 'in'];

/** @throws FilterMistake */
export function parseFilter(text: string): FilterNode {
  if (text.length > limits.filterChars) {
    const why = `it has ${text.length} characters, more than ${limits.filterChars}`;
    throw new FilterMistake(`${text.slice(0, 40)}...`, why, 'compute the value before, and compare that');
  }
  return new Parser(text).whole();
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private nodes = 0;
  private depth = 0;
  private readonly bracketed = new Set<FilterNode>();

  constructor(private readonly text: string) {
    this.tokens = tokensOf(text);
  }

  whole(): FilterNode {
    const node = this.choice();
    if (this.token.kind !== 'end') throw this.unexpected('an operator, or the end');
    return node;
  }

  private get token(): Token {
    return this.tokens[this.at]!;
  }

  private choice(): FilterNode {
    this.depth += 1;
    if (this.depth > limits.filterLevels) {
      throw new FilterMistake(this.token.text, `it is nested more than ${limits.filterLevels} levels`, 'flatten it');
    }
    const test = this.binary(0);
    let node = test;
    if (this.takes('?')) {
      const yes = this.binary(0);
      this.expect(':');
      const no = this.choice();
      node = this.made({ kind: 'choice', test, yes, no, start: test.start, end: no.end });
    }
    this.depth -= 1;
    return node;
  }

  private binary(level: number): FilterNode {
    const operators = levels[level];
    if (!operators) return this.unary();
    let left = this.binary(level + 1);
    while (operators.includes(this.token.text) && this.token.kind !== 'string') {
      if (
        level === comparisons &&
        left.kind === 'binary' &&
        operators.includes(left.operator) &&
        !this.bracketed.has(left)
      ) {
        const why = 'two comparisons stand in a row, which are read in more than one way';
        throw new FilterMistake(this.text.slice(left.start, this.token.end), why, 'put one of them in brackets');
      }
      const operator = this.token.text as BinaryOperator;
      this.at += 1;
      const right = this.binary(level + 1);
      left = this.made({ kind: 'binary', operator, left, right, start: left.start, end: right.end });
    }
    return left;
  }

  private unary(): FilterNode {
    const { start, text } = this.token;
    if (!this.takes('!') && !this.takes('-')) return this.member();
    if (this.isSign(text)) {
      throw new FilterMistake(`${text}${this.token.text}`, 'a sign stands twice', 'leave both out');
    }
    const of = this.unary();
    return this.made({ kind: text === '!' ? 'not' : 'minus', of, start, end: of.end });
  }

  private member(): FilterNode {
    let node = this.primary();
    while (true) {
      if (this.takes('.')) node = this.selected(node);
      else if (this.takes('[')) node = this.indexed(node);
      else return node;
    }
  }

  private selected(of: FilterNode): FilterNode {
    const field = this.token;
    if (field.kind !== 'name' || words.includes(field.text)) throw this.unexpected('the name of a field');
    this.at += 1;
    const place = { start: of.start, end: field.end };
    if (this.takes('(')) {
      const args = this.list(')');
      return this.made({ kind: 'call', name: field.text, receiver: of, args, ...place, end: this.before.end });
    }
    if (of.kind === 'path') return { ...of, segments: [...of.segments, field.text], ...place };
    return this.made({ kind: 'select', of, field: field.text, ...place });
  }

  private indexed(of: FilterNode): FilterNode {
    const { kind, text } = this.token;
    const index = this.choice();
    this.expect(']');
    const place = { start: of.start, end: this.before.end };
    const isPlain = index.kind === 'literal' && index.end - index.start === text.length && !text.includes('\\');
    if (of.kind === 'path' && isPlain && kind === 'string')
      return { ...of, segments: [...of.segments, text.slice(1, -1)], dotted: false, ...place };
    if (of.kind === 'path' && isPlain && /^\d+$/.test(text))
      return { ...of, segments: [...of.segments, Number(text)], dotted: false, ...place };
    return this.made({ kind: 'index', of, index, ...place });
  }

  private primary(): FilterNode {
    const { token } = this;
    const { kind, start, end } = token;
    if (kind === 'number' || kind === 'string') {
      this.at += 1;
      return this.made({ kind: 'literal', type: kind, start, end });
    }
    if (kind === 'name') {
      this.at += 1;
      return this.named(token);
    }
    if (this.takes('[')) return this.made({ kind: 'list', items: this.list(']'), start, end: this.before.end });
    if (!this.takes('(')) throw this.unexpected('a value');
    const inner = this.choice();
    this.expect(')');
    const node = { ...inner, start, end: this.before.end };
    this.bracketed.add(node);
    return node;
  }

  private named({ start, end, text }: Token): FilterNode {
    if (text === 'true' || text === 'false') return this.made({ kind: 'literal', type: 'bool', start, end });
    if (text === 'null') return this.made({ kind: 'literal', type: 'null', start, end });
    if (text === 'in') {
      this.at -= 1;
      throw this.unexpected('a value');
    }
    if (this.takes('(')) {
      const args = this.list(')');
      return this.made({ kind: 'call', name: text, args, start, end: this.before.end });
    }
    return this.made({ kind: 'path', root: text, segments: [], dotted: true, start, end });
  }

  private list(close: string): FilterNode[] {
    const items: FilterNode[] = [];
    if (this.takes(close)) return items;
    do items.push(this.choice());
    while (this.takes(','));
    this.expect(close);
    return items;
  }

  private get before(): Token {
    return this.tokens[this.at - 1]!;
  }

  private isSign(text: string): boolean {
    return this.token.kind === 'sign' && this.token.text === text;
  }

  private takes(sign: string): boolean {
    if (!this.isSign(sign)) return false;
    this.at += 1;
    return true;
  }

  private expect(sign: string): void {
    if (!this.takes(sign)) throw this.unexpected(`'${sign}'`);
  }

  private made<Node extends FilterNode>(node: Node): Node {
    this.nodes += 1;
    if (this.nodes <= limits.filterNodes) return node;
    const why = `it has more than ${limits.filterNodes} values and operators`;
    throw new FilterMistake(this.text.slice(node.start, node.end), why, 'compute the value before, and compare that');
  }

  private unexpected(expected: string): FilterMistake {
    const { kind, text } = this.token;
    const part = kind === 'end' ? 'its end' : text;
    return new FilterMistake(part, `${expected} was expected there`, `correct it: ${this.text}`);
  }
}
