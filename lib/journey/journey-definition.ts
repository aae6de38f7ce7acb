/**
 * What `createJourney` makes of what an author declares: plain JSON, with every default in it.
 *
 * Owns: the shape of it, which synth, the sandbox, the engine and the inspection share. Knows no check; those are definition.ts's.
 */
import type { Correlation } from './correlation.js';
import type { StoredCancel } from './filter/filter-key.js';
import type { HandledEnd } from './handlers.js';
import type { TimeoutsMs } from './timeouts.js';
import type { IdempotencyDefinition, SingletonDefinition } from './trigger/trigger-claims.js';
import type { CronDefinition } from './trigger/trigger-cron.js';

/** What a journey is, as JSON: what synth, the sandbox and the engine know of it. */
export interface JourneyDefinition {
  /** As the author gave it. */
  readonly id: string;
  /** Events that start a run, each with its `if`. */
  readonly triggers: readonly { readonly event: string; readonly if?: string }[];
  /** Times that start a run, beside the triggers. */
  readonly crons?: readonly CronDefinition[];
  /** Event name -> path of its key. Absent for a journey without key, whose runs live apart. */
  readonly keyPaths?: Readonly<Record<string, string>>;
  /** Awaited by the key. */
  readonly waitsFor: readonly string[];
  /** Awaited by another path. Absent where there is none. */
  readonly waitsElsewhere?: readonly Correlation[];
  /** `path`: where it is not the key. `if`: what is left of it beside the key. */
  readonly cancelOn: readonly StoredCancel[];
  /** How triggers are joined that are one. Absent: they are not. */
  readonly idempotency?: IdempotencyDefinition;
  /** Of what one run at a time may live, where further triggers are skipped. Absent: nothing. */
  readonly singleton?: SingletonDefinition;
  /** Ids of the journeys that it calls; absent where it calls none. */
  readonly invokes?: readonly string[];
  /** Attempts after the first one of a step that throws. */
  readonly retries: number;
  /** The longest life of a run, from its trigger, in milliseconds. */
  readonly maxDurationMs: number;
  /** How old an event may be when it arrives, in milliseconds. */
  readonly acceptLateMs: number;
  /** Whether events of an archive's replay count. */
  readonly replays: boolean;
  /** What it says that it sends; absent where it says nothing. */
  readonly sends?: readonly string[];
  /** Ends that the journey has a handler for. Absent: none. */
  readonly handles?: readonly HandledEnd[];
  /** When a run is cancelled by time alone. Absent: never. */
  readonly timeouts?: TimeoutsMs;
}
