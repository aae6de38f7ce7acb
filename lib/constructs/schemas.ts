/**
 * JSON Schemas of events' data, as far as synth looks into them: which fields there are, and what a field can be.
 *
 * Knows JSON Schema as far as that goes, and no journey. Invariant: it says no only where that is certain: what it does not
 * understand may be anything.
 */
import { limits } from '../limits.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What is known of the schema of an event's data. */
export type EventSchema =
  | { readonly vendor: string; readonly jsonSchema: JsonSchema }
  /** It has none that can be told, and why. */
  | { readonly vendor: string; readonly untold: string };

/** Event name -> what is known of its schema; only events that have one. */
export type EventSchemas = Readonly<Record<string, EventSchema>>;

export function toldSchema(schemas: EventSchemas, event: string): JsonSchema | undefined {
  const schema = Object.hasOwn(schemas, event) ? schemas[event] : undefined;
  return schema && 'jsonSchema' in schema ? schema.jsonSchema : undefined;
}

/** The Standard JSON Schema of a schema, if it has one and can be written as one. */
export function jsonSchemaOf(schema: object): JsonSchema | undefined {
  const standard = (schema as { readonly '~standard'?: { readonly jsonSchema?: unknown } })['~standard'];
  const jsonSchema = standard?.jsonSchema as { input?(options: object): unknown } | undefined;
  for (const libraryOptions of [undefined, lenient]) {
    try {
      const made = jsonSchema?.input?.({ target: 'draft-2020-12', ...(libraryOptions && { libraryOptions }) });
      if (typeof made === 'object' && made !== null) return JSON.parse(JSON.stringify(made)) as JsonSchema;
    } catch {}
  }
  return undefined;
}

/** What JSON Schema has no word for may be anything: zod's option, and arktype's. */
const lenient = { unrepresentable: 'any', fallback: ({ base }: { readonly base: unknown }): unknown => base };

/** As a template carries them: one that is too large for it is left out. */
export function shortened(schemas: EventSchemas): EventSchemas {
  const entries = Object.entries(schemas).map(([event, schema]): [string, EventSchema] => {
    const bytes = Buffer.byteLength(JSON.stringify(schema));
    if (bytes <= limits.templateSchemaBytes) return [event, schema];
    return [event, { vendor: schema.vendor, untold: `its ${bytes} bytes are too many for a template` }];
  });
  return Object.fromEntries(entries);
}

/** Words of JSON Schema that this does not look into: with one of them, everything may be. */
const opaque = ['$ref', '$dynamicRef', 'allOf', 'if', 'patternProperties', 'prefixItems', 'not'];

/** Whether data of this schema may have a field, a path of names. */
export function mayHave(schema: unknown, fields: readonly string[]): boolean {
  return partsAt(schema, fields) !== 'none';
}

/** What a field can be, of what can be a key: kinds, or the very values. */
export interface Domain {
  readonly kinds: ReadonlySet<Kind>;
  /** As JSON; undefined where any value of those kinds may be. */
  readonly values: ReadonlySet<string> | undefined;
}
type Kind = 'string' | 'number' | 'boolean';

/** @returns undefined where that is not certain. */
export function domainAt(schema: unknown, fields: readonly string[]): Domain | undefined {
  const parts = partsAt(schema, fields);
  if (parts === 'any' || parts === 'none') return undefined;
  const domains = parts.map(domainOf);
  return domains.every((domain) => domain !== undefined) ? unionOf(domains) : undefined;
}

export function unionOf(domains: readonly Domain[]): Domain {
  const values = domains.every((domain) => domain.values !== undefined)
    ? new Set(domains.flatMap((domain) => [...domain.values!]))
    : undefined;
  return { kinds: new Set(domains.flatMap(({ kinds }) => [...kinds])), values };
}

/** Whether a value of one may equal a value of the other. A number and the text of its digits never do. */
export function mayEqual(one: Domain, other: Domain): boolean {
  if (one.values && other.values) return [...one.values].some((value) => other.values!.has(value));
  const [few, many] = one.values ? [one, other] : [other, one];
  if (few.values) return [...few.values].some((value) => many.kinds.has(kindOf(value)));
  return [...one.kinds].some((kind) => other.kinds.has(kind));
}

/** `a text`, `a number or a boolean`, `"free" or "pro"` */
export function shownDomain({ kinds, values }: Domain): string {
  const words = values ? [...values] : [...kinds].map((kind) => (kind === 'string' ? 'a text' : `a ${kind}`));
  if (words.length === 0) return 'nothing that can be a key (no text, number or boolean)';
  return words.length > 4 ? `${words.slice(0, 4).join(', ')} ...` : words.join(' or ');
}

/** The same text for schemas that say the same: words that only describe are left out, and order does not count. */
export function canonical(schema: JsonSchema): string {
  return JSON.stringify(ordered(schema, false));
}

/** Where two schemas differ first: `properties.total.type is "number" here, "string" there`. */
export function differenceOf(one: unknown, other: unknown): string {
  const path: string[] = [];
  let [here, there] = [ordered(one, false), ordered(other, false)];
  while (isObject(here) && isObject(there)) {
    const [a, b]: [JsonSchema, JsonSchema] = [here, there];
    const word = [...new Set([...Object.keys(a), ...Object.keys(b)])].find((key) => shown(a[key]) !== shown(b[key]));
    if (word === undefined) break;
    path.push(word);
    [here, there] = [a[word], b[word]];
  }
  return `${path.join('.')} is ${shown(here)} here, ${shown(there)} there`;
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? 'not there' : JSON.stringify(value);
}

const describing = new Set(['$schema', '$id', '$comment', 'title', 'description', 'examples', 'deprecated', 'default']);
const unorderedLists = new Set(['required', 'enum', 'type', 'anyOf', 'oneOf', 'allOf']);

/** @param names whether the keys of this object are names of fields, and no words of JSON Schema. */
function ordered(value: unknown, names: boolean): unknown {
  if (Array.isArray(value)) return value.map((part) => ordered(part, false));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([word]) => names || !describing.has(word))
    .map(([word, part]) => {
      const inner = ordered(
        part,
        !names && (word === 'properties' || word === '$defs' || word === 'patternProperties'),
      );
      return [word, !names && unorderedLists.has(word) && Array.isArray(inner) ? inner.sort(byText) : inner] as const;
    });
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}

/** The schemas, one for each way that is open, of a field; `any` where that is not certain, `none` where there is no such field. */
type Parts = readonly JsonSchema[] | 'any' | 'none';

function partsAt(schema: unknown, [field, ...rest]: readonly string[]): Parts {
  if (schema === false) return 'none';
  if (typeof schema !== 'object' || schema === null) return 'any';
  const known = schema as JsonSchema;
  if (opaque.some((word) => Object.hasOwn(known, word))) return 'any';
  const ways = known.anyOf ?? known.oneOf;
  if (Array.isArray(ways))
    return together(ways.map((way) => partsAt(way, field === undefined ? [] : [field, ...rest])));
  if (field === undefined) return [known];
  const inner = innerOf(known, field);
  return inner === 'any' || inner === 'none' ? inner : partsAt(inner.schema, rest);
}

function together(ways: readonly Parts[]): Parts {
  const open = ways.filter((way) => way !== 'none');
  if (open.length === 0) return 'none';
  return open.includes('any') ? 'any' : (open as JsonSchema[][]).flat();
}

function innerOf(known: JsonSchema, field: string): { readonly schema: unknown } | 'any' | 'none' {
  const { type, properties, additionalProperties } = known;
  if (type === 'array') return /^\d+$/.test(field) ? { schema: known.items } : 'none';
  if (type !== undefined && type !== 'object') return Array.isArray(type) ? 'any' : 'none';
  if (typeof properties !== 'object' || properties === null) {
    return additionalProperties === false ? 'none' : { schema: additionalProperties };
  }
  if (Object.hasOwn(properties, field)) return { schema: (properties as JsonSchema)[field] };
  // An author who lists fields means them; only `true` or a schema says that there are others.
  if (additionalProperties === undefined || additionalProperties === false) return 'none';
  return { schema: additionalProperties };
}

/** @returns undefined where it may be anything. */
function domainOf({ type, const: only, enum: values }: JsonSchema): Domain | undefined {
  const listed = only !== undefined ? [only] : Array.isArray(values) ? values : undefined;
  if (listed) {
    const keys = listed.filter(isScalar).map((value) => JSON.stringify(value));
    return { kinds: new Set(keys.map(kindOf)), values: new Set(keys) };
  }
  if (type === undefined) return undefined;
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  const kinds = types.flatMap((one): Kind[] => (one === 'integer' ? ['number'] : isKind(one) ? [one] : []));
  return { kinds: new Set(kinds), values: undefined };
}

function isScalar(value: unknown): boolean {
  return isKind(typeof value);
}

function isKind(type: unknown): type is Kind {
  return type === 'string' || type === 'number' || type === 'boolean';
}

function kindOf(json: string): Kind {
  return json.startsWith('"') ? 'string' : json === 'true' || json === 'false' ? 'boolean' : 'number';
}
