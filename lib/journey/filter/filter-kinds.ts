/**
 * The kinds of values in an `if`: that what is put together goes together, and that the whole is true or false.
 *
 * Owns: how kinds go together. Takes only what filter-check.ts has let pass.
 */
import { type FunctionShape, functions, type Kind, macros, methods } from './filter-functions.js';
import type { FilterNode, PathNode } from './filter-syntax.js';
import { FilterMistake } from './filter-tokens.js';

/** @throws FilterMistake */
export function checkKinds(ast: FilterNode, text: string): void {
  const kind = new Kinds(text).kindOf(ast);
  if (kind !== 'bool' && kind !== 'dyn')
    throw new FilterMistake(text, `it gives a ${kind}, not true or false`, 'compare it with something');
}

/** Data can be anything; the rest of an event is text. */
function pathKind({ root, segments }: PathNode): Kind {
  return (root === 'event' || root === 'async') && segments[0] !== 'data' ? 'string' : 'dyn';
}

class Kinds {
  constructor(private readonly text: string) {}

  kindOf(node: FilterNode): Kind {
    switch (node.kind) {
      case 'literal':
        return node.type;
      case 'path':
        return pathKind(node);
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

  private function(node: Extract<FilterNode, { kind: 'call' }>): Kind {
    return node.name === 'has' ? 'bool' : this.called(node, functions[node.name]!);
  }

  private method(node: Extract<FilterNode, { kind: 'call' }>, receiver: FilterNode): Kind {
    if (macros.includes(node.name)) return this.expect(node.args[1]!, ['bool', 'dyn'], 'bool');
    const shape = methods[node.name]!;
    const kinds: readonly Kind[] = shape.of === 'dyn' ? ['string', 'list', 'dyn'] : [shape.of];
    // What data are is not known before an event is there; a time is never data, which is JSON.
    this.expect(receiver, shape.of === 'string' ? [...kinds, 'dyn'] : kinds);
    return this.called(node, shape);
  }

  private called(node: Extract<FilterNode, { kind: 'call' }>, { takes, gives }: FunctionShape): Kind {
    const { args, name } = node;
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

  private binary(node: Extract<FilterNode, { kind: 'binary' }>): Kind {
    const { operator, left, right } = node;
    switch (operator) {
      case '||':
      case '&&':
        this.expect(left, ['bool', 'dyn']);
        return this.expect(right, ['bool', 'dyn'], 'bool');
      case 'in':
        this.kindOf(left);
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
