/**
 * What the process that reads a definition runs to tell the JSON Schemas of a journey's events.
 *
 * Owns: how a library is asked for them. It is text, because it runs beside the bundle and must not be in it. Invariant: whatever a
 * schema or its library does, an answer comes: a JSON Schema, or why there is none.
 *
 * In order: Standard JSON Schema (zod from 4.2 on, arktype from 2.1.28 on), the schema's own method, then the converter of the author's
 * project (zod's toJSONSchema, @valibot/to-json-schema). What JSON Schema has no word for (a Date, a transformation) may be anything.
 */
export const schemasScript = `
const { createRequire } = await import('node:module');
const target = 'draft-2020-12';
const libraryOptions = { unrepresentable: 'any', fallback: ({ base }) => base };
const converters = {
  zod: (schema, load) => load('zod').toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target }),
  valibot: (schema, load) => load('@valibot/to-json-schema').toJsonSchema(schema, { typeMode: 'input', errorMode: 'ignore', target }),
  arktype: (schema) => schema.toJsonSchema(libraryOptions),
};
const waysTo = (schema, load) => {
  const { vendor, jsonSchema } = schema['~standard'];
  const standard = typeof jsonSchema?.input === 'function';
  return [
    ...(standard ? [() => jsonSchema.input({ target }), () => jsonSchema.input({ target, libraryOptions })] : []),
    ...(Object.hasOwn(converters, vendor) ? [() => converters[vendor](schema, load)] : []),
  ];
};
const toldBy = (schema, load) => {
  const vendor = String(schema['~standard'].vendor);
  let untold = vendor + ' does not tell it (no Standard JSON Schema)';
  for (const way of waysTo(schema, load)) {
    try {
      const made = way();
      if (typeof made === 'object' && made !== null) return { vendor, jsonSchema: JSON.parse(JSON.stringify(made)) };
    } catch (error) {
      untold = String(error?.message ?? error).split('\\n')[0];
    }
  }
  return { vendor, untold };
};
const schemasOf = (journey, entry) => {
  const load = createRequire(entry);
  const entries = [...(journey.schemas ?? [])].map(([event, schema]) => [event, toldBy(schema, load)]);
  return Object.fromEntries(entries);
};
`;
