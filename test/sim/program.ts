/**
 * A generated journey as data: a small program over steps, and what starts and cancels it.
 *
 * It is interpreted twice: as author code over the step tools (author.ts) and by the reference model (reference.ts).
 * Invariant: every branch begins with a step call, so which call comes first is plain from the order of branches.
 */
import type { Since } from '../../lib/journey/step.js';

/** Name of an event; what it does to a journey is in its spec. By habit T starts and cancels, U starts, X cancels. */
export type EventName = 'T' | 'U' | 'X' | 'A' | 'B' | 'P';

export type Program = readonly Node[];

export type Node =
  | { readonly do: 'run'; readonly id: string; readonly fails?: number; readonly how?: Failing; readonly caught?: true }
  | { readonly do: 'sleep'; readonly id: string; readonly s: number }
  | {
      readonly do: 'wait';
      readonly id: string;
      readonly event: EventName;
      readonly s: number;
      readonly since?: Since;
      readonly matched: Program;
      readonly timedOut: Program;
    }
  | { readonly do: 'all' | 'race' | 'any'; readonly branches: readonly Program[] }
  | { readonly do: 'loop'; readonly times: number; readonly body: Program }
  | { readonly do: 'send'; readonly id: string; readonly event: EventName }
  /** Plain code that throws some times. At most one, at the top, where nothing else is going on. */
  | { readonly do: 'stumble'; readonly id: string; readonly fails: number };

/** What a step's function throws while it fails: an error, one that asks for a later retry, or one that allows none. */
export type Failing = 'error' | 'later' | 'final';

export interface JourneySpec {
  readonly triggers: readonly EventName[];
  readonly cancelOn: readonly { readonly event: EventName; readonly windowS?: number }[];
  /** Attempts after the first of a step that throws. */
  readonly retries: number;
  readonly program: Program;
  /** It neither waits nor is cancelled, and its runs live apart. */
  readonly keyless?: true;
}

/** Every node, however deep. */
export function* nodesOf(program: Program): Iterable<Node> {
  for (const node of program) {
    yield node;
    if (node.do === 'wait') {
      yield* nodesOf(node.matched);
      yield* nodesOf(node.timedOut);
    } else if (node.do === 'loop') yield* nodesOf(node.body);
    else if (node.do === 'all' || node.do === 'race' || node.do === 'any')
      for (const branch of node.branches) yield* nodesOf(branch);
  }
}

export function awaitedBy(program: Program): EventName[] {
  const names = [...nodesOf(program)].flatMap((node) => (node.do === 'wait' ? [node.event] : []));
  return [...new Set(names)];
}
