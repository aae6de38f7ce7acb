/**
 * Puts other records in the place of the memory world's, below the simulator, which makes its own MemoryRecords and lends
 * them to every invocation. The simulator does not know: same seed, same history, another store.
 *
 * Invariants: one history at a time (the class itself is changed while it runs, and put back after it); what an answer of
 * the store holds back, such as short pages, holds for the stand-in too. Writes reach the world's own records as well,
 * because the simulator reads those directly when a history is over; answers are the stand-in's alone.
 */
import type { Records } from '../../lib/engine/ports.js';
import { MemoryRecords, type MemoryRecordsOptions } from '../../lib/memory/records.js';

const verbs = ['begin', 'note', 'look', 'cancel', 'commit', 'claim', 'holder'] as const;
type Verb = (typeof verbs)[number];
// Every verb is called through one signature here: what it takes and gives is passed on as it is.
type AnyVerb = (...args: readonly unknown[]) => Promise<unknown>;

export interface StandIn {
  /** Answers in the place of the memory's own records. */
  readonly records: Records;
  /** Told of every call that is answered. */
  readonly answered: (verb: Verb, args: readonly unknown[], answer: unknown) => void;
}

/** @param standIn made for the world's own records when they are first called; it may use them. */
export async function withStandIn<Value>(
  standIn: (own: { readonly records: Records; readonly memory: MemoryRecords }) => StandIn,
  play: () => Promise<Value>,
): Promise<Value> {
  const prototype = MemoryRecords.prototype as unknown as Record<Verb, AnyVerb>;
  const real = Object.fromEntries(verbs.map((verb) => [verb, prototype[verb]])) as Record<Verb, AnyVerb>;
  const made = new WeakMap<MemoryRecords, StandIn>();
  const own = new WeakSet<Records>();
  const of = (memory: MemoryRecords): StandIn => {
    const known = made.get(memory);
    if (known) return known;
    const records = bound(real, memory);
    own.add(records);
    const fresh = standIn({ records, memory });
    made.set(memory, fresh);
    return fresh;
  };
  /** The world's own records, where others answer in their place. */
  const shadow = (memory: MemoryRecords): Record<Verb, AnyVerb> | undefined =>
    own.has(of(memory).records) ? undefined : (bound(real, memory) as unknown as Record<Verb, AnyVerb>);
  for (const verb of verbs) {
    prototype[verb] = async function (this: MemoryRecords, ...args) {
      const { records, answered } = of(this);
      const answer = await (records as unknown as Record<Verb, AnyVerb>)[verb](...args);
      if (verb !== 'look' && verb !== 'holder') await shadow(this)?.[verb](...args);
      answered(verb, args, answer);
      return answer;
    };
  }
  try {
    return await play();
  } finally {
    Object.assign(prototype, real);
  }
}

/** As many entries as the world's own records would give at once. */
export function pagedLike(memory: MemoryRecords, records: Records): Records {
  const { pageEntries } = (memory as unknown as { readonly options: MemoryRecordsOptions }).options;
  if (pageEntries === undefined) return records;
  return {
    begin: (...args) => records.begin(...args),
    note: (...args) => records.note(...args),
    cancel: (...args) => records.cancel(...args),
    commit: (...args) => records.commit(...args),
    claim: (...args) => records.claim(...args),
    holder: (...args) => records.holder(...args),
    look: (pk, page) => records.look(pk, { ...page, limit: Math.min(page.limit ?? pageEntries, pageEntries) }),
  };
}

function bound(real: Record<Verb, AnyVerb>, memory: MemoryRecords): Records {
  return Object.fromEntries(verbs.map((verb) => [verb, real[verb].bind(memory)])) as unknown as Records;
}
