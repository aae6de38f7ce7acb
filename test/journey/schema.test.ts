/** Schemas of events' data: what one must be, how it is asked, and what is told of what it says. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import * as v from 'valibot';
import { z } from 'zod';
import { createJourney } from '../../lib/journey/definition.js';
import { eventType } from '../../lib/journey/event.js';
import { carriedSchema, misfit, staticSchema } from '../../lib/journey/schema/schema.js';

/** A schema of no library. */
function schemaOf(validate: (value: unknown) => unknown): StandardSchemaV1 {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as never } };
}
const complaining = (...messages: string[]) =>
  schemaOf((value) => (value === undefined ? { value } : { issues: messages.map((message) => ({ message })) }));

describe('misfit', () => {
  test('is undefined for data that fits, and says where and why for data that does not', () => {
    const schema = z.object({ cart_id: z.string(), items: z.array(z.object({ sku: z.string() })) });
    expect(misfit(schema, { cart_id: '42', items: [{ sku: 'a' }] })).toBeUndefined();
    expect(misfit(schema, { cart_id: 42, items: [{ sku: 'a' }, {}] })).toBe(
      'data.cart_id: Invalid input: expected string, received number; ' +
        'data.items.1.sku: Invalid input: expected string, received undefined',
    );
  });

  test('does not change the data, whatever the schema makes of it', () => {
    const data = Object.freeze({ list: Object.freeze(['1']) });
    const meddling = schemaOf((value) => {
      (value as { list: string[] } | undefined)?.list.push('2');
      return { value };
    });
    expect(misfit(meddling, data)).toBeUndefined();
    expect(data).toEqual({ list: ['1'] });
  });

  test('tells nothing of the data, although libraries quote it', () => {
    const schema = v.object({
      email: v.pipe(v.string(), v.email()),
      age: v.pipe(v.number(), v.minValue(18)),
      ok: v.literal(true),
    });
    expect(misfit(schema, { email: 'jane@@example', age: 7, ok: false })).toBe(
      'data.email: Invalid email: Received "…"; data.age: Invalid value: Expected >=18 but received …; ' +
        'data.ok: Invalid type: Expected true but received …',
    );
    expect(
      misfit(complaining('must be an email address (was "jane@@exa…)'), { other: { deep: 'jane@@example' } }),
    ).toBe('data: must be an email address (was "……)');
    expect(misfit(complaining('was {"a":["x1",17.5]}, he said "hi"'), { a: ['x1', 17.5], b: 'he said "hi"' })).toBe(
      'data: was {"a":["…",…]}, …',
    );
  });

  test('strikes out whole words only, so that a short value does not garble the message', () => {
    expect(misfit(complaining('expected at least 15 characters, cannot be 1.5'), { a: 5, b: 'an', c: '1' })).toBe(
      'data: expected at least 15 characters, cannot be 1.5',
    );
  });

  test('shows of a path only what looks like the name of a field', () => {
    const schema = z.object({ shares: z.record(z.string(), z.number()), 'given-name': z.string() });
    expect(misfit(schema, { shares: { 'jane@example.com': 'x' }, 'given-name': 1 })).toBe(
      'data.shares.*: Invalid input: expected number, received string; ' +
        'data.given-name: Invalid input: expected string, received number',
    );
    expect(misfit(z.strictObject({}), { 'jane@example.com': 1 })).toBe('data: Unrecognized key: "…"');
  });

  test('is bounded, however much is wrong', () => {
    const many = misfit(complaining(...Array.from({ length: 300 }, () => 'x'.repeat(500))), {})!;
    expect(many.length).toBeLessThan(8 * 220);
    expect(many).toMatch(/; and 292 more$/);
    expect(misfit(complaining('too many'), { list: Array.from({ length: 200_000 }, (_, n) => n) })).toBe(
      'data: too many',
    );
  });

  test('is what a schema threw, and that it answers too late', () => {
    const throwing = schemaOf(() => {
      throw new Error('no such table');
    });
    expect(misfit(throwing, {})).toBe('data: the schema threw: no such table');
    const odd = schemaOf(() => {
      throw Object.create(null);
    });
    expect(misfit(odd, {})).toBe('data: the schema threw: something that is no error');
    expect(
      misfit(
        schemaOf(() => null),
        {},
      ),
    ).toMatch(/^data: the schema threw: /);
    const later = schemaOf((value) => (value === undefined ? { value } : Promise.reject(new Error('unheard'))));
    expect(misfit(later, { id: '1' })).toBe('the schema answers with a promise, and must answer at once');
    expect(misfit(z.object({ id: z.string().refine(async () => true) }), { id: '1' })).toMatch(/with a promise/);
  });

  test('asks nothing of `issues` but that there are some', () => {
    expect(misfit(complaining(), {})).toBe('data: it does not fit');
  });
});

describe('eventType', () => {
  test('fails for what is no Standard Schema', () => {
    for (const schema of [null, 1, 'z.string()', {}, { '~standard': {} }, () => true]) {
      expect(() => eventType('a', { schema: schema as never })).toThrow(
        expect.objectContaining({ code: 'InvalidSchema', message: expect.stringContaining("'a' is none") }),
      );
    }
  });

  test('fails for a schema that answers with a promise', () => {
    expect(() => eventType('a', { schema: v.objectAsync({ id: v.string() }) })).toThrow(
      expect.objectContaining({ code: 'InvalidSchema', message: expect.stringContaining('asynchronously') }),
    );
  });

  test('takes a schema that throws when it is asked of nothing: it may be right about it', () => {
    const schema = schemaOf((value) => ({ value: (value as { id: string }).id }));
    expect(eventType('a', { schema }).schema).toBe(schema);
  });

  test('creates events that are a name and data to everybody, and bring their schema along', () => {
    const schema = z.object({ id: z.string() });
    const event = eventType('a', { schema }).create({ id: '1' });
    expect(event).toMatchObject({ name: 'a', data: { id: '1' } });
    expect(Object.keys(event)).toEqual(['name', 'data']);
    expect(JSON.stringify(event)).toBe('{"name":"a","data":{"id":"1"}}');
    expect(carriedSchema(event)).toBe(schema);
    expect(carriedSchema(eventType('b').create({ id: 1 }))).toBeUndefined();
  });

  test('creates events whose copies bring the schema along, as one with a ts does', () => {
    const schema = z.object({ id: z.string() });
    expect(carriedSchema({ ...eventType('a', { schema }).create({ id: '1' }), ts: 1 })).toBe(schema);
  });
});

test('staticSchema gives a type and no check: the event has no schema to anybody', () => {
  const type = eventType('a', { schema: staticSchema<{ id: string }>() });
  expect(type.schema).toBeUndefined();
  expect(carriedSchema(type.create({ id: '1' }))).toBeUndefined();
  const journey = createJourney({ id: 'typed', triggers: [{ event: type }] }, async () => {});
  expect(journey.schemas).toBeUndefined();
  expect(misfit(staticSchema<{ id: string }>(), { id: 1 })).toBeUndefined();
});

describe('the schemas of a journey', () => {
  const schema = z.object({ id: z.string() });
  const body = async (): Promise<void> => {};

  test('are those of the types that its options name, by event name; its definition stays plain JSON', () => {
    const journey = createJourney(
      {
        id: 'typed',
        triggers: [{ event: eventType('a', { schema }) }, { event: 'b' }],
        key: 'data.id',
        waitsFor: [eventType('c', { schema }), 'd'],
        cancelOn: [{ event: eventType('e', { schema }) }],
        sends: [eventType('f', { schema }), 'g'],
      },
      body,
    );
    expect([...journey.schemas!.keys()]).toEqual(['a', 'c', 'e', 'f']);
    expect(journey.definition.sends).toEqual(['f', 'g']);
    expect(JSON.parse(JSON.stringify(journey.definition))).toEqual(journey.definition);
  });

  test('are absent where no event has one', () => {
    const journey = createJourney({ id: 'untyped', triggers: [{ event: eventType('a') }] }, body);
    expect('schemas' in journey).toBe(false);
    expect('sends' in journey.definition).toBe(false);
  });

  test('fails for two schemas of one event, and takes one that is named twice', () => {
    const twice = (other: StandardSchemaV1) => () =>
      createJourney(
        {
          id: 'twice',
          triggers: [{ event: eventType('a', { schema }) }],
          key: 'data.id',
          cancelOn: [{ event: eventType('a', { schema: other }) }],
        },
        body,
      );
    expect(twice(schema)).not.toThrow();
    expect(twice(z.object({ id: z.string() }))).toThrow(
      expect.objectContaining({ code: 'InvalidSchema', message: expect.stringContaining('two schemas for one event') }),
    );
  });
});
