/**
 * Filters in histories: what triggers, waits and cancellations ask of an event's number, as CEL and by simple means of our own.
 *
 * Must not know lib/cel.ts nor lib/engine/filter*.ts: the reference asks `passes` here, the engine asks the library.
 */
import { callEventKind } from '../../lib/journey/invoke.js';
import type { Choices } from './chance.js';
import { rewritten } from './changes.js';
import type { SimEvent } from './history.js';
import type { Ask, EventName, JourneySpec, On, Program } from './program.js';

interface Drawn {
  readonly journeys: readonly JourneySpec[];
  readonly events: readonly SimEvent[];
}

/** What an event has as its number: most have one, of few; some a text, and some nothing. */
const numbers = [0, 1, 2, 3, 3, 2, '2', undefined] as const;

/** One history in four has filters. What a run sends has a number of its own, the same for every attempt. */
export function withFilters(choices: Choices, { journeys, events }: Drawn): Drawn {
  if (!choices.yes(0.25)) return { journeys, events };
  return {
    journeys: journeys.map((spec) => ({
      ...spec,
      ...asksOfTriggers(choices, spec),
      cancelOn: spec.cancelOn.map((cancel) => ({ ...cancel, ...ask(choices, 0.4) })),
      program: filtered(choices, spec.program),
    })),
    events: events.map((event) => {
      const n = choices.of(numbers);
      return n === undefined ? event : { ...event, n };
    }),
  };
}

function asksOfTriggers(choices: Choices, { triggers }: JourneySpec): Pick<JourneySpec, 'asks'> {
  const asked = triggers.filter(() => choices.yes(0.3));
  const entries = asked.map((name) => [name, choices.of([['over'], ['under'], ['over', 'under']] as const)] as const);
  return asked.length > 0 ? { asks: Object.fromEntries(entries) as JourneySpec['asks'] & object } : {};
}

function filtered(choices: Choices, program: Program): Program {
  return rewritten(program, (node) => {
    if (node.do === 'send') return [{ ...node, n: choices.between(0, 3) }];
    if (node.do !== 'wait') return [node];
    const others = node.others?.map((other) => ({ ...other, ...ask(choices, 0.4) }));
    return [{ ...node, ...ask(choices, 0.5), ...(others && { others }) }];
  });
}

function ask(choices: Choices, chance: number): { ask?: Ask } {
  return choices.yes(chance) ? { ask: choices.of(['over', 'under', 'same', 'differs'] as const) } : {};
}

/** What is left of an `if` beside the key: what a wait has on record. */
const texts: Readonly<Record<Ask, string>> = {
  over: 'async.data.n > 1',
  under: '2 > async.data.n',
  same: 'async.data.n == event.data.n',
  differs: 'async.data.n != event.data.n',
};

/** As an author writes it: some with the key in it, on either side, which an equality beside it needs. */
const written: Readonly<Record<Ask, string>> = {
  over: texts.over,
  under: `async.data.key == event.data.key && ${texts.under}`,
  same: `event.data.key == async.data.key && ${texts.same}`,
  differs: texts.differs,
};

/** The same where events are found by their account: what finds them stands in the `if`, or in a match beside it. */
const writtenOfAccount: Readonly<Partial<Record<Ask, string>>> = {
  under: `${texts.under} && async.data["account"] == event.data.account`,
  same: `event.data.account == async.data.account && ${texts.same}`,
};

interface Asked {
  readonly ask?: Ask | undefined;
  /** What it finds its event by, where that is not the key. */
  readonly on?: On | undefined;
}

/**
 * The `if` and the `match` of a wait or a cancelOn, as an author writes them.
 * @param equality where nothing is asked: by an equality in an `if`, which is the match, too.
 */
export function findingOf({ ask, on }: Asked, equality: boolean, matchOf: (on: On) => unknown): object {
  if (on === undefined) return ask === undefined ? {} : { if: written[ask] };
  if (on === 'account') {
    const own = ask === undefined ? undefined : writtenOfAccount[ask];
    if (own !== undefined) return { if: own };
    if (ask === undefined && equality) return { if: "async['data'].account == event.data.account" };
  }
  return { match: matchOf(on), ...(ask !== undefined && { if: texts[ask] }) };
}

export function ifsOfTrigger(asks: JourneySpec['asks'], name: EventName): { if?: string }[] {
  return ifsOf(asks?.[name]);
}

/** One trigger for each, or one that asks nothing. */
export function ifsOf(asks: readonly Ask[] | undefined): { if?: string }[] {
  return asks?.map((one) => ({ if: texts[one].replaceAll('async.', 'event.') })) ?? [{}];
}

export function storedIf(of: { readonly ask?: Ask | undefined }): string | undefined {
  return of.ask === undefined ? undefined : texts[of.ask];
}

/** The other way: of a wait that older code has opened. */
export function askOf(text: string | undefined): { ask?: Ask } {
  const [found] = Object.entries(texts).find(([, one]) => one === text) ?? [];
  return found === undefined ? {} : { ask: found as Ask };
}

/** What is not a number is neither over nor under; what is missing is neither the same as anything, nor different. */
export function passes(asked: Ask | undefined, trigger: unknown, n: unknown): boolean {
  switch (asked) {
    case undefined:
      return true;
    case 'over':
      return typeof n === 'number' && n > 1;
    case 'under':
      return typeof n === 'number' && n < 2;
    case 'same':
      return n !== undefined && trigger !== undefined && n === trigger;
    case 'differs':
      return n !== undefined && trigger !== undefined && n !== trigger;
  }
}

/** Whether an event starts a run. */
export function mayStart(spec: JourneySpec, name: string, data: unknown): boolean {
  const { triggers, asks, invocable, asksOfCalls } = spec;
  if (callEventKind(name) === 'invoked')
    return invocable === true && (asksOfCalls?.some((one) => passes(one, undefined, numberOf(data))) ?? true);
  const trigger = triggers.find((one) => one === name);
  if (trigger === undefined) return false;
  return asks?.[trigger]?.some((one) => passes(one, undefined, numberOf(data))) ?? true;
}

export function numberOf(data: unknown): unknown {
  return (data as { readonly n?: unknown } | null | undefined)?.n;
}
