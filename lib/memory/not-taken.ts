/**
 * What came to nothing in a test world, and why: what a test that waits in vain asks first.
 *
 * Owns: the sentences. Knows no run's decisions: whether an event fitted a wait's window is `sojourn explain`'s to say.
 * Invariants: told once, however often it was delivered; never an event's data, but the value of its key.
 */
import type { Fact } from '../engine/ports.js';
import type { EventRecord, RunDocument } from '../engine/stored/document.js';
import { keyValueOf } from '../engine/stored/key.js';
import { eventNames, type JourneyDefinition } from '../journey/definition.js';
import { callEventKind } from '../journey/invoke.js';
import type { EventView } from './views.js';

/** An event that started, resolved and cancelled nothing, as far as that can be told without a run. */
export interface NotTaken {
  /** What came. */
  readonly event: Pick<EventView, 'id' | 'name'>;
  /** The journey that did not take it; absent where no journey of the world names such an event. */
  readonly journey?: string;
  /** Of an event that a run could not be asked about: the id of that run. */
  readonly runId?: string;
  /** A sentence. */
  readonly why: string;
}

export class NotTakenEvents {
  private readonly told = new Map<string, NotTaken>();

  constructor(private readonly journeys: readonly JourneyDefinition[]) {}

  /** No journey names it. Of what runs send only calls are told: other events may be for anybody. */
  unnamed({ id, name, hops }: { readonly id: string; readonly name: string; readonly hops: number }): void {
    if (callEventKind(name) === 'invoked') {
      const called = name.slice(name.indexOf('.') + 1);
      const isThere = this.journeys.some((journey) => journey.id === called);
      const why = isThere
        ? `it calls the journey '${called}', which has no invoke() among its triggers`
        : `it calls the journey '${called}', which is not in this world: add it to journeys`;
      this.tell({ event: { id, name }, why: `${why}; the call waits until its time is up` });
    } else if (hops === 0) {
      const names = [...new Set(this.journeys.flatMap(eventNames))].filter((one) => callEventKind(one) === undefined);
      this.tell({ event: { id, name }, why: `no journey of this world names it: they name ${names.join(', ')}` });
    }
  }

  fact(journey: string, fact: Fact): void {
    const why = reasonOf(fact);
    if (why === undefined || !('eventId' in fact)) return;
    const runId = 'run' in fact ? { runId: fact.run } : {};
    this.tell({ event: { id: fact.eventId, name: fact.event }, journey, ...runId, why });
  }

  /** With what is on record where no run is. */
  all(runs: readonly RunDocument[], events: readonly EventRecord[]): NotTaken[] {
    const homes = new Set(runs.map(({ pk }) => pk));
    const alone = events.flatMap(({ pk, event: { id, name } }): NotTaken[] => {
      const key = keyValueOf(pk);
      if (key === null || homes.has(pk)) return [];
      const why = `it was recorded under the key ${JSON.stringify(key)}, where there is no run`;
      return [{ event: { id, name }, journey: pk.slice(0, pk.indexOf('|')), why }];
    });
    return [...this.told.values(), ...alone];
  }

  private tell(line: NotTaken): void {
    this.told.set(JSON.stringify(line), line);
  }
}

function reasonOf(fact: Fact): string | undefined {
  switch (fact.kind) {
    case 'unmatchable':
      return `it has no value at ${fact.path} that can be compared`;
    case 'filtered': {
      const failure = fact.failure && ` (it could not be evaluated at '${fact.failure.part}': ${fact.failure.code})`;
      return `the \`if\` of no trigger lets it start a run${failure ?? ''}`;
    }
    case 'filterFailed': {
      const of = fact.step === undefined ? 'cancelOn' : `the wait '${fact.step}'`;
      return `the \`if\` of ${of} could not be evaluated at '${fact.failure.part}': ${fact.failure.code}`;
    }
    default:
      return undefined;
  }
}
