/**
 * The options of createJourney that a declaration is.
 *
 * Owns: what of a declaration is an option, and the ways of its waits, which declare themselves. Knows no step's meaning.
 * Invariant: a declaration and code that says the same have the same definition.
 */
import type { DeclaredWait as AwaitedDeclaration, OtherPath } from '../correlation.js';
import type { JourneyOptions } from '../definition.js';
import type { EventRef } from '../event.js';
import { eventFilter } from '../filter/filter.js';
import { pathInFilter } from '../filter/filter-way.js';
import { writtenKeyPath } from '../match.js';
import { type DeclaredCancel, type DeclaredJourney, type DeclaredWait, triggersOf, waitsOf } from './form.js';

export function optionsOf(declaration: DeclaredJourney): JourneyOptions<EventRef, EventRef> {
  const { id, key, cancelOn, idempotency, singleton, timeouts, retries, replays } = declaration;
  const { maxDurationMs: maxDuration, acceptLateMs: acceptLate } = declaration;
  const { startMs: start, finishMs: finish } = timeouts ?? {};
  return {
    id,
    triggers: triggersOf(declaration),
    waitsFor: waysOfWaits(declaration),
    ...(key !== undefined && { key }),
    ...(cancelOn && { cancelOn: cancelOn.map(cancelOf) }),
    ...(idempotency && { idempotency: idempotencyOf(idempotency) }),
    ...(singleton && { singleton }),
    ...(timeouts && { timeouts: { ...(start !== undefined && { start }), ...(finish !== undefined && { finish }) } }),
    ...(retries !== undefined && { retries }),
    ...(maxDuration !== undefined && { maxDuration }),
    ...(acceptLate !== undefined && { acceptLate }),
    ...(replays !== undefined && { replays }),
  };
}

function cancelOf({ timeoutMs: timeout, ...cancel }: DeclaredCancel) {
  return { ...cancel, ...(timeout !== undefined && { timeout }) };
}

function idempotencyOf({ key, periodMs: period }: NonNullable<DeclaredJourney['idempotency']>) {
  return { key, ...(period !== undefined && { period }) };
}

/** What its waits await and by what, each way once. */
function waysOfWaits(declaration: DeclaredJourney): AwaitedDeclaration[] {
  const ways = waitsOf(declaration).map((wait) => ({ event: wait.event, match: wayOf(wait, declaration) }));
  const names = ways.map(({ event, match }) => JSON.stringify(match === undefined ? [event] : [event, match]));
  const once = ways.filter((_, i) => names.indexOf(names[i]!) === i);
  return once.map(({ event, match }) => (match === undefined ? event : { event, match }));
}

/** @returns undefined for the key. */
function wayOf({ id, event, match, if: text }: DeclaredWait, declaration: DeclaredJourney): OtherPath | undefined {
  if (typeof match === 'object' && match !== null) return Object.keys(match)[0];
  const { key } = declaration;
  if (match !== undefined) return match !== null && match === writtenKeyPath(key, event) ? undefined : match;
  if (text === undefined) return undefined;
  const [first] = triggersOf(declaration).flatMap((one) => ('event' in one ? [one.event] : []));
  const trigger = first === undefined ? undefined : writtenKeyPath(key, first);
  const incoming = writtenKeyPath(key, event);
  const ofKey = trigger !== undefined && incoming !== undefined ? { trigger, incoming } : undefined;
  return pathInFilter(eventFilter(text, `wait '${id}'`), ofKey);
}
