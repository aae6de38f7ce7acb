/**
 * What of CEL can be honoured: every function, field and name of an `if` is known and bounded, or is refused by name.
 *
 * Owns: these checks. Knows no journey, and no kinds of values (filter-kinds.ts). Invariant: what passes here costs, evaluated once, at most `limits.filterNodes` steps for each of
 * `limits.filterValues` values; nothing that was written is left out.
 */
import { fields, fieldsOfInngest, functions, kept, macros, methods, refused } from './filter-functions.js';
import type { FilterNode, PathNode } from './filter-syntax.js';
import { FilterMistake } from './filter-tokens.js';

type CallNode = Extract<FilterNode, { kind: 'call' }>;

/**
 * @param roots the events that it may speak of: `event`, and for waits and cancelOn `async`.
 * @throws FilterMistake
 */
export function checkFilter(ast: FilterNode, text: string, roots: readonly string[]): void {
  new Checker(text, roots).check(ast);
}

/** What a node is made of. */
export function partsOf(node: FilterNode): readonly FilterNode[] {
  switch (node.kind) {
    case 'literal':
    case 'path':
      return [];
    case 'index':
      return [node.of, node.index];
    case 'select':
    case 'not':
    case 'minus':
      return [node.of];
    case 'list':
      return node.items;
    case 'choice':
      return [node.test, node.yes, node.no];
    case 'binary':
      return [node.left, node.right];
    case 'call':
      return node.receiver ? [node.receiver, ...node.args] : node.args;
  }
}

class Checker {
  /** Variable of the macro that is being checked. */
  private variable: string | undefined;

  constructor(
    private readonly text: string,
    private readonly roots: readonly string[],
  ) {}

  check(node: FilterNode): void {
    if (node.kind === 'literal') this.literal(node);
    else if (node.kind === 'path') this.path(node);
    else if (node.kind === 'call' && this.isWhole(node)) return;
    if (node.kind === 'binary' && node.operator === 'in') this.search(node);
    for (const part of partsOf(node)) this.check(part);
  }

  private literal(node: Extract<FilterNode, { kind: 'literal' }>): void {
    const written = this.shown(node);
    const isWhole = node.type === 'number' && /^(?:0x[0-9a-f]+|\d+)$/i.test(written);
    if (isWhole && !Number.isSafeInteger(Number(written)))
      throw this.mistake(node, 'JSON cannot tell so large a number from its neighbours', 'compare such ids as texts');
  }

  private path(node: PathNode): void {
    const { root, segments } = node;
    if (root === this.variable) return;
    const [first] = segments;
    if (!this.roots.includes(root)) throw this.unknownRoot(node);
    if (typeof first === 'string' && fields.includes(first)) {
      if (first !== 'data' && segments.length > 1)
        throw this.mistake(node, `${root}.${first} is a text`, 'name a field of data');
      return;
    }
    const instead = first === undefined ? undefined : fieldsOfInngest[String(first)];
    const fix = instead === undefined ? `name one of ${root}.${fields.join(`, ${root}.`)}` : `write ${instead}`;
    throw this.mistake(node, 'an event has no such field', fix);
  }

  private unknownRoot(node: PathNode): FilterMistake {
    if (node.root === 'async')
      return this.mistake(node, 'a trigger has no `async`: it is itself the event that came', 'write event.');
    const known = this.roots.map((root) => `${root}.data`).join(' and ');
    return this.mistake(node, `'${node.root}' is not known`, `it may speak of ${known}; texts have quotes`);
  }

  /** has() and the macros are more than the sum of their parts. @returns whether all of it is checked. */
  private isWhole(node: CallNode): boolean {
    const { name, receiver, args } = node;
    if (receiver && macros.includes(name)) {
      this.macro(node, receiver);
      return true;
    }
    if (!receiver && name === 'has') {
      this.has(node);
      return true;
    }
    const table: Readonly<Record<string, { readonly takes: readonly unknown[] }>> = receiver ? methods : functions;
    if (!Object.hasOwn(table, name)) throw this.unknownCall(node);
    const wanted = table[name]!.takes.length;
    if (args.length === wanted) return false;
    throw this.mistake(node, `${name}() takes ${wanted === 1 ? 'one value' : 'no value'}`, 'correct its brackets');
  }

  private has(node: CallNode): void {
    const [path] = node.args;
    if (node.args.length !== 1 || path?.kind !== 'path' || !path.dotted || path.segments.length === 0)
      throw this.mistake(node, 'has() takes the path of one field', 'write has(async.data.amount)');
    this.path(path);
  }

  private macro(node: CallNode, receiver: FilterNode): void {
    const [variable, body] = node.args;
    if (this.variable !== undefined)
      throw this.mistake(node, 'a comprehension inside of another may take unbounded time', 'ask about one list');
    if (receiver.kind !== 'path')
      throw this.mistake(node, `${node.name}() takes a list of an event`, 'name its path before it');
    this.path(receiver);
    if (node.args.length !== 2 || variable?.kind !== 'path' || variable.segments.length > 0 || kept.test(variable.root))
      throw this.mistake(node, `${node.name}() takes a name and a condition`, "write list.exists(item, item == 'a')");
    this.variable = variable.root;
    this.check(body!);
    this.variable = undefined;
  }

  private unknownCall(node: CallNode): FilterMistake {
    const { name, receiver } = node;
    const known = Object.hasOwn(refused, name) ? refused[name] : undefined;
    if (known) return this.mistake(node, `${name}() is not supported: ${known[0]}`, known[1]);
    const names = receiver ? [...Object.keys(methods), ...macros] : ['has', ...Object.keys(functions)];
    return this.mistake(node, `the function ${name}() is not supported here`, `use one of ${names.join(', ')}`);
  }

  private search(node: Extract<FilterNode, { kind: 'binary' }>): void {
    const { right } = node;
    const isOwn = right.kind === 'list' || (right.kind === 'path' && right.root === this.variable);
    if (this.variable === undefined || isOwn) return;
    throw this.mistake(node, 'a search inside of a comprehension may take unbounded time', 'ask about one list');
  }

  private mistake(node: FilterNode, why: string, fix: string): FilterMistake {
    return new FilterMistake(this.shown(node), why, fix);
  }

  private shown({ start, end }: FilterNode): string {
    return this.text.slice(start, end);
  }
}
