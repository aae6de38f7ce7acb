/**
 * The checks of a definition's single parts: its shape, id, retries, durations, lists.
 *
 * Owns: what is wrong with one part, and the sentence that says so. Knows nothing of how parts belong together; that is
 * definition.ts.
 */
import { limits } from '../limits.js';
import type { JourneyOptions } from './definition.js';
import { type Duration, durationMs } from './duration.js';
import { JourneyError } from './errors.js';
import { type EventRef, eventName } from './event.js';
import { assertOptions } from './known-options.js';

const optionNames: Readonly<Record<keyof JourneyOptions<EventRef, EventRef>, true>> = {
  id: true,
  triggers: true,
  key: true,
  waitsFor: true,
  cancelOn: true,
  idempotency: true,
  singleton: true,
  invokes: true,
  retries: true,
  maxDuration: true,
  acceptLate: true,
  replays: true,
  sends: true,
  onFailure: true,
  onCancel: true,
  timeouts: true,
};

/** The types say it too, but not to authors of plain JavaScript: a mistyped option would be left out silently. */
export function assertShape(options: JourneyOptions<EventRef, EventRef>, body: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw misshapen(options, 'an object of options, then a function');
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(optionNames, name));
  if (unknown !== undefined) throw misshapen(unknown, `only these options: ${Object.keys(optionNames).join(', ')}`);
  for (const name of ['waitsFor', 'cancelOn', 'sends'] as const) {
    const list: unknown = options[name];
    if (list !== undefined && !Array.isArray(list)) throw misshapen(list, `a list as ${name}`);
  }
  if (typeof body !== 'function') throw misshapen(body, 'the function of the journey after its options');
  assertEntries(options.id, options.triggers, 'Trigger', ['event', 'if']);
  assertEntries(options.id, options.cancelOn, 'cancelOn', ['event', 'match', 'if', 'timeout']);
}

/** The entries of a list that may be none: that is told by who reads it. */
function assertEntries(id: string, list: unknown, of: string, known: readonly string[]): void {
  if (!Array.isArray(list)) return;
  for (const entry of list) {
    // What is wrong with a time is told with it (trigger/cron.ts).
    if (entry?.cron !== undefined) continue;
    assertOptions(entry, known, `${of} '${eventName(entry?.event)}' of journey '${id}'`);
  }
}

function misshapen(got: unknown, expected: string): JourneyError {
  return new JourneyError('InvalidDefinition', {
    what: 'createJourney cannot use what it was given.',
    got,
    expected,
    fix: "write createJourney({ id: 'abandoned-cart', triggers: [...] }, async ({ event, step }) => { ... })",
  });
}

export function assertId(id: unknown): void {
  if (typeof id !== 'string' || !/^[a-z][a-z0-9-]*$/.test(id) || id.length > limits.journeyIdChars) {
    throw new JourneyError('InvalidJourneyId', {
      what: 'The id of the journey cannot be used.',
      got: id,
      expected: `a lower-case letter, then lower-case letters, digits and hyphens, ${limits.journeyIdChars} characters at most`,
      fix: "write for example 'abandoned-cart'",
    });
  }
}

export function checkedRetries(options: JourneyOptions<EventRef, EventRef>): number {
  const retries = options.retries ?? limits.defaultRetries;
  if (!Number.isInteger(retries) || retries < 0 || retries > limits.maxRetries) {
    throw new JourneyError('InvalidRetries', {
      what: `The retries of journey '${options.id}' cannot be used.`,
      got: retries,
      expected: `a whole number from 0 to ${limits.maxRetries}`,
      fix: `leave it out for ${limits.defaultRetries}`,
    });
  }
  return retries;
}

export function optionalMs(duration: Duration | undefined, defaultMs: number, what: string, id: string): number {
  return duration === undefined ? defaultMs : durationMs(duration, `${what} of journey '${id}'`);
}

export function assertAtMost(ms: number, mostMs: number, what: string): void {
  if (ms > mostMs) {
    throw new JourneyError('InvalidDuration', {
      what: `The ${what} is beyond the limit.`,
      got: `${ms} ms`,
      expected: `at most ${mostMs} ms`,
      fix: 'shorten it',
    });
  }
}

/** An event may stand there again with another `if`: it counts when any of them lets it pass. */
export function assertNoRepeat(
  entries: readonly { readonly event: string; readonly if?: string }[],
  code: 'InvalidTriggers' | 'InvalidWaitsFor' | 'InvalidCancelOn',
  what: string,
): void {
  const repeated = entries.find(({ event, if: text }, index) =>
    entries.slice(0, index).some((one) => one.event === event && (one.if === text || code === 'InvalidWaitsFor')),
  );
  if (repeated !== undefined) {
    throw new JourneyError(code, {
      what: `The ${what} name an event twice.`,
      got: repeated.event,
      expected: 'each event once, or each time with an `if` of its own',
      fix: 'remove one of them',
    });
  }
}

/** What Sojourn itself writes where an event's name would stand that has cancelled a run. */
export const cancelledByNoEvent = {
  start: 'sojourn/timeout.start',
  finish: 'sojourn/timeout.finish',
  hand: 'sojourn/cancelled-by-hand',
} as const;

export function assertNotReserved(id: string, cancelling: readonly string[]): void {
  const reserved: readonly string[] = Object.values(cancelledByNoEvent);
  const name = cancelling.find((event) => reserved.includes(event));
  if (name === undefined) return;
  throw new JourneyError('InvalidCancelOn', {
    what: `Journey '${id}' is to be cancelled by an event of a name that is Sojourn's own.`,
    got: name,
    expected: 'an event that somebody puts on the bus',
    fix: 'name that event otherwise',
  });
}
