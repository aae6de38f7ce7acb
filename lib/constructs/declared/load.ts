/**
 * The declared steps of an author, loaded: rendered as a declaration, checked, and put beside the interpreter.
 *
 * Owns: the order of that, and what the steps ask of the function. Invariant: the declaration that was checked, by the very
 * interpreter that will run it, is the one that is deployed.
 */
import { Duration, Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { allSteps, type DeclaredJourney } from '../../journey/declared/form.js';
import { interpret } from '../../journey/declared/interpret.js';
import type { JourneyDefinition } from '../../journey/definition.js';
import { JourneyError } from '../../journey/errors.js';
import { limits } from '../../limits.js';
import type { CheckDefinition, JourneyCode } from '../code.js';
import type { DeclaredJourneyProps } from '../journey-props.js';
import { JourneyConstructError } from '../mistake.js';
import { checkedTimes } from '../settings.js';
import { bundleDeclaration } from './bundle.js';
import { declarationOf } from './declaration.js';
import { type InvokedFunction, Rendering } from './rendering.js';
import { checkAgainstSchemas, schemasOf } from './schema.js';

/** @throws JourneyConstructError */
export function loadDeclared(scope: IConstruct, props: DeclaredJourneyProps, check: CheckDefinition): JourneyCode {
  const rendering = new Rendering(scope);
  const declaration = declarationOf(scope, props, rendering);
  const definition = definitionOf(scope, declaration, rendering);
  const schemas = schemasOf(rendering);
  checkAgainstSchemas(rendering, declaration, schemas);
  check(definition, schemas, `'${scope.node.id}'`);
  const stepTimeout = props.stepTimeout ?? timeFor(scope, rendering.invoked);
  const times = checkedTimes(scope, { ...props, ...(stepTimeout && { stepTimeout }) });
  const { directory } = bundleDeclaration(declaration);
  const hasTokens = Object.keys(rendering.deployed).length > 0;
  return {
    ...{
      directory,
      definition,
      schemas,
      declaration,
      times,
      invoked: rendering.invoked,
      warnings: [],
      sourceMap: false,
    },
    sendsEvents: allSteps(declaration.steps).some(({ kind }) => kind === 'send'),
    ...(hasTokens && { deployed: Stack.of(scope).toJsonString(rendering.deployed) }),
  };
}

function definitionOf(scope: IConstruct, declaration: DeclaredJourney, { deployed }: Rendering): JourneyDefinition {
  try {
    return interpret(declaration, { deployed }).definition;
  } catch (error) {
    if (!(error instanceof JourneyError)) throw error;
    throw new JourneyConstructError(scope, `The declared journey cannot work. ${error.message}`);
  }
}

/** Around the invoked function's own time: the call, and the writing of its result. */
const marginS = 5;
/** What Lambda gives a function that says nothing. */
const defaultTimeout = Duration.seconds(3);

/** What must be left of an invocation for the slowest invoked function to end, as far as synth can know. */
function timeFor(scope: IConstruct, invoked: readonly InvokedFunction[]): Duration | undefined {
  const seconds = invoked.map(({ step, fn }) => secondsOf(scope, step, fn) + marginS);
  const most = Math.max(0, ...seconds);
  return most * 1_000 > limits.defaultStepTimeoutMs ? Duration.seconds(most) : undefined;
}

function secondsOf(scope: IConstruct, step: string, fn: IFunction): number {
  const timeout = (fn as { readonly timeout?: Duration }).timeout ?? defaultTimeout;
  if (timeout.isUnresolved()) return 0;
  const mostS = limits.maxStepTimeoutMs / 1_000 - marginS;
  if (timeout.toSeconds() <= mostS) return timeout.toSeconds();
  throw new JourneyConstructError(scope, {
    what: `The function that step '${step}' invokes may take longer than a step.`,
    got: `a timeout of ${timeout.toSeconds()} s`,
    expected: `at most ${mostS} s`,
    fix: 'shorten its timeout; or start longer work by sendEvent, and wait for the event of its end',
  });
}
