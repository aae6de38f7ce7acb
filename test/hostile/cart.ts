/**
 * The journey that hostile input is tried on, with whatever names a case gives to its parts, and events as the JSON text
 * that EventBridge hands to a function.
 */
import { type AnyJourney, createJourney } from '../../lib/journey/definition.js';
import { tenMs } from '../contract/documents.js';

/** When every case begins: 2026-11-22T10:00:00Z. */
export const startMs = tenMs;
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

export interface Names {
  readonly added: string;
  readonly purchased: string;
  /** Path of the key. */
  readonly key: string;
  readonly wait: string;
  readonly run: string;
}

export const plainNames: Names = {
  added: 'cart/product.added',
  purchased: 'cart/purchased',
  key: 'data.cart',
  wait: 'wait-for-purchase',
  run: 'send-reminder',
};

/** Called when a reminder goes out, with the trigger's data. */
export type Mail = (data: Record<string, unknown>) => void;

/** One wait of a day; what came with the purchase, or with the trigger, is the output. */
export function cartJourney(id: string, names: Names, mail: Mail): AnyJourney {
  return createJourney(
    { id, triggers: [{ event: names.added }], key: names.key, waitsFor: [names.purchased] },
    async ({ event, step }) => {
      const purchased = await step.waitForEvent(names.wait, { event: names.purchased, timeout: '24h' });
      if (purchased !== null) return { outcome: 'purchased', note: purchased.data.note };
      const note = await step.run(names.run, () => {
        mail(event.data);
        return event.data.note;
      });
      return { outcome: 'reminded', note };
    },
  );
}

let events = 0;

export interface RawEvent {
  readonly name: string;
  /** JSON text. */
  readonly detail: string;
  readonly id?: string;
  /** After the beginning. Default: when it is delivered. */
  readonly timeMs?: number;
  /** JSON texts of fields of the envelope, in the place of what it would have. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** An event as EventBridge delivers it, dated `timeMs` after the beginning. */
export function envelope({ name, detail, id, timeMs = 0, fields = {} }: RawEvent): string {
  events += 1;
  const own: Record<string, string> = {
    version: '"0"',
    id: JSON.stringify(id ?? `7d1f0a52-5c9d-4b8e-9b0a-${String(events).padStart(12, '0')}`),
    'detail-type': JSON.stringify(name),
    source: '"shop"',
    account: '"111122223333"',
    time: JSON.stringify(new Date(startMs + timeMs).toISOString().replace(/\.\d+Z$/, 'Z')),
    region: '"eu-west-1"',
    resources: '[]',
    detail,
    ...fields,
  };
  const parts = Object.entries(own).flatMap(([field, text]) =>
    text === '' ? [] : [`${JSON.stringify(field)}:${text}`],
  );
  return `{${parts.join(',')}}`;
}

/** The detail of an event of a cart: its key and a note, both as JSON text. */
export function detail(key: string, note?: string): string {
  return note === undefined ? `{"cart":${key}}` : `{"cart":${key},"note":${note}}`;
}
