/**
 * How a construct says that its author made a mistake: what, got, expected, fix, and the path of the construct.
 *
 * Invariant: it is thrown at synth, before anything is deployed, and it names everything that is needed to mend it.
 */
import { type IConstruct, Node } from 'constructs';

export interface Mistake {
  readonly what: string;
  /** Left out where there is nothing to show. */
  readonly got?: unknown;
  readonly expected: string;
  readonly fix: string;
}

export class JourneyConstructError extends Error {
  /** @param mistake or a text that says all of that already. */
  constructor(scope: IConstruct, mistake: Mistake | string) {
    super(`${typeof mistake === 'string' ? mistake : sentence(mistake)} (at ${Node.of(scope).path})`);
    this.name = 'JourneyConstructError';
  }
}

/** The same, without a path, for where the CDK adds it (`node.addValidation`). */
export function sentence({ what, got, expected, fix }: Mistake): string {
  const shown = got === undefined ? '' : ` Got: ${typeof got === 'string' ? got : JSON.stringify(got)}.`;
  return `${what}${shown} Expected: ${expected}. Fix: ${fix}.`;
}
