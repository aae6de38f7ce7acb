/**
 * What an `if` may use: functions, fields of an event, kinds of values; and what is refused by name, with a way out.
 *
 * Owns: these tables. docs/filters.md lists the same, which a test compares. Imports nothing.
 */

/** What is known of a value before there is an event. Data can be anything: dyn. */
export type Kind = 'bool' | 'number' | 'string' | 'null' | 'list' | 'timestamp' | 'duration' | 'dyn';

export interface FunctionShape {
  readonly gives: Kind;
  readonly takes: readonly Kind[];
}

const text1 = { gives: 'bool', takes: ['string'] } as const;
const part = { gives: 'number', takes: [] } as const;

/** `size(x)` */
export const functions: Readonly<Record<string, FunctionShape>> = {
  size: { gives: 'number', takes: ['dyn'] },
  int: { gives: 'number', takes: ['dyn'] },
  double: { gives: 'number', takes: ['dyn'] },
  string: { gives: 'string', takes: ['dyn'] },
  timestamp: { gives: 'timestamp', takes: ['string'] },
  duration: { gives: 'duration', takes: ['string'] },
};

/** `x.size()` */
export const methods: Readonly<Record<string, FunctionShape & { readonly of: Kind }>> = {
  size: { of: 'dyn', gives: 'number', takes: [] },
  contains: { of: 'string', ...text1 },
  startsWith: { of: 'string', ...text1 },
  endsWith: { of: 'string', ...text1 },
  lowerAscii: { of: 'string', gives: 'string', takes: [] },
  upperAscii: { of: 'string', gives: 'string', takes: [] },
  getFullYear: { of: 'timestamp', ...part },
  getMonth: { of: 'timestamp', ...part },
  getDate: { of: 'timestamp', ...part },
  getDayOfWeek: { of: 'timestamp', ...part },
  getHours: { of: 'timestamp', ...part },
  getMinutes: { of: 'timestamp', ...part },
};

/** `async.data.items.exists(item, item.sku == 'a')` */
export const macros = ['exists', 'all', 'exists_one'];

export const refused: Readonly<Record<string, readonly [why: string, fix: string]>> = {
  matches: ['a regular expression may take unbounded time', 'use startsWith, endsWith, contains or =='],
  map: ['it makes a new list', 'ask for a value with exists or all'],
  filter: ['it makes a new list', 'ask for a value with exists or all'],
};

/** What an event has, to a filter. */
export const fields = ['id', 'name', 'data', 'source', 'time'];
export const fieldsOfInngest: Readonly<Record<string, string>> = {
  ts: 'timestamp(event.time)',
  user: 'event.data.user',
};

/** Names that CEL keeps for itself. */
export const kept =
  /^(?:event|async|as|break|const|continue|else|for|function|if|import|let|loop|package|namespace|return|var|void|while|cel|int|uint|double|bool|string|bytes|list|map|type|null_type|dyn|timestamp|duration|optional)$/;
