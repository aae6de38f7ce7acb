/**
 * What can happen next in an explored world, as data: deliveries that will come, invocations that are under way, the choices
 * between them, and the faults that are left. Knows no journey and takes no choice.
 */
import type { Delivery } from '../../lib/engine/ports.js';
import type { Fate, Invocation } from '../engine/scripted.js';
import type { Looked } from './watch.js';
import type { ExploredWorld } from './world.js';

/** Something that will be delivered. */
export interface Due {
  readonly label: string;
  /** Undefined: there is nothing to deliver any more (the timer was deleted). */
  readonly delivery: (world: ExploredWorld) => Delivery | undefined;
  /** It begins at this second or later: its beginning is a choice. Without it, it is under way from the start. */
  readonly notBeforeS?: (world: ExploredWorld) => number;
  readonly timeoutS?: number;
  readonly skewMs?: number;
  /** How often it was tried before. */
  readonly tries?: number;
  /** All others have ended by then (Lambda's second retry comes after the longest invocation). */
  readonly alone?: boolean;
}

export interface Faults {
  /** Invocations that may die. */
  readonly crashes: number;
  /** Calls that may lose their answer, be made twice, or fail. */
  readonly calls: number;
}

/** An invocation, as far as what comes next depends on it. */
export interface Actor {
  readonly due: Due;
  readonly invocation: Invocation;
  state: 'alive' | 'dead' | 'ended';
  /** Everything that it was told, as a hash: with its delivery, this is what it does next. */
  told: string;
  looked: Looked | undefined;
  /** When it came to the call that it is at. */
  parkedAtS: number;
  /** The step whose function it runs, and of which run. */
  running: { readonly run: string; readonly step: string } | undefined;
  /** Timers that it created and no write of its has shown. */
  readonly unshown: Set<string>;
}

/** One step of the world. */
export type Choice =
  | { readonly do: 'call'; readonly who: string; readonly what: string; readonly fate: Fate }
  | { readonly do: 'dies'; readonly who: string; readonly what: string }
  | { readonly do: 'begins'; readonly who: string };

export function tellChoice(choice: Choice): string {
  if (choice.do === 'begins') return `${choice.who} begins`;
  if (choice.do === 'dies') return `${choice.who} dies before ${choice.what}`;
  return `${choice.who}: ${choice.what}${choice.fate === 'ok' ? '' : ` (${choice.fate})`}`;
}
