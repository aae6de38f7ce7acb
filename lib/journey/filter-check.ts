/**
 * What of CEL can be honoured: every part of an `if` is known, bounded and of a kind that fits, or is refused by name.
 *
 * Owns: how kinds of values go together. Knows no journey and evaluates nothing.
 * Invariant: what passes here costs, evaluated once, at most `limits.filterNodes` steps for each of `limits.filterValues`
 * values; nothing that was written is left out.
 */
import {
  type FunctionShape,
  fields,
  fieldsOfInngest,
  functions,
  type Kind,
  kept,
  macros,
  methods,
  refused,
} from './filter-functions.js';
import type { FilterNode, PathNode } from './filter-syntax.js';
import { FilterMistake } from './filter-tokens.js';

/**
 * @param roots the events that it may speak of: `event`, and for waits and cancelOn `async`.
 * @throws FilterMistake
 */
export function checkFilter(ast: FilterNode, text: string, roots: readonly string[]): void {
  const kind = new Checker(text, roots).kindOf(ast);
  if (kind !== 'bool' && kind !== 'dyn')
    throw new FilterMistake(text, `it gives a ${kind}, not true or false`, 'compare it with something');
}

class Checker {
  /** Variable of the macro that is being checked. */
  private variable: string | undefined;

  constructor(
    private readonly text: string,
    private readonly roots: readonly string[],
  ) {}

  kindOf(node: FilterNode): Kind {
    switch (node.kind) {
      case 'literal':
        return this.literal(node);
      case 'path':
        return this.path(node);
      case 'index':
        this.expect(node.of, ['list', 'dyn']);
        this.expect(node.index, ['number', 'string', 'dyn']);
        return 'dyn';
      case 'select':
        this.expect(node.of, ['dyn']);
        return 'dyn';
      case 'not':
        return this.expect(node.of, ['bool', 'dyn'], 'bool');
      case 'minus':
        return this.expect(node.of, ['number', 'dyn'], 'number');
      case 'list':
        for (const item of node.items) this.kindOf(item);
        return 'list';
      case 'choice': {
        this.expect(node.test, ['bool', 'dyn']);
        const [yes, no] = [this.kindOf(node.yes), this.kindOf(node.no)];
        return yes === no ? yes : 'dyn';
      }
      case 'call':
        return node.receiver ? this.method(node, node.receiver) : this.function(node);
      case 'binary':
        return this.binary(node);
    }
  }

  private literal(node: Extract<FilterNode, { kind: 'literal' }>): Kind {
    const written = this.shown(node);
    if (
      node.type === 'number' &&
      !/[.eE]/.test(written.replace(/^0x.*/, '0')) &&
      !Number.isSafeInteger(Number(written))
    )
      throw this.mistake(node, 'JSON cannot tell so large a number from its neighbours', 'compare such ids as texts');
    return node.type;
  }

  private path(node: PathNode): Kind {
    const { root, segments } = node;
    if (root === this.variable) return 'dyn';
    const [first] = segments;
    if (!this.roots.includes(root)) throw this.unknownRoot(node);
    if (typeof first === 'string' && fields.includes(first)) {
      if (first !== 'data' && segments.length > 1)
        throw this.mistake(node, `${root}.${first} is a text`, 'name a field of data');
      return first === 'data' ? 'dyn' : 'string';
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

  private function(node: Extract<FilterNode, { kind: 'call' }>): Kind {
    const { name, args } = node;
    if (name === 'has') {
      const [path] = args;
      if (args.length === 1 && path?.kind === 'path' && path.dotted && path.segments.length > 0) {
        this.path(path);
        return 'bool';
      }
      throw this.mistake(node, 'has() takes the path of one field', 'write has(async.data.amount)');
    }
    if (!Object.hasOwn(functions, name)) throw this.unknownCall(node);
    return this.called(node, functions[name]!);
  }

  private method(node: Extract<FilterNode, { kind: 'call' }>, receiver: FilterNode): Kind {
    const { name } = node;
    if (macros.includes(name)) return this.macro(node, receiver);
    if (!Object.hasOwn(methods, name)) throw this.unknownCall(node);
    const shape = methods[name]!;
    const kinds: readonly Kind[] = shape.of === 'dyn' ? ['string', 'list', 'dyn'] : [shape.of];
    // What data are is not known before an event is there; a time is never data, which is JSON.
    this.expect(receiver, shape.of === 'string' ? [...kinds, 'dyn'] : kinds);
    return this.called(node, shape);
  }

  private called(node: Extract<FilterNode, { kind: 'call' }>, { takes, gives }: FunctionShape): Kind {
    const { args, name } = node;
    if (args.length !== takes.length)
      throw this.mistake(
        node,
        `${name}() takes ${takes.length === 1 ? 'one value' : 'no value'}`,
        'correct its brackets',
      );
    for (const [i, arg] of args.entries()) {
      const wanted = takes[i]!;
      if (wanted === 'dyn') this.expectArgument(name, arg);
      else this.expect(arg, [wanted, 'dyn']);
    }
    return gives;
  }

  private expectArgument(name: string, arg: FilterNode): void {
    if (name === 'size') this.expect(arg, ['string', 'list', 'dyn']);
    else if (name === 'string') this.expect(arg, ['number', 'string', 'bool', 'timestamp', 'duration', 'dyn']);
    else this.expect(arg, ['number', 'string', 'dyn']);
  }

  private macro(node: Extract<FilterNode, { kind: 'call' }>, receiver: FilterNode): Kind {
    const [variable, body] = node.args;
    if (this.variable !== undefined)
      throw this.mistake(node, 'a comprehension inside of another may take unbounded time', 'ask about one list');
    if (receiver.kind !== 'path')
      throw this.mistake(node, `${node.name}() takes a list of an event`, 'name its path before it');
    this.path(receiver);
    if (node.args.length !== 2 || variable?.kind !== 'path' || variable.segments.length > 0 || kept.test(variable.root))
      throw this.mistake(node, `${node.name}() takes a name and a condition`, "write list.exists(item, item == 'a')");
    this.variable = variable.root;
    this.expect(body!, ['bool', 'dyn']);
    this.variable = undefined;
    return 'bool';
  }

  private unknownCall(node: Extract<FilterNode, { kind: 'call' }>): FilterMistake {
    const { name, receiver } = node;
    const known = Object.hasOwn(refused, name) ? refused[name] : undefined;
    if (known) return this.mistake(node, `${name}() is not supported: ${known[0]}`, known[1]);
    const names = receiver ? [...Object.keys(methods), ...macros] : ['has', ...Object.keys(functions)];
    return this.mistake(node, `the function ${name}() is not supported here`, `use one of ${names.join(', ')}`);
  }

  private binary(node: Extract<FilterNode, { kind: 'binary' }>): Kind {
    const { operator, left, right } = node;
    switch (operator) {
      case '||':
      case '&&':
        this.expect(left, ['bool', 'dyn']);
        return this.expect(right, ['bool', 'dyn'], 'bool');
      case 'in':
        this.kindOf(left);
        if (this.variable !== undefined && right.kind !== 'list' && !this.isOfVariable(right))
          throw this.mistake(node, 'a search inside of a comprehension may take unbounded time', 'ask about one list');
        return this.expect(right, ['list', 'dyn'], 'bool');
      case '==':
      case '!=':
        this.same(node, this.kindOf(left), this.kindOf(right));
        return 'bool';
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
        return this.arithmetic(node);
      default: {
        const kinds: readonly Kind[] = ['number', 'string', 'timestamp', 'duration', 'dyn'];
        const [one, other] = [this.expectAny(left, kinds), this.expectAny(right, kinds)];
        this.same(node, one, other);
        return 'bool';
      }
    }
  }

  private isOfVariable(node: FilterNode): boolean {
    return node.kind === 'path' && node.root === this.variable;
  }

  private arithmetic(node: Extract<FilterNode, { kind: 'binary' }>): Kind {
    const { operator, left, right } = node;
    const kinds: readonly Kind[] =
      operator === '+'
        ? ['number', 'string', 'list', 'timestamp', 'duration', 'dyn']
        : operator === '-'
          ? ['number', 'timestamp', 'duration', 'dyn']
          : ['number', 'dyn'];
    const [one, other] = [this.expectAny(left, kinds), this.expectAny(right, kinds)];
    const times = ['timestamp', 'duration'];
    if (!times.includes(one) && !times.includes(other)) {
      this.same(node, one, other);
      return one === 'dyn' ? other : one;
    }
    if (one === 'dyn' || other === 'dyn')
      throw this.mistake(node, 'data hold no times, only texts', 'write timestamp(...) around it');
    const result = `${one} ${operator} ${other}`;
    if (result === 'timestamp - timestamp' || /^duration . duration$/.test(result)) return 'duration';
    if (result === 'timestamp - duration' || result === 'timestamp + duration' || result === 'duration + timestamp')
      return 'timestamp';
    throw this.mistake(node, `there is no ${result}`, 'compare times with times');
  }

  private same(node: FilterNode, one: Kind, other: Kind): void {
    if (one === other || one === 'dyn' || other === 'dyn') {
      const time = [one, other].find((kind) => kind === 'timestamp' || kind === 'duration');
      if (one === other || time === undefined) return;
      throw this.mistake(node, `data hold no ${time}, only texts`, `write ${time}(...) around it`);
    }
    throw this.mistake(node, `a ${one} and a ${other} do not go together`, 'use values of one kind');
  }

  private expectAny(node: FilterNode, kinds: readonly Kind[]): Kind {
    const kind = this.kindOf(node);
    if (kinds.includes(kind)) return kind;
    const wanted = kinds.filter((one) => one !== 'dyn').join(', ');
    if (kind === 'dyn')
      throw this.mistake(node, `data hold no ${wanted}, only texts`, `write ${wanted}(...) around it`);
    throw this.mistake(node, `a ${kind} cannot be used there`, `use a ${wanted}`);
  }

  private expect(node: FilterNode, kinds: readonly Kind[], gives: Kind = 'dyn'): Kind {
    this.expectAny(node, kinds);
    return gives;
  }

  private mistake(node: FilterNode, why: string, fix: string): FilterMistake {
    return new FilterMistake(this.shown(node), why, fix);
  }

  private shown({ start, end }: FilterNode): string {
    return this.text.slice(start, end);
  }
}
