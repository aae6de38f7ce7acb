/**
 * A generated journey as data: a small program over steps, and what starts and cancels it.
 *
 * It is interpreted twice: as author code over the step tools (author.ts) and by the reference model (reference.ts).
 * Invariant: every branch begins with a step call, so which call comes first is plain from the order of branches.
 */
import { callEventKind } from '../../lib/journey/invoke.js';
import type { Since } from '../../lib/journey/step.js';
import type { scheduledTimerName } from '../../lib/journey/trigger/trigger-cron.js';

/** Name of an event; what it does to a journey is in its spec. By habit T starts and cancels, U starts, X cancels. */
export type EventName = 'T' | 'U' | 'X' | 'A' | 'B' | 'P' | typeof scheduledTimerName;

export type Program = readonly Node[];

export type Node =
  | {
      readonly do: 'run';
      readonly id: string;
      readonly fails?: number;
      readonly how?: Failing;
      readonly caught?: true;
      readonly gives?: Giving;
    }
  /** `until`: up to a date, so many seconds after the trigger, which may be over. */
  | {
      readonly do: 'sleep';
      readonly id: string;
      readonly s: number;
      readonly until?: true;
      /** The engine's own, up to this instant: the code knows nothing of it. */
      readonly atMs?: number;
    }
  | {
      readonly do: 'wait';
      readonly id: string;
      readonly event: EventName;
      /** A wait for several events: the others, and what of them it takes. Without others it is called so for the one. */
      /** What its first event must pass (filters.ts). */
      readonly ask?: Ask;
      readonly takes?: Takes;
      readonly others?: readonly OtherEvent[];
      /** By what it finds its event, where that is not the key. */
      readonly on?: On;
      readonly s: number;
      readonly since?: Since;
      readonly matched: Program;
      readonly timedOut: Program;
    }
  | { readonly do: 'all' | 'race' | 'any'; readonly branches: readonly Program[] }
  | { readonly do: 'loop'; readonly times: number; readonly body: Program }
  /** `const p = first(); await body(); await p;` */
  | { readonly do: 'later'; readonly first: Extract<Node, { do: 'run' | 'sleep' | 'wait' }>; readonly body: Program }
  /** `odd`: of a type whose schema it does not fit. */
  | {
      readonly do: 'send';
      readonly id: string;
      readonly event: EventName;
      readonly two?: true;
      readonly odd?: true;
      readonly n?: number;
      /** Dated so long after the trigger, as far as that is after its place in the code. */
      readonly tsS?: number;
    }
  /** Calls one of the history's journeys, by its place among them, and waits for its end. */
  | {
      readonly do: 'invoke';
      readonly id: string;
      readonly journey: number;
      readonly s: number;
      readonly caught?: true;
      /** What it gives lacks the key, or fits no schema; and its number. */
      readonly lacks?: true;
      readonly odd?: true;
      readonly n?: number;
      /** Without a timeout of its own: as long as the run may live. */
      readonly untimed?: true;
    }
  /** Plain code that calls a step as no step can be called: its promise is rejected, and nothing is on record. */
  | { readonly do: 'mistake'; readonly id: string; readonly how: Mistake }
  /** Plain code that throws some times. At most one, at the top, where nothing else is going on. */
  | { readonly do: 'stumble'; readonly id: string; readonly fails: number; readonly how?: Throwing };

/** The first of any of its events, one of each, or (which is the same as any) none if it can. */
export type Takes = 'any' | 'all' | 'none';

/** What is asked of an event's number: more than 1, less than 2, that of the trigger, or another than that. */
export type Ask = 'over' | 'under' | 'same' | 'differs';

/** A further event of a wait, with a window that may begin elsewhere. */
export interface OtherEvent {
  readonly event: EventName;
  readonly ask?: Ask;
  readonly since?: Since;
  readonly on?: On;
}

/**
 * How a step's function fails: it throws an error, one that asks for a later retry, one that allows none, or something that is no
 * error as anyone expects it; or it returns what no record can hold, or calls a step inside, which allow no retry either.
 */
export type Failing = Throwing | Unstorable | 'nested';
export type Throwing = 'error' | 'later' | 'final' | Odd;
export type Odd = 'undefined' | 'null' | 'text' | 'frozen' | 'getters' | 'revoked';
export type Unstorable = 'circular' | 'bigint' | 'function';
export const mistakes = [
  'event',
  'id',
  'duration',
  'date',
  'since',
  'match',
  'if',
  'data',
  'events',
  'twice',
  'within',
] as const;
export type Mistake = (typeof mistakes)[number];
export const odd: readonly Odd[] = ['undefined', 'null', 'text', 'frozen', 'getters', 'revoked'];
export const unstorable: readonly Unstorable[] = ['circular', 'bigint', 'function'];

/** The account of the trigger; an account that is made in the run; or nothing, so that it reaches every run. */
export type On = 'account' | 'made' | 'every';

/** How an event finds a run: under its key, or elsewhere. */
export type Via = 'key' | 'account' | 'every';

/** An event that is awaited elsewhere. */
export interface Elsewhere {
  readonly event: EventName;
  readonly via: Exclude<Via, 'key'>;
}

export function viaOf(on: On | undefined): Via {
  return on === 'made' ? 'account' : (on ?? 'key');
}

/** What a step's function returns: an object, by default a text, or nothing. */
export type Giving = 'object' | 'nothing';

export interface JourneySpec {
  /** Handlers of its ends, and ends that are told on the bus. */
  readonly onFailure?: Program;
  readonly onCancel?: Program;
  readonly tells?: readonly ('completed' | 'failed' | 'cancelled')[];
  /** `timeouts`. */
  readonly startS?: number;
  readonly finishS?: number;
  readonly triggers: readonly EventName[];
  readonly cancelOn: readonly {
    readonly event: EventName;
    readonly windowS?: number;
    readonly ask?: Ask;
    readonly on?: Exclude<On, 'made'>;
  }[];
  /** What a trigger must pass: any of these. */
  readonly asks?: Readonly<Partial<Record<EventName, readonly Ask[]>>>;
  /** Attempts after the first of a step that throws. */
  readonly retries: number;
  readonly program: Program;
  /** The programs of later generations of its code (changes.ts). */
  readonly later?: readonly Program[];
  /** What it takes because an older generation awaits it. */
  readonly stillTakes?: readonly EventName[];
  readonly stillHears?: readonly Elsewhere[];
  /** It neither waits nor is cancelled, and its runs live apart. */
  readonly keyless?: true;
  /** Other journeys may call it; its number must pass any of these asks. */
  readonly invocable?: true;
  readonly asksOfCalls?: readonly Ask[];
  /** Its code changes all that it is given, and all that it has returned, after use. */
  readonly meddles?: true;
  /** Waits and sleeps (by id, without counter) whose time the deployment overrides. */
  readonly timeoutsS?: Readonly<Record<string, number>>;
  /** The longest life of a run, from its trigger: maxDuration. */
  readonly lifeS?: number;
  /** How old an event may be when it arrives: acceptLate. */
  readonly acceptLateS?: number;
  /** Triggers of one order that lie no further apart are one: idempotency. */
  readonly idempotencyS?: number;
  /** A trigger starts no run while one of its key, or of its order, is active. */
  readonly singleton?: 'key' | 'order';
  readonly schemas?: SchemaSpec;
}

/** Events whose type has a schema that no odd data fits; in seconds after the dawn, from when on and until when. */
export interface SchemaSpec {
  readonly names: readonly EventName[];
  /** Of what callers give, too. */
  readonly calls?: true;
  readonly fromS?: number;
  readonly untilS?: number;
}

/** Whether a failure is of the kind that is never tried again. */
export function isFinal(how: Failing | undefined): boolean {
  return how === 'final' || how === 'nested' || unstorable.some((kind) => kind === how);
}

/** Every node, however deep. */
export function* nodesOf(program: Program): Iterable<Node> {
  for (const node of program) {
    yield node;
    if (node.do === 'wait') {
      yield* nodesOf(node.matched);
      yield* nodesOf(node.timedOut);
    } else if (node.do === 'loop') yield* nodesOf(node.body);
    else if (node.do === 'later') yield* nodesOf([node.first, ...node.body]);
    else if (node.do === 'all' || node.do === 'race' || node.do === 'any')
      for (const branch of node.branches) yield* nodesOf(branch);
  }
}

/** What a wait awaits. */
export function eventsOf({ event, others = [] }: Extract<Node, { do: 'wait' }>): EventName[] {
  return [event, ...others.map((other) => other.event)];
}

/** Each event that is awaited, and how it finds the run. */
function waysOfWaits(program: Program): { readonly event: EventName; readonly via: Via }[] {
  return [...nodesOf(program)].flatMap((node) =>
    node.do === 'wait' ? [node, ...(node.others ?? [])].map(({ event, on }) => ({ event, via: viaOf(on) })) : [],
  );
}

/** Events that are awaited by the key. */
export function awaitedByKey(program: Program): EventName[] {
  return [...new Set(waysOfWaits(program).flatMap(({ event, via }) => (via === 'key' ? [event] : [])))];
}

/** What is awaited elsewhere. */
export function heardBy(program: Program): Elsewhere[] {
  const all = waysOfWaits(program).flatMap(({ event, via }): Elsewhere[] => (via === 'key' ? [] : [{ event, via }]));
  return all.filter((one, i) => all.findIndex((other) => other.event === one.event && other.via === one.via) === i);
}

/** Whether events find its runs by something else than the key. */
export function isCorrelated({ program, later = [], cancelOn }: JourneySpec): boolean {
  return [program, ...later].some((code) => heardBy(code).length > 0) || cancelOn.some(({ on }) => on !== undefined);
}

/** All that an event is to a journey, by the ways in which it finds runs. */
export function waysOf(spec: JourneySpec, name: EventName): Via[] {
  if (callEventKind(name) !== undefined) return ['key'];
  const { triggers, cancelOn, program, stillTakes = [], stillHears = [] } = spec;
  const heard = [...heardBy(program), ...stillHears].flatMap(({ event, via }) => (event === name ? [via] : []));
  const cancels = cancelOn.flatMap(({ event, on }) => (event === name ? [viaOf(on)] : []));
  const byKey = [...triggers, ...awaitedByKey(program), ...stillTakes].includes(name) ? (['key'] as const) : [];
  return [...new Set([...byKey, ...cancels, ...heard])];
}

export function awaitedBy(program: Program): EventName[] {
  const names = [...nodesOf(program)].flatMap((node) => (node.do === 'wait' ? eventsOf(node) : []));
  return [...new Set(names)];
}

/** The journeys that a program calls, by their place in the history. */
export function calledBy(program: Program): number[] {
  return [...new Set([...nodesOf(program)].flatMap((node) => (node.do === 'invoke' ? [node.journey] : [])))];
}

/** The id of a journey, by its place in the history. */
export function journeyIdAt(place: number): string {
  return place === 0 ? 'sim' : `sim-${place + 1}`;
}
