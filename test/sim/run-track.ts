/**
 * What the simulator knows of a run from outside: the document as last written, the reference model beside it, and who
 * runs its functions. And what is on record in a partition, in the order in which it was written.
 */
import type { RunDocument, StoredEvent } from '../../lib/engine/stored/document.js';
import type { Position } from '../../lib/engine/stored/event.js';
import { numberOf } from './filters.js';
import type { Invocation } from './invocation.js';
import type { EventName } from './program.js';
import type { Happening, Reference } from './reference.js';

/** Something on record: an event, and when it was first written (in the order of effects, and in time). */
export interface Recorded {
  /** The partition. */
  readonly pk: string;
  readonly happening: Happening;
  readonly order: number;
  readonly atMs: number;
}

export interface RunTrack {
  /** The run id of the engine. */
  readonly id: string;
  /** The id of its trigger. */
  readonly label: string;
  readonly pk: string;
  /** Of its version of the code; another one once newer code has taken it over. */
  reference: Reference;
  doc: RunDocument;
  /** It was taken over by code that it does not fit: all that is left is to fail. */
  doomed?: boolean;
  /** Where code has versions. */
  readonly beganWith: string | undefined;
  /** Invocations with a write of their own since their last function start. */
  readonly mayStart: Set<Invocation>;
  /** Functions that are running. */
  readonly functions: Set<{ readonly invocation: Invocation; readonly step: string }>;
  /** When it was last written, in the order of effects. */
  writtenOrder: number;
  endedOrder?: number;
  /** The version of the code that has ended it. */
  endedWith?: string | undefined;
  /** Own item of the invocation that ended it and then died or threw: it may not have cleaned up. */
  cutBy?: Position;
}

/** Thrown inside checks and kept by the world: the engine must not get to see it. */
export class Violation extends Error {
  constructor(
    /** The promise that is broken: S1, S3, S4, L1, G1, order, engine ... */
    readonly check: string,
    message: string,
  ) {
    super(message);
    this.name = 'Violation';
  }
}

/** How an event on record finds runs, and what of a call it tells. */
export type Found = Pick<Happening, 'via' | 'value' | 'account' | 'answers' | 'revokes'>;

export function happeningOf(event: StoredEvent, rank: 0 | 1, mark: string, found: Found): Happening {
  const { id, name, timeMs, hops } = event;
  return { id, name: name as EventName, timeMs, rank, hops, mark, n: numberOf(event.data), ...found };
}
