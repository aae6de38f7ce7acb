/** Schemas of events at synth: what the bundle tells of them, and what can never work. */
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { createJourney, cron, eventType } from 'sojourn';
import { Journey, JourneyHub, JourneyStep } from 'sojourn/cdk';
import { z } from 'zod';
import { catalogueOf } from '../../bin/command/events.js';
import { checkSchemas } from '../../lib/constructs/schemas-check.js';
import { schemasMetadata } from '../../lib/contract.js';
import { repository } from '../tidy/source.js';
import { entryDirectory } from './entry-files.js';

const entries = entryDirectory();
beforeAll(() => {
  // A project whose packages are this repository's.
  const directory = path.dirname(entries.write('package.json', '{"type":"module"}'));
  symlinkSync(path.join(repository, 'node_modules'), path.join(directory, 'node_modules'));
});

interface Events {
  readonly imports?: string;
  readonly trigger?: string;
  readonly paid?: string;
  readonly gone?: string;
  readonly key?: string;
  readonly triggerIf?: string;
  readonly goneIf?: string;
  /** Another option. */
  readonly more?: string;
}

const withTotal = 'z.object({ cart_id: z.string(), total: z.number() })';

/** An entry whose events have these schemas. */
function entryText(events: Events): string {
  const { imports = "import { z } from 'zod';", trigger, paid, gone, key = "'data.cart_id'" } = events;
  const filter = (text: string | undefined): string => (text === undefined ? '' : `, if: ${JSON.stringify(text)}`);
  const type = (name: string, schema: string | undefined): string =>
    `eventType('${name}'${schema === undefined ? '' : `, { schema: ${schema} }`})`;
  return `
import { createJourney, eventType } from 'sojourn';
${imports}
export const journey = createJourney(
  {
    id: 'cart',
    triggers: [{ event: ${type('cart/added', trigger)}${filter(events.triggerIf)} }],
    key: ${key},
    waitsFor: [${type('cart/paid', paid)}],
    cancelOn: [{ event: ${type('cart/gone', gone)}${filter(events.goneIf)} }],
    ${events.more ?? ''}
  },
  async () => {},
);
export const handler = async () => {};
`;
}

function schemasIn(stack: Stack): Record<string, { vendor: string; jsonSchema?: object; untold?: string }> {
  const functions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
  return Object.assign({}, ...functions.map(({ Metadata }) => Metadata?.[schemasMetadata] ?? {}));
}

let count = 0;
function synth(events: Events): Stack {
  count += 1;
  const stack = new Stack(new App(), 'Shop');
  const entry = entries.write(`entry-${count}.ts`, entryText(events));
  new Journey(stack, 'Cart', { hub: new JourneyHub(stack, 'Hub'), entry });
  return stack;
}

/** With the entry's file as entry.ts. */
function messageOf(events: Events): string {
  try {
    synth(events);
  } catch (error) {
    return (error as Error).message.replace(/\S*\/entry-\d+\.ts/g, 'entry.ts');
  }
  return 'no error';
}

const cartId = { type: 'object', properties: { cart_id: { type: 'string' } }, required: ['cart_id'] };

describe('the JSON Schemas of a journey', () => {
  test('stand in its function’s metadata, derived from the bundle: of zod, arktype and valibot', () => {
    const imports = "import { z } from 'zod';\nimport * as v from 'valibot';\nimport { type } from 'arktype';";
    const schemas = schemasIn(
      synth({
        imports,
        trigger: 'z.object({ cart_id: z.string() })',
        paid: 'v.object({ cart_id: v.string() })',
        gone: "type({ cart_id: 'string' })",
      }),
    );
    expect(schemas).toEqual({
      'cart/added': { vendor: 'zod', jsonSchema: expect.objectContaining(cartId) },
      'cart/paid': { vendor: 'valibot', jsonSchema: expect.objectContaining(cartId) },
      'cart/gone': { vendor: 'arktype', jsonSchema: expect.objectContaining(cartId) },
    });
  });

  test('are of the data that comes in, and say nothing of what JSON Schema has no word for', () => {
    const imports = "import { z } from 'zod';\nimport { type } from 'arktype';";
    const trigger =
      'z.object({ cart_id: z.string(), plan: z.string().default("free"), at: z.date().optional(), n: z.string().transform(Number) })';
    const gone = "type({ cart_id: 'string', 'at?': 'Date' })";
    expect(schemasIn(synth({ imports, trigger, gone }))).toMatchObject({
      'cart/added': {
        jsonSchema: {
          properties: { plan: { type: 'string' }, at: {}, n: { type: 'string' } },
          required: ['cart_id', 'n'],
        },
      },
      'cart/gone': { jsonSchema: { properties: { at: {} }, required: ['cart_id'] } },
    });
  });

  test('are left out, with the reason, where nothing can tell them; the synth goes on', () => {
    const imports = `
const schema = (more) => ({ '~standard': { version: 1, vendor: 'mine', validate: (value) => ({ value }), ...more } });
const broken = { input: () => { throw new Error('no word for it\\nand more'); } };`;
    const schemas = schemasIn(synth({ imports, trigger: 'schema()', gone: 'schema({ jsonSchema: broken })' }));
    expect(schemas).toEqual({
      'cart/added': { vendor: 'mine', untold: 'mine does not tell it (no Standard JSON Schema)' },
      'cart/gone': { vendor: 'mine', untold: 'no word for it' },
    });
  });

  test('come whole, however large, and those that are too large for a template are left out of it', () => {
    const fields = (count: number) =>
      `z.object({ cart_id: z.string(), ...Object.fromEntries(Array.from({ length: ${count} }, (_, n) => ['field' + n, z.string()])) })`;
    const schemas = schemasIn(synth({ trigger: fields(10), gone: fields(20_000) }));
    expect(
      Object.keys((schemas['cart/added'] as { jsonSchema: { properties: object } }).jsonSchema.properties),
    ).toHaveLength(11);
    expect(schemas['cart/gone']).toEqual({
      vendor: 'zod',
      untold: expect.stringMatching(/^its \d{6,} bytes are too many for a template$/),
    });
  });

  test('are no part of the template where no event has one', () => {
    expect(schemasIn(synth({}))).toEqual({});
    const text = JSON.stringify(Template.fromStack(synth({})).toJSON());
    expect(text).not.toContain(schemasMetadata);
  });
});

describe('what can never work fails the synth, with the file and the fix', () => {
  const text = 'z.object({ cart_id: z.string() })';
  const number = 'z.object({ cart_id: z.number() })';

  test('a key that leads to a field that the schema does not have', () => {
    expect(messageOf({ trigger: 'z.object({ cartId: z.string() })' })).toBe(
      "The key of the journey of entry.ts leads to a field that the schema of 'cart/added' does not have. Got: data.cart_id. " +
        'Expected: a field of that schema. Fix: correct it (a key may be a path per event), or add the field to the schema. (at Shop/Cart)',
    );
    expect(messageOf({ paid: 'z.object({ cart: z.object({ id: z.string() }) })' })).toContain(
      "of 'cart/paid' does not have",
    );
  });

  test('an idempotency key, a singleton key or an `if` that leads to a field that the schema does not have', () => {
    const options = (text: string): string => messageOf({ trigger: withTotal, gone: withTotal, more: text });
    expect(options("idempotency: 'data.order'")).toContain(
      "The idempotency of the journey of entry.ts leads to a field that the schema of 'cart/added' does not have. Got: data.order.",
    );
    expect(options("singleton: { mode: 'skip', key: 'data.order' }")).toContain('The singleton of the journey');
    const filtered = (where: Pick<Events, 'triggerIf' | 'goneIf'>): string =>
      messageOf({ trigger: withTotal, gone: withTotal, ...where });
    expect(filtered({ triggerIf: 'event.data.totel > 5' })).toContain(
      "The `if` of trigger 'cart/added' of the journey of entry.ts leads to a field that the schema of 'cart/added' does not have. Got: data.totel.",
    );
    expect(filtered({ goneIf: "async.data.by == 'user' && event.data.total > 5" })).toContain(
      "The `if` of cancelOn 'cart/gone' of the journey of entry.ts leads to a field that the schema of 'cart/gone' does not have. Got: data.by.",
    );
    expect(filtered({ goneIf: 'async.data.total > event.data.totel' })).toContain("of 'cart/added' does not have");
    expect(
      filtered({ triggerIf: 'event.data.total > 5 || has(event.data.totel)', goneIf: 'async.data.total > 1' }),
    ).toBe('no error');
  });

  test('a key that leads to what can be no key', () => {
    expect(messageOf({ trigger: 'z.object({ cart_id: z.object({ id: z.string() }) })' })).toContain(
      "leads to what can be no key in 'cart/added'. Got: data.cart_id is nothing that can be a key (no text, number or boolean).",
    );
    expect(messageOf({ gone: 'z.object({ cart_id: z.array(z.string()) })' })).toContain('no key in');
  });

  test('a wait whose key never equals the trigger’s', () => {
    expect(messageOf({ trigger: text, paid: number })).toBe(
      "The wait for 'cart/paid' of the journey of entry.ts can never match: its key never equals the trigger's. " +
        "Got: data.cart_id is a number, and data.cart_id of 'cart/added' is a text. " +
        'Expected: values of one kind: a number never equals a text. ' +
        'Fix: correct one of the two schemas, or name another path as key of one of the events. (at Shop/Cart)',
    );
    expect(messageOf({ trigger: text, gone: 'z.object({ cart_id: z.int() })' })).toContain("The cancelOn 'cart/gone'");
    const sets = {
      trigger: "z.object({ cart_id: z.enum(['a', 'b']) })",
      paid: "z.object({ cart_id: z.literal('c') })",
    };
    expect(messageOf(sets)).toContain('Got: data.cart_id is "c", and data.cart_id of \'cart/added\' is "a" or "b".');
  });

  describe('a match by another path than the key', () => {
    const bare = { trigger: 'z.object({ cart_id: z.string(), user: z.string() })' };
    const other = (more: string, events: Events = bare): string => messageOf({ ...events, more });
    const awaited = (schema: string, match = "'data.payment_id'"): string =>
      other(`waitsFor: [{ event: eventType('pay/settled', { schema: ${schema} }), match: ${match} }],`);
    const cancelled = (schema: string, events?: Events): string =>
      other(`cancelOn: [{ event: eventType('user/left', { schema: ${schema} }), match: 'data.user' }],`, events);

    test('of a wait that leads to a field that the event’s schema does not have, or to what can be no key', () => {
      expect(awaited('z.object({ id: z.string() })')).toBe(
        "The match of 'pay/settled' in waitsFor of the journey of entry.ts leads to a field that the schema of 'pay/settled' does not have. " +
          'Got: data.payment_id. Expected: a field of that schema. Fix: correct the match, or add the field to the schema. (at Shop/Cart)',
      );
      expect(awaited('z.object({ payment_id: z.object({ id: z.string() }) })')).toContain(
        "The match of 'pay/settled' in waitsFor of the journey of entry.ts leads to what can be no key in 'pay/settled'. Got: data.payment_id is nothing",
      );
    });

    test('of a cancelOn that leads to a field that the event’s schema, or a trigger’s, does not have', () => {
      expect(cancelled('z.object({ id: z.string() })')).toContain(
        "The match of 'user/left' in cancelOn of the journey of entry.ts leads to a field that the schema of 'user/left' does not have. Got: data.user.",
      );
      expect(cancelled('z.object({ user: z.string() })', { trigger: text })).toContain(
        "The match of 'user/left' in cancelOn of the journey of entry.ts leads to a field that the schema of 'cart/added' does not have. Got: data.user.",
      );
    });

    test('of a cancelOn whose value never equals the trigger’s', () => {
      expect(cancelled('z.object({ user: z.number() })')).toContain(
        "The cancelOn 'user/left' of the journey of entry.ts can never match: its key never equals the trigger's. " +
          "Got: data.user is a number, and data.user of 'cart/added' is a text.",
      );
    });

    test('passes where the schema has it, where the event reaches every run, and where its value is made in the run', () => {
      expect(awaited('z.object({ payment_id: z.number() })')).toBe('no error');
      expect(awaited('z.object({})', 'null')).toBe('no error');
      expect(cancelled('z.object({ user: z.string() })')).toBe('no error');
      expect(cancelled('z.object({ user: z.string() })', {})).toBe('no error');
    });
  });

  test.each<[string, Events]>([
    ['where kinds meet in part', { trigger: 'z.object({ cart_id: z.union([z.string(), z.number()]) })', paid: number }],
    ['where one may be null', { trigger: text, paid: 'z.object({ cart_id: z.string().nullable() })' }],
    ['where values meet', { trigger: text, paid: "z.object({ cart_id: z.enum(['a', 'b']) })" }],
    ['where an integer is a number', { trigger: 'z.object({ cart_id: z.int() })', paid: number }],
    ['where one event has no schema', { trigger: text }],
    [
      'where a field may be anything',
      { trigger: text, paid: 'z.object({ cart_id: z.any() })', gone: 'z.looseObject({})' },
    ],
    [
      'where the schema has words that we do not look into',
      {
        imports: `import { z } from 'zod';
const jsonSchema = { input: () => ({ type: 'object', allOf: [{ properties: { cart_id: { type: 'number' } } }] }) };
const schema = { '~standard': { version: 1, vendor: 'mine', validate: (value) => ({ value }), jsonSchema } };`,
        trigger: text,
        paid: 'schema',
      },
    ],
    [
      'where each event has its own key',
      {
        trigger: text,
        paid: 'z.object({ id: z.string() })',
        gone: text,
        key: "{ 'cart/added': 'data.cart_id', 'cart/paid': 'data.id', 'cart/gone': 'data.cart_id' }",
      },
    ],
  ])('but not %s', (_, events) => {
    expect(messageOf(events)).toBe('no error');
  });
});

test('a journey that the clock starts, too, is held to nothing that its other triggers say of their keys', () => {
  const told = (schema: z.ZodType) => ({ vendor: 'zod', jsonSchema: z.toJSONSchema(schema) });
  const schemas = {
    'cart/added': told(z.object({ cart_id: z.string() })),
    'cart/paid': told(z.object({ cart_id: z.number() })),
  };
  const check = (triggers: readonly object[]) => () =>
    checkSchemas(
      {},
      {
        scope: new Stack(),
        source: 'a test',
        schemas,
        definition: createJourney(
          { id: 'cart', triggers: triggers as never, key: 'data.cart_id', waitsFor: ['cart/paid'] },
          async () => {},
        ).definition,
      },
    );
  expect(check([{ event: 'cart/added' }])).toThrow('can never match');
  expect(check([{ event: 'cart/added' }, cron('0 9 * * *')])).not.toThrow();
});

describe('two journeys of one hub', () => {
  const both = (one: string, other: string): string => {
    const stack = new Stack(new App(), 'Shop');
    const hub = new JourneyHub(stack, 'Hub');
    const entry = (id: string, schema: string): string =>
      entries.write(`${id}.ts`, entryText({ trigger: schema }).replace("id: 'cart'", `id: '${id}'`));
    new Journey(stack, 'One', { hub, entry: entry('one', one) });
    try {
      new Journey(stack, 'Other', { hub, entry: entry('other', other) });
    } catch (error) {
      return (error as Error).message.replace(/\S*\/(one|other)\.ts/g, '$1.ts');
    }
    return 'no error';
  };

  test('fail the synth with two schemas for one event, naming both files and where they differ', () => {
    const total = (type: string) => `z.object({ cart_id: z.string(), total: z.${type}() })`;
    expect(both(total('string'), total('number'))).toBe(
      "The journeys of other.ts and one.ts have different schemas for 'cart/added'. " +
        'Got: properties.total.type is "number" here, "string" there; the other is at Shop/One. ' +
        'Expected: one schema for one event on a hub. ' +
        "Fix: keep the eventType of 'cart/added' in a file of its own, and import it in both. (at Shop/Other)",
    );
    expect(both(total('string'), 'z.object({ cart_id: z.string() })')).toContain('different schemas');
  });

  test('may describe one schema in different words, or in another order', () => {
    const one = "z.object({ cart_id: z.string().describe('of the shop'), plan: z.enum(['a', 'b']) })";
    const other = "z.object({ plan: z.enum(['b', 'a']).default('a').nonoptional(), cart_id: z.string() })";
    expect(both(one, other)).toBe('no error');
    expect(
      both(
        'z.object({ cart_id: z.string(), title: z.string() })',
        'z.object({ cart_id: z.string(), title: z.number() })',
      ),
    ).toContain('properties.title.type');
  });

  test('fail the synth where one of them is declared without code, too', () => {
    const stack = new Stack(new App(), 'Shop');
    const hub = new JourneyHub(stack, 'Hub');
    new Journey(stack, 'Cart', {
      hub,
      entry: entries.write('cart.ts', entryText({ trigger: 'z.object({ cart_id: z.string() })' })),
    });
    const added = eventType('cart/added', { schema: z.object({ cart_id: z.string(), total: z.number() }) });
    const declare = (journeyId: string) =>
      new Journey(stack, journeyId, {
        hub,
        trigger: { event: added },
        steps: [JourneyStep.sleep('nap', Duration.days(1))],
      });
    expect(() => declare('mail')).toThrow("different schemas for 'cart/added'");
  });
});

describe('journeys that are called', () => {
  const synthCalled = (key: string, ...schemas: readonly string[]): Stack => {
    const stack = new Stack(new App(), 'Shop');
    const hub = new JourneyHub(stack, 'Hub');
    for (const [at, schema] of schemas.entries()) {
      const text = `
import { createJourney, invoke } from 'sojourn';
import { z } from 'zod';
const options = { id: 'called-${at}', triggers: [invoke(${schema})], key: '${key}', waitsFor: ['card/confirmed'] };
export const journey = createJourney(options, async () => {});
export const handler = async () => {};
`;
      new Journey(stack, `Called${at}`, { hub, entry: entries.write(`called-${at}.ts`, text) });
    }
    return stack;
  };

  test('have each a schema of its own for what callers give, and the catalogue tells each', () => {
    const stack = synthCalled(
      'data.id',
      'z.object({ id: z.string(), cents: z.number() })',
      'z.object({ id: z.string(), user: z.string() })',
    );
    const catalogue = catalogueOf(App.of(stack)!.synth().directory);
    const tells = catalogue.flatMap(({ event, starts, schemas: [schema] }) =>
      schema !== undefined && 'jsonSchema' in schema ? [[event, starts, schema.jsonSchema.required]] : [],
    );
    expect(tells).toEqual([
      ['sojourn/invoked.called-0', ['called-0'], ['id', 'cents']],
      ['sojourn/invoked.called-1', ['called-1'], ['id', 'user']],
    ]);
  });

  test('fail the synth for a key that their schema does not have, by the name that their code knows', () => {
    expect(() => synthCalled('data.order_id', 'z.object({ id: z.string() })')).toThrow(
      "leads to a field that the schema of 'sojourn/run.invoked' does not have. Got: data.order_id.",
    );
  });
});
