/**
 * What a request for faults may ask: rates by kind, a seed, an outage.
 *
 * Owns: the kinds of fault, what each means, the check of a request. Must not know: how a fault is brought about.
 * Invariants: what is not understood is refused with the fix, never taken for "no fault"; a rate is a share from 0 to 1.
 */

import { recordOf } from '../template/properties.js';
import { readDurationMs } from '../time/duration.js';

/** Every kind, with what its rate is a share of. */
export const faultKinds = {
  duplicate: 'hand-offs of the bus and of schedules that come twice: at once, or again within delayUpTo',
  delay: 'hand-offs that come later, by up to delayUpTo',
  reorder: 'hand-offs that come up to a minute later, so that others overtake them',
  undelivered: 'hand-offs that fail and are tried again by the target’s retry policy',
  kill: 'invocations whose environment is ended: before or after one of their calls, or at any moment',
  throttle: 'calls of functions that are refused as throttled, once or several times running',
  fail: 'calls of functions that fail in the service, once or several times running, without effect',
  loseAnswer: 'calls of functions that take effect and are never answered',
  lateAnswer: 'calls of functions that take effect and are answered late (real time)',
} as const;

export type FaultKind = keyof typeof faultKinds;

export interface Outage {
  /** `dynamodb`, `scheduler`, ...: every call of this service fails. */
  readonly service: string;
  readonly forMs: number;
}

export interface FaultRequest {
  /** Decides every fault, as far as workers that run in parallel allow. */
  readonly seed: number;
  readonly rates: Readonly<Record<FaultKind, number>>;
  /** Whose calls are throttled, fail, or lose their answers. */
  readonly services: readonly string[];
  readonly delayUpToMs: number;
  readonly outage: Outage | undefined;
}

export class InvalidFaults extends Error {}

/** Services of the endpoint that a fault may hit. */
const knownServices: readonly string[] = ['dynamodb', 'events', 'lambda', 'scheduler', 'ses', 'sqs'];
const defaultServices: readonly string[] = ['dynamodb', 'scheduler', 'events'];
const defaultDelayUpToMs = 10 * 60_000;
const otherFields: readonly string[] = ['seed', 'services', 'delayUpTo', 'outage', 'off'];

/** @returns undefined when faults are to end: `{}` or `{"off":true}`. @throws InvalidFaults */
export function readFaultRequest(body: Readonly<Record<string, unknown>>): FaultRequest | undefined {
  const unknown = Object.keys(body).filter((name) => !Object.hasOwn(faultKinds, name) && !otherFields.includes(name));
  if (unknown.length > 0) {
    const known = [...Object.keys(faultKinds), ...otherFields].join(', ');
    throw new InvalidFaults(`no such fault: ${unknown.join(', ')}; known: ${known}`);
  }
  if (body.off === true || Object.keys(body).length === 0) return undefined;
  const rates = Object.keys(faultKinds).map((kind) => [kind, rate(kind, body[kind])]);
  return {
    seed: seed(body.seed),
    rates: Object.fromEntries(rates) as Record<FaultKind, number>,
    services: services(body.services),
    delayUpToMs: body.delayUpTo === undefined ? defaultDelayUpToMs : durationMs('delayUpTo', body.delayUpTo),
    outage: outage(body.outage),
  };
}

function rate(kind: string, value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new InvalidFaults(`"${kind}" must be a share from 0 to 1, got ${JSON.stringify(value)}`);
}

function seed(value: unknown): number {
  if (value === undefined) return 1;
  if (Number.isSafeInteger(value)) return value as number;
  throw new InvalidFaults(`"seed" must be a whole number, got ${JSON.stringify(value)}`);
}

function services(value: unknown): readonly string[] {
  if (value === undefined) return defaultServices;
  if (Array.isArray(value) && value.every((name) => knownServices.includes(name))) return value as string[];
  throw new InvalidFaults(`"services" must be a list of ${knownServices.join(', ')}, got ${JSON.stringify(value)}`);
}

function outage(value: unknown): Outage | undefined {
  if (value === undefined) return undefined;
  const { service = 'dynamodb', for: length, ...unknown } = recordOf(value);
  if (!knownServices.includes(String(service)) || length === undefined || Object.keys(unknown).length > 0) {
    const fix = `{"service": one of ${knownServices.join(', ')}, "for": "1h"}`;
    throw new InvalidFaults(`"outage" must be ${fix}, got ${JSON.stringify(value)}`);
  }
  return { service: String(service), forMs: durationMs('outage.for', length) };
}

function durationMs(name: string, value: unknown): number {
  const ms = readDurationMs(value);
  if (ms !== undefined) return ms;
  throw new InvalidFaults(`"${name}" must be a duration such as "1h", got ${JSON.stringify(value)}`);
}
