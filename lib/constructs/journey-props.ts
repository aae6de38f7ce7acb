/**
 * What an author gives a Journey: code, or declared steps; and, for both, what is shared and how it runs.
 *
 * Owns: the props, their documentation and defaults. Checks nothing.
 */
import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { OtherPath } from '../journey/correlation.js';
import type { EventRef } from '../journey/event.js';
import type { SingletonOptions, TriggerPath } from '../journey/trigger/trigger-claims.js';
import type { JourneyStep } from './declared/step.js';
import type { JourneyHub } from './hub.js';
import type { TellingProps } from './telling.js';

/** What every journey has, whether it is code or declared. */
export interface JourneyBaseProps extends TellingProps {
  /** What the journey shares with others: bus, table, timers, dead letters. It may be in another stack of the same account and region. */
  readonly hub: JourneyHub;

  /**
   * Memory of the function, in MiB.
   *
   * @default 256
   */
  readonly memorySize?: number;

  /**
   * The longest that one invocation may take. At most 170 seconds: a dead invocation's retry must find its lease expired.
   *
   * @default Duration.seconds(165)
   */
  readonly timeout?: Duration;

  /**
   * The least that must be left of an invocation for a step to start: what your longest step needs.
   *
   * @default Duration.seconds(30)
   */
  readonly stepTimeout?: Duration;

  /**
   * Environment variables of the function. They are there at synth too, when the entry is read; one whose value is only known
   * after deployment is 'known-only-after-deployment' then.
   *
   * @default - only those that Sojourn needs
   */
  readonly environment?: Readonly<Record<string, string>>;

  /**
   * Other timeouts than the code's, by the id of the wait or sleep: for a staging account that cannot wait for days.
   *
   * @default - those of the code
   */
  readonly timeouts?: Readonly<Record<string, Duration>>;

  /**
   * How long the log of the function is kept.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * What becomes of the log when it leaves the stack.
   *
   * @default - the hub's
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Whether the journey begins no more runs. Those that wait go on to their end: their timers fire, what they await and what
   * cancels them arrives. Deploy it so before you take the journey out of the app, until `sojourn runs --journey <id> --status
   * active` shows none; or end them by `sojourn cancel --journey <id>`.
   *
   * @default false
   */
  readonly retired?: boolean;

  /**
   * How many invocations may run at once; it also keeps as many of the account's for this function.
   *
   * @default - no limit but the account's
   */
  readonly reservedConcurrentExecutions?: number;
}

/** A journey whose function is an author's code. */
export interface CodeJourneyProps extends JourneyBaseProps {
  /**
   * The file that exports `journey` (what `createJourney` returns) and `handler` (what `serve(journey)` returns), from the
   * directory of the CDK app. It is bundled with all that it imports, and its definition is read at synth by importing that
   * bundle, in a process of its own that has only `environment`.
   */
  readonly entry: string;

  /**
   * Whether the function may put events on the hub's bus.
   *
   * @default - whether the bundled code speaks of `sendEvent`
   */
  readonly sendsEvents?: boolean;

  /**
   * Whether a source map goes with the bundle, for stack traces that name your lines. It makes a cold start slower.
   *
   * @default false
   */
  readonly sourceMap?: boolean;
}

/** An event that starts the runs of a declared journey. */
export interface TriggerEvent {
  /** The event, by its name or its `eventType`. */
  readonly event: EventRef;

  /**
   * CEL over `event`: only an event that passes starts a run.
   *
   * @default - every one does
   */
  readonly if?: string;
}

/** A time that starts the runs of a declared journey, again and again. Such a run has no key, so it can await nothing by it. */
export interface TriggerTime {
  /** Five fields of unix cron, such as '0 9 * * 1-5'. */
  readonly cron: string;

  /**
   * An IANA time zone, such as 'Europe/Paris'.
   *
   * @default 'UTC'
   */
  readonly timezone?: string;
}

/** What ends the runs of a declared journey. */
export interface CancelOnEvent {
  /** The event; it must have the journey's key, or the path of `match`. */
  readonly event: EventRef;

  /**
   * The path that is equal in the trigger and this event; `null` for an event that cancels every run.
   *
   * @default - an equality of the two in `if`, or the journey's key
   */
  readonly match?: OtherPath;

  /**
   * CEL over `event`, the trigger, and `async`, this event: only one that passes cancels.
   *
   * @default - every one does
   */
  readonly if?: string;

  /**
   * It cancels only within this time of the trigger.
   *
   * @default - as long as the run lives
   */
  readonly timeout?: Duration;
}

/** Triggers of a declared journey that are one. */
export interface DeclaredIdempotency {
  /** Triggers whose values at this path (or a path per event name) are equal are one: the first starts the run. */
  readonly key: TriggerPath;

  /**
   * How far they may lie apart.
   *
   * @default Duration.hours(24)
   */
  readonly period?: Duration;
}

/** When runs of a declared journey are cancelled because of time alone. */
export interface RunTimeouts {
  /**
   * A run that would begin later than this after its trigger is cancelled instead.
   *
   * @default - however late
   */
  readonly start?: Duration;

  /**
   * A run that is not over at this time after its trigger is cancelled then. It costs a schedule for each run.
   *
   * @default - none but maxDuration
   */
  readonly finish?: Duration;
}

/** A journey without code: its steps are declared, and run by one interpreter on the same engine. */
export interface DeclaredJourneyProps extends JourneyBaseProps {
  /**
   * The id of the journey: a lower-case letter, then lower-case letters, digits and hyphens. It names its records and timers,
   * so it must not change while runs live.
   *
   * @default - made of the construct's id: SalesFollowUp becomes sales-follow-up
   */
  readonly journeyId?: string;

  /** What starts a run: an event, or a time; or several of them, of which an event may stand there more than once with another `if`. */
  readonly trigger: TriggerEvent | TriggerTime | readonly (TriggerEvent | TriggerTime)[];

  /**
   * Where the value is that all events of a run have in common: one path for all ('data.lead_id'), or a path per event name.
   *
   * @default - none, which is enough where the journey neither waits for events nor is cancelled
   */
  readonly key?: string | Readonly<Record<string, string>>;

  /**
   * Events that cancel a run.
   *
   * @default - none
   */
  readonly cancelOn?: readonly CancelOnEvent[];

  /**
   * Triggers that are one: by a path whose values are equal, within 24 hours or the period that is given.
   *
   * @default - each event starts a run, once
   */
  readonly idempotency?: string | DeclaredIdempotency;

  /**
   * One run at a time, of the key or of another value: a further trigger is skipped, or cancels the run that lives.
   *
   * @default - each trigger starts a run
   */
  readonly singleton?: SingletonOptions;

  /**
   * When a run that begins too late, or takes too long, is cancelled. (`timeouts` are those of single waits and sleeps.)
   *
   * @default - never
   */
  readonly runTimeouts?: RunTimeouts;

  /** What a run does, one after another. */
  readonly steps: readonly JourneyStep[];

  /**
   * Attempts after the first one of a step that fails: 0 to 20.
   *
   * @default 4
   */
  readonly retries?: number;

  /**
   * The longest life of a run, from its trigger.
   *
   * @default Duration.days(35)
   */
  readonly maxDuration?: Duration;

  /**
   * How old an event may be when it arrives; an older one goes to the dead letters.
   *
   * @default Duration.days(16)
   */
  readonly acceptLate?: Duration;

  /**
   * Whether events of an archive's replay count.
   *
   * @default false
   */
  readonly replays?: boolean;
}

/** A journey's props: with an `entry` it is code, with `steps` it is declared. */
export type JourneyProps = CodeJourneyProps | DeclaredJourneyProps;
