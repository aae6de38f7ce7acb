/**
 * What turns the values of an author's CDK code into a declaration: durations into milliseconds, tokens into references,
 * functions into their ARNs, event types into names.
 *
 * Owns: what was met on the way (tokens, functions, schemas). Knows no step. Invariant: what it gives is plain JSON; a token is
 * in none of it but as `$.deployed.<name>`, whose value goes to the function by its environment.
 */
import { Duration, Token, Tokenization } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import type { DeclaredMs, DeclaredValue } from '../../journey/declared/form.js';
import { type EventRef, eventName } from '../../journey/event.js';
import { JourneyConstructError } from '../mistake.js';
import { knownMs } from '../settings.js';

export interface InvokedFunction {
  readonly step: string;
  readonly fn: lambda.IFunction;
}

/** By the CDK's names of them. */
const units: Readonly<Record<string, { readonly ms: number; amountOf(duration: Duration): number }>> = {
  millis: { ms: 1, amountOf: (duration) => duration.toMilliseconds() },
  seconds: { ms: 1_000, amountOf: (duration) => duration.toSeconds() },
  minutes: { ms: 60_000, amountOf: (duration) => duration.toMinutes() },
  hours: { ms: 3_600_000, amountOf: (duration) => duration.toHours() },
  days: { ms: 86_400_000, amountOf: (duration) => duration.toDays() },
};

export class Rendering {
  /** Name in `$.deployed.<name>` -> the token. */
  readonly deployed: Record<string, unknown> = {};
  readonly invoked: InvokedFunction[] = [];
  /** Event name -> what its type says of its data. */
  readonly schemas = new Map<string, NonNullable<Exclude<EventRef, string>['schema']>>();
  private readonly names = new Map<string, string>();

  constructor(readonly scope: IConstruct) {}

  /** @throws JourneyConstructError where it is not known at synth. */
  ms(duration: Duration, what: string): number {
    return knownMs(this.scope, duration, what);
  }

  /** Of a step: where it is not known at synth, the deployment's amount of its unit. @throws JourneyConstructError */
  time(duration: Duration, what: string): DeclaredMs {
    if (!(duration instanceof Duration) || !duration.isUnresolved())
      return knownMs(this.scope, duration, what, 'a Duration above 0, which may be a token');
    // A token cannot be converted, so it is asked for in its own unit.
    const unit = units[duration.unitLabel()];
    if (unit) return { amount: `$.deployed.${this.nameOf(unit.amountOf(duration))}`, unitMs: unit.ms };
    throw new JourneyConstructError(this.scope, {
      what: `The ${what} has a unit that is not known.`,
      got: duration.unitLabel(),
      expected: `one of ${Object.keys(units).join(', ')}`,
      fix: 'write for example Duration.hours(parameter.valueAsNumber)',
    });
  }

  /** What has to be known at synth. @throws JourneyConstructError for a token in it. */
  known<Value>(value: Value, what: string): Value {
    if (!holdsToken(value)) return value;
    throw new JourneyConstructError(this.scope, {
      what: `The ${what} is known only after deployment.`,
      expected: 'a text that is known at synth: events are found and asked by it',
      fix: 'write it out; a value that only the deployment knows may stand in the match of a wait, or in a choice behind it',
    });
  }

  /** The `if` of what may have one. */
  condition({ if: text }: { readonly if?: string }, of: string): { readonly if?: string } {
    return text === undefined ? {} : { if: this.known(text, `\`if\` of ${of}`) };
  }

  event(ref: EventRef): string {
    const name = eventName(ref);
    const schema = typeof ref === 'string' ? undefined : ref?.schema;
    if (schema === undefined) return name;
    const other = this.schemas.get(name);
    if (other !== undefined && other !== schema) {
      throw new JourneyConstructError(this.scope, {
        what: `Two event types describe '${name}' by different schemas.`,
        expected: 'one schema for one event',
        fix: 'use one eventType for both',
      });
    }
    this.schemas.set(name, schema);
    return name;
  }

  fn(step: string, fn: lambda.IFunction): string {
    this.invoked.push({ step, fn });
    return this.text(fn.functionArn);
  }

  /** @throws JourneyConstructError for what is no JSON. */
  value(value: unknown, what: string): DeclaredValue {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value) && Token.isUnresolved(value)) throw this.unknownList(what);
    if (Token.isUnresolved(value)) return `$.deployed.${this.nameOf(value)}`;
    if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
      return value;
    if (Array.isArray(value)) return value.map((part: unknown) => this.value(part, what));
    if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) return this.object(value, what);
    throw new JourneyConstructError(this.scope, {
      what: `The ${what} holds what JSON does not have.`,
      got: typeof value === 'object' ? (value.constructor?.name ?? 'an object') : String(value),
      expected: 'texts, numbers, booleans, null, lists and objects of them',
      fix: 'write it as a text or a number',
    });
  }

  object(value: object, what: string): { readonly [name: string]: DeclaredValue } {
    const entries = Object.entries(value).filter(([, part]) => part !== undefined);
    return Object.fromEntries(entries.map(([name, part]) => [name, this.value(part, what)]));
  }

  /** CloudFormation cannot write a list as JSON, and the CDK would add a custom resource, with a function, to do so. */
  private unknownList(what: string): JourneyConstructError {
    return new JourneyConstructError(this.scope, {
      what: `The ${what} holds a list that is known only after deployment.`,
      expected: 'a list whose length is known at synth',
      fix: "write [Fn.select(0, list), Fn.select(1, list)], or one text: Fn.join(',', list)",
    });
  }

  private text(text: string): string {
    if (!Token.isUnresolved(text)) return text;
    const fragments = Tokenization.reverseString(text);
    const [only] = fragments.tokens;
    if (fragments.length === 1 && only) return `$.deployed.${this.nameOf(only)}`;
    return fragments
      .mapTokens({ mapToken: (token) => `{$.deployed.${this.nameOf(token)}}` })
      .join({ join: (left, right) => `${left ?? ''}${right ?? ''}` });
  }

  private nameOf(token: unknown): string {
    const shown = Token.asString(token);
    const name = this.names.get(shown) ?? `t${this.names.size}`;
    this.names.set(shown, name);
    this.deployed[name] = token;
    return name;
  }
}

/** `Token.isUnresolved` does not look into objects. */
function holdsToken(value: unknown): boolean {
  if (Token.isUnresolved(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, part]) => Token.isUnresolved(name) || holdsToken(part));
}
