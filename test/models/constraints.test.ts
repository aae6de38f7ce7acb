/** What of a request is against its service's model, in the words of AWS's front end. */
import { findingsOf } from '../../lib/sandbox/models/constraints.js';
import type { ServiceModel, Shape } from '../../lib/sandbox/models/model.js';
import { models, refusalOf } from '../../lib/sandbox/models/requests.js';
import { unreadable } from './java-pattern.js';

const shapes: Readonly<Record<string, Shape>> = {
  Input: {
    type: 'structure',
    required: ['Name'],
    members: {
      Name: 'Name',
      Count: 'Count',
      Ratio: 'Ratio',
      On: 'On',
      At: 'At',
      Data: 'Data',
      Mode: 'Mode',
      Names: 'Names',
      Tags: 'Tags',
      Parts: 'Parts',
      PartsByName: 'PartsByName',
    },
  },
  Name: { type: 'string', min: 2, max: 4, pattern: '[a-z]+' },
  Count: { type: 'integer', min: 1, max: 10 },
  Ratio: { type: 'double' },
  On: { type: 'boolean' },
  At: { type: 'timestamp' },
  Data: { type: 'blob', max: 3 },
  Mode: { type: 'string', enum: ['OFF', 'ON'] },
  Names: { type: 'list', member: 'Name', min: 1, max: 2 },
  Tags: { type: 'map', key: 'Name', value: 'Name', max: 1 },
  Part: { type: 'structure', required: ['Id'], members: { Id: 'Name', Size: 'Count' } },
  Parts: { type: 'list', member: 'Part' },
  PartsByName: { type: 'map', key: 'Name', value: 'Part' },
};
const model: ServiceModel = { operations: {}, shapes };
const textsOf = (input: object) =>
  findingsOf(model, 'Input', { Name: 'ab', ...input }).violations.map(({ text }) => text);
const at = (place: string, value: string, must: string) =>
  `Value ${value} at '${place}' failed to satisfy constraint: Member must ${must}`;
const nameWhole =
  'Member must have length less than or equal to 4, Member must have length greater than or equal to 2, Member must satisfy regular expression pattern: [a-z]+';

test('what fits is without findings, at every bound', () => {
  const fits = {
    Name: 'abcd',
    Count: 10,
    Ratio: 0.5,
    On: false,
    At: 1.5,
    Data: 'YWJj',
    Mode: 'ON',
    Names: ['ab', 'abcd'],
    Tags: { ab: 'ab' },
    Parts: [{ Id: 'ab', Size: 1 }],
    PartsByName: { ab: { Id: 'ab' } },
  };
  expect(findingsOf(model, 'Input', fits)).toEqual({ violations: [], unknown: [] });
});

test.each<[string, object, string[]]>([
  ['a missing member', { Name: undefined }, [at('name', 'null', 'not be null')]],
  ['a member that is null', { Name: null }, [at('name', 'null', 'not be null')]],
  ['a text that is too long', { Name: 'abcde' }, [at('name', "'abcde'", 'have length less than or equal to 4')]],
  [
    'a text that breaks two constraints',
    { Name: '1' },
    [
      at('name', "'1'", 'have length greater than or equal to 2'),
      at('name', "'1'", 'satisfy regular expression pattern: [a-z]+'),
    ],
  ],
  [
    'a text of which only a part fits the pattern',
    { Name: 'ab1' },
    [at('name', "'ab1'", 'satisfy regular expression pattern: [a-z]+')],
  ],
  ['a number that is too small', { Count: 0 }, [at('count', "'0'", 'have value greater than or equal to 1')]],
  ['a number that is too large', { Count: 11 }, [at('count', "'11'", 'have value less than or equal to 10')]],
  ['bytes that are too many', { Data: 'YWJjZA==' }, [at('data', "'YWJjZA=='", 'have length less than or equal to 3')]],
  ['a value that is none of the enum', { Mode: 'on' }, [at('mode', "'on'", 'satisfy enum value set: [OFF, ON]')]],
  ['an empty list', { Names: [] }, [at('names', "'[]'", 'have length greater than or equal to 1')]],
  [
    'a list that is too long',
    { Names: ['ab', 'ab', 'ab'] },
    [at('names', "'[ab, ab, ab]'", 'have length less than or equal to 2')],
  ],
  ['a bad item of a list', { Names: ['ab', 'A'] }, [at('names', "'[ab, A]'", `satisfy constraint: [${nameWhole}]`)]],
  [
    'a bad key of a map',
    { Tags: { A: 'ab' } },
    [`Value '{A=ab}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [${nameWhole}]`],
  ],
  [
    'a bad value of a map',
    { Tags: { ab: 'A' } },
    [`Value '{ab=A}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [${nameWhole}]`],
  ],
  [
    'too many entries of a map',
    { Tags: { ab: 'ab', cd: 'cd' } },
    [at('tags', "'{ab=ab, cd=cd}'", 'have length less than or equal to 1')],
  ],
  [
    'a member of an item',
    { Parts: [{ Id: 'ab' }, { Size: 99 }] },
    [
      at('parts.2.member.id', 'null', 'not be null'),
      at('parts.2.member.size', "'99'", 'have value less than or equal to 10'),
    ],
  ],
  ['a member of an entry', { PartsByName: { ab: {} } }, [at('partsByName.ab.member.id', 'null', 'not be null')]],
  ['text for a number', { Count: '5' }, ['STRING_VALUE can not be converted to an Integer']],
  ['a fraction for a whole number', { Count: 1.5 }, ['DECIMAL_VALUE can not be converted to an Integer']],
  ['a number for text', { Name: 5 }, ['NUMBER_VALUE can not be converted to a String']],
  ['text for a truth value', { On: 'true' }, ['STRING_VALUE can not be converted to a Boolean']],
  ['no time', { At: 'tomorrow' }, ['STRING_VALUE can not be converted to a Date']],
  ['a structure for text', { Name: {} }, ['Start of structure or map found where not expected.']],
  ['a list for text', { Name: [] }, ['Start of list found where not expected']],
  ['text for a list', { Names: 'ab' }, ['Unexpected field type']],
  ['a list for a map', { Tags: [] }, ['Unexpected field type']],
  ['a number among texts', { Names: ['ab', 5] }, ['NUMBER_VALUE can not be converted to a String']],
])('fails for %s', (_, input, texts) => {
  expect(textsOf(input)).toEqual(texts);
});

test('a structure is repeated as Java prints it', () => {
  const tooMany: ServiceModel = {
    operations: {},
    shapes: { ...shapes, Parts: { type: 'list', member: 'Part', max: 0 } },
  };
  const { violations } = findingsOf(tooMany, 'Input', { Name: 'ab', Parts: [{ Id: 'ab' }] });
  expect(violations.map(({ text }) => text)).toEqual([
    at('parts', "'[Part(id=ab, size=null)]'", 'have length less than or equal to 0'),
  ]);
});

test('a member that the model does not have is passed over, and told apart', () => {
  const input = { Name: 'ab', Colour: 'red', Parts: [{ Id: 'ab', Colour: 'red' }], constructor: 1 };
  expect(findingsOf(model, 'Input', input)).toEqual({
    violations: [],
    unknown: ['colour', 'constructor', 'parts.1.member.colour'],
  });
});

test('an answer names ten violations at most', () => {
  const Entries = Array.from({ length: 10 }, () => ({ EventBusName: '', TraceHeader: '' }));
  const refusal = refusalOf({ service: 'events', operation: 'PutEvents', input: { Entries } });
  expect(refusal?.message).toMatch(/^10 validation errors detected: /);
});

test('attribute values nested a hundred thousand deep end in an answer', () => {
  let value: object = { S: 'x' };
  for (let level = 0; level < 100_000; level += 1) value = { L: [value] };
  const input = { TableName: 'a-table', Item: { pk: value } };
  expect(refusalOf({ service: 'dynamodb', operation: 'PutItem', input })).toBeUndefined();
});

describe('the models that ship', () => {
  const all = Object.entries(models) as [string, ServiceModel][];

  test.each(all)('of %s have every shape that they name', (_, { operations, shapes: own }) => {
    const named = Object.values(own).flatMap((shape) => {
      if (shape.type === 'list') return [shape.member];
      if (shape.type === 'map') return [shape.key, shape.value];
      if (shape.type !== 'structure') return [];
      return Object.values(shape.members).map((member) => (typeof member === 'string' ? member : member.shape));
    });
    const inputs = Object.values(operations).map(({ input }) => input);
    expect(inputs.length).toBeGreaterThan(0);
    expect([...inputs, ...named].filter((name) => own[name] === undefined)).toEqual([]);
    // And none that nothing reaches.
    expect(Object.keys(own).filter((name) => !named.includes(name) && !inputs.includes(name))).toEqual([]);
  });

  test('have patterns that JavaScript reads as Java does', () => {
    const patterns = all.flatMap(([, { shapes: own }]) =>
      Object.values(own).flatMap((shape) => (shape.type === 'string' ? (shape.pattern ?? []) : [])),
    );
    expect(patterns.length).toBeGreaterThan(15);
    expect(patterns.flatMap((pattern) => unreadable(pattern) ?? [])).toEqual([]);
  });
});

test.each([
  '\\p{L}+',
  '[a-z&&[^b]]',
  '[a[bc]]',
  '(?i)abc',
  'a++b',
  '(?>a|b)',
  '\\Aabc\\Z',
  '\\s+',
  '[\\uD800-\\uDBFF]',
  '(',
])('fails when a pattern is read otherwise by JavaScript: %s', (pattern) => expect(unreadable(pattern)).toBeDefined());
