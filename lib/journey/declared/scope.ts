/**
 * Which results of steps can be there at each place of a declared journey, and which places are never reached.
 *
 * Owns: following the branches. Knows no event's data. Invariant: a reference that passes names a step that has run before, on
 * that very branch, or is marked as one that may be missing; so at run time only an event's own data can be missing.
 */
import { JourneyError } from '../errors.js';
import { referencesOf } from './condition.js';
import type { DeclaredCondition, DeclaredMs, DeclaredStep, DeclaredValue } from './form.js';
import { type Reference, referencesIn } from './reference.js';

/** Ids of steps whose result is there: whatever way the run came, or on some ways. */
interface Known {
  readonly certain: ReadonlySet<string>;
  readonly possible: ReadonlySet<string>;
}

/** What is known after a list of steps; undefined where nothing comes after: every way ends. */
type After = Known | undefined;

/** @throws JourneyError InvalidReference, InvalidDeclaration */
export function checkScopes(steps: readonly DeclaredStep[]): void {
  follow(steps, { certain: new Set(), possible: new Set() });
}

function follow(steps: readonly DeclaredStep[], before: Known): After {
  let known: After = before;
  for (const step of steps) {
    if (known === undefined) throw unreachable(step);
    known = followStep(step, known);
  }
  return known;
}

function followStep(step: DeclaredStep, known: Known): After {
  for (const value of valuesOf(step)) checkAll(step, referencesIn(value), known);
  switch (step.kind) {
    case 'wait':
      return merged([follow(step.onMatch ?? [], withIds(known, [step.id])), follow(step.onTimeout ?? [], known)]);
    case 'choice':
      return followChoice(step, known);
    case 'invoke':
      return withIds(known, [step.id]);
    case 'end':
    case 'fail':
      return undefined;
    default:
      return known;
  }
}

function followChoice(step: DeclaredStep & { readonly kind: 'choice' }, known: Known): After {
  const branches = step.when.map(({ condition, steps }) => {
    // A condition may ask for what may be missing; it is false then.
    checkAll(step, referencesOf(condition).map(asOptional), known);
    return follow(steps, withIds(known, impliedBy(condition)));
  });
  return merged([...branches, follow(step.otherwise ?? [], known)]);
}

/** Steps whose result is there where the condition holds. */
function impliedBy(condition: DeclaredCondition): string[] {
  if (condition.test === 'and') return condition.conditions.flatMap(impliedBy);
  if (condition.test === 'or' || condition.test === 'not') return [];
  return referencesOf(condition).flatMap(({ root, path }) => (root === 'steps' ? [path[0]!] : []));
}

function withIds({ certain, possible }: Known, ids: readonly string[]): Known {
  return { certain: new Set([...certain, ...ids]), possible: new Set([...possible, ...ids]) };
}

function merged(ways: readonly After[]): After {
  const open = ways.filter((way) => way !== undefined);
  const [first, ...others] = open;
  if (first === undefined) return undefined;
  return {
    certain: new Set([...first.certain].filter((id) => others.every(({ certain }) => certain.has(id)))),
    possible: new Set(open.flatMap(({ possible }) => [...possible])),
  };
}

/** Everything in a step that may hold references, but conditions. */
function valuesOf(step: DeclaredStep): DeclaredValue[] {
  switch (step.kind) {
    case 'wait':
      return [...amountsOf(step.timeoutMs), ...(typeof step.match === 'object' ? [step.match] : [])];
    case 'sleep':
      return amountsOf(step.ms);
    case 'sleepUntil':
      return [step.date, ...amountsOf(step.beforeMs)];
    case 'send':
      return [step.data];
    case 'invoke':
      return [step.fn, step.payload];
    case 'end':
      return [step.output ?? null];
    case 'fail':
      return [step.message];
    default:
      return [];
  }
}

function amountsOf(time: DeclaredMs | undefined): DeclaredValue[] {
  return typeof time === 'object' ? [time.amount] : [];
}

/** Every reference that a step itself makes, those of its conditions included; not those of the steps that it holds. */
export function referencesOfStep(step: DeclaredStep): Reference[] {
  const conditions = step.kind === 'choice' ? step.when.flatMap(({ condition }) => referencesOf(condition)) : [];
  return [...valuesOf(step).flatMap(referencesIn), ...conditions];
}

/** How a step is called in messages. */
export function nameOf(step: DeclaredStep): string {
  return 'id' in step ? `step '${step.id}'` : `the step '${step.kind}'`;
}

function asOptional(reference: Reference): Reference {
  return { ...reference, optional: true };
}

const fieldsOfEvent = ['id', 'name', 'data', 'source', 'time'];

function checkAll(step: DeclaredStep, references: readonly Reference[], known: Known): void {
  for (const reference of references) {
    const { root, path } = reference;
    if (root === 'trigger' && path.length > 0 && !fieldsOfEvent.includes(path[0]!)) {
      throw invalid(step, reference, `one of ${fieldsOfEvent.join(', ')} after '$.trigger.'`, 'correct it');
    }
    if (root === 'run' && (path.length > 1 || path[0] !== 'id')) {
      throw invalid(step, reference, "'$.run.id'", 'correct it');
    }
    if (root === 'steps') checkStep(step, reference, known);
  }
}

function checkStep(step: DeclaredStep, reference: Reference, { certain, possible }: Known): void {
  const id = reference.path[0]!;
  if (certain.has(id)) return;
  if (!possible.has(id)) {
    throw invalid(
      step,
      reference,
      'a wait that was matched or an invocation, before this step on the same branch',
      'correct the id, or move the step',
    );
  }
  if (reference.optional) return;
  throw invalid(
    step,
    reference,
    'a result that is there on every way to this step',
    `move the step into the branch that has it, or write '${reference.text}?' where it may be left out`,
  );
}

function invalid(step: DeclaredStep, { text }: Reference, expected: string, fix: string): JourneyError {
  return new JourneyError('InvalidReference', {
    what: `${sentenceCase(nameOf(step))} refers to what is not there.`,
    got: text,
    expected,
    fix,
  });
}

function unreachable(step: DeclaredStep): JourneyError {
  return new JourneyError('InvalidDeclaration', {
    what: `${sentenceCase(nameOf(step))} is never reached.`,
    got: 'it stands after steps that end every way',
    expected: 'end and fail as the last of their list',
    fix: 'remove it, or move it before them',
  });
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
