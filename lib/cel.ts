/**
 * CEL by a kept library: the one file that knows which (docs/decisions/034).
 *
 * Owns: the library's settings, how JSON's numbers go with CEL's, and what its failures are called. Knows no event and no
 * journey; which part of CEL an author may use is checked before (lib/journey/filter/filter-check.ts). Loaded only by journeys that filter.
 */
import { Environment, EvaluationError } from '@marcbachmann/cel-js';
import { limits } from './limits.js';

export type CelValue =
  | { readonly value: boolean }
  /** `code` is one of a few words, `part` stands in the expression: nothing of what was evaluated. */
  | { readonly failed: string; readonly part: string };

export type CelExpression = (context: Readonly<Record<string, unknown>>) => CelValue;

/** @throws what the library makes of a text that is not CEL. */
export function compile(text: string, variables: readonly string[]): CelExpression {
  const evaluate = environmentOf(variables).parse(text);
  return (context) => {
    try {
      const value: unknown = evaluate(context);
      return typeof value === 'boolean' ? { value } : { failed: 'not_bool', part: text };
    } catch (error) {
      // Whatever a library throws, an event that cannot be judged must not keep its journey from going on.
      if (!(error instanceof EvaluationError)) return { failed: 'error', part: text };
      const { start, end } = error.range ?? { start: 0, end: text.length };
      return { failed: error.code, part: text.slice(start, end) };
    }
  };
}

const environments = new Map<string, Environment>();

function environmentOf(variables: readonly string[]): Environment {
  const name = variables.join();
  const known = environments.get(name);
  if (known) return known;
  const made = newEnvironment();
  for (const variable of variables) made.registerVariable(variable, 'dyn');
  environments.set(name, made);
  return made;
}

/**
 * JSON has one kind of number, which CEL reads as double; whole numbers in an expression are int, and CEL knows no `double + int`.
 * So that `async.data.amount + 1 > 100` means what it says, the two go together in arithmetic, as they do in comparisons.
 */
function newEnvironment(): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: false,
    limits: {
      maxAstNodes: 8 * limits.filterNodes,
      maxDepth: 12 * limits.filterLevels,
      maxListElements: limits.filterNodes,
      maxMapEntries: 1,
      maxCallArguments: 2,
    },
  });
  for (const [operator, calculate] of Object.entries(arithmetic)) {
    const mixed = (a: number | bigint, b: number | bigint): number => calculate(Number(a), Number(b));
    environment.registerOperator(`double ${operator} int`, mixed).registerOperator(`int ${operator} double`, mixed);
  }
  environment.registerOperator('double % double', arithmetic['%']);
  environment.registerOperator('int == double', (a: bigint, b: number) => Number(a) === b);
  return environment;
}

const arithmetic = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  '%': (a: number, b: number) => a % b,
};
