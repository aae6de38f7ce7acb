/**
 * Authors whose code does to the engine what events do: changes what it was given, throws what is no error, logs what is no
 * text, returns more than fits. In memory and on the table: the run ends, once, and the neighbour's too.
 */
import { DynamoRecords } from '../../lib/aws/records.js';
import type { Records } from '../../lib/engine/ports.js';
import { createJourney } from '../../lib/journey/definition.js';
import { RetryAfterError } from '../../lib/journey/errors.js';
import type { StepTools } from '../../lib/journey/step.js';
import { MemoryRecords } from '../../lib/memory/records.js';
import { type LocalTable, openTable } from '../contract/dynalite.js';
import { detail, envelope, type Mail, type Names, plainNames } from './cart.js';
import { bought, expectedOf, type HostileCase, play } from './case.js';

interface Context {
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON the event carries.
  readonly event: { readonly name: string; readonly data: any };
  readonly step: StepTools;
  readonly logger: { info(message: string, fields?: object): void };
}

/** What one author does, between the trigger and the purchase; the neighbour's code is plain. */
function author(
  title: string,
  does: (context: Context) => Promise<unknown>,
  then: Pick<HostileCase, 'runs'> & Partial<HostileCase>,
): HostileCase {
  const journey = (id: string, names: Names, mail: Mail) =>
    createJourney(
      { id, triggers: [{ event: names.added }], key: names.key, waitsFor: [names.purchased, names.added] },
      async (context) => {
        const { event, step } = context;
        if (event.data.cart !== 'neighbour') return does(context as unknown as Context);
        await step.waitForEvent('wait', { event: names.purchased, timeout: '24h' });
        await step.run('mail', () => mail(event.data));
        return { outcome: 'reminded' };
      },
    );
  return { title, journey, deliveries: bought({}, '"k"', '[1]'), ...then };
}

const wait = (step: StepTools, id = 'wait') =>
  step.waitForEvent(id, { event: plainNames.purchased, timeout: '24h' } as never) as Promise<{
    data: { note: number[] };
  } | null>;
const big = 'x'.repeat(250_000);

/** Thrown by hostile data more often than by authors: `throw await response.json()`. */
const thrown: readonly (readonly [title: string, value: () => unknown, name: string])[] = [
  ['undefined', () => undefined, 'Error'],
  ['null', () => null, 'Error'],
  ['a text', () => 'no', 'Error'],
  ['a symbol', () => Symbol('no'), 'Error'],
  ['an object without a prototype', () => Object.create(null), 'Error'],
  ['an object whose message is no text', () => JSON.parse('{"message":{"toString":"x"}}'), 'Error'],
  [
    'an object whose name is no text',
    () => JSON.parse('{"name":{"toString":1,"valueOf":1},"message":"x"}'),
    '[object Object]',
  ],
  [
    'an object whose message throws',
    () =>
      Object.defineProperty({}, 'message', {
        enumerable: true,
        get: () => {
          throw new Error('no');
        },
      }),
    'Error',
  ],
  ['an error with a message of 1 MB', () => new RangeError('x'.repeat(1_000_000)), 'RangeError'],
  ['an error with half a character', () => new RangeError('\ud83d'), 'RangeError'],
  ['a retry after null', () => new RetryAfterError('later', null as unknown as string), 'RetryAfterError'],
  ['a retry after nonsense', () => new RetryAfterError('later', 'soon'), 'RetryAfterError'],
  ['a retry after NaN', () => new RetryAfterError('later', Number.NaN), 'RetryAfterError'],
  ['a retry after no date', () => new RetryAfterError('later', new Date(Number.NaN)), 'RetryAfterError'],
  ['a retry after all time', () => new RetryAfterError('later', new Date(8.64e15)), 'RetryAfterError'],
  ['a retry before all time', () => new RetryAfterError('later', new Date(-8.64e15)), 'RetryAfterError'],
];

function logOddly(logger: Context['logger']): void {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const throwing = Object.defineProperty({}, 'x', {
    enumerable: true,
    get: () => {
      throw new Error('no');
    },
  });
  const odd = [10n, cycle, throwing, Symbol('x'), null, undefined, { toJSON: () => 10n }, Object.create(null), () => 1];
  for (const value of [...odd, { toString: null, valueOf: null, self: 10n }]) {
    logger.info(value as unknown as string);
    logger.info('fields', { value });
    logger.info('fields', value as object);
  }
}

const cases: readonly HostileCase[] = [
  author(
    'changes its event’s data',
    async ({ event, step }) => {
      event.data.note.push(2);
      await wait(step);
      return { outcome: 'done', note: event.data.note };
    },
    { runs: ['done'], note: '[1,2]' },
  ),
  author(
    'changes what a step returned',
    async ({ step }) => {
      const list = await step.run('load', () => [1]);
      list.push(2);
      await wait(step);
      await step.run('more', () => 0);
      return { outcome: 'done', note: list };
    },
    { runs: ['done'], note: '[1,2]' },
  ),
  author(
    'changes the event that it awaited',
    async ({ step }) => {
      const purchase = await wait(step);
      purchase?.data.note.push(2);
      await step.sleep('a while', '1h');
      await step.run('more', () => 0);
      return { outcome: 'done', note: purchase?.data.note };
    },
    { runs: ['done'], note: '[1,2]' },
  ),
  author(
    'changes its event’s data in a step',
    async ({ event, step }) => {
      await step.run('count', () => event.data.note.push(2));
      await wait(step);
      return { outcome: 'done', note: event.data.note };
    },
    { runs: ['done'], note: '[1]' },
  ),
  ...thrown.flatMap(([title, value, name]) => [
    author(
      `throws ${title} in a step`,
      ({ step }) =>
        step.run('fails', () => {
          throw value();
        }),
      { runs: [`failed: ${name}`] },
    ),
    author(
      `throws ${title} between steps`,
      async ({ step }) => {
        await wait(step);
        throw value();
      },
      { runs: [`failed: ${name}`] },
    ),
  ]),
  author(
    'logs what is no text',
    async ({ step, logger }) => {
      logOddly(logger);
      await wait(step);
      logOddly(logger);
      await step.run('more', () => 0);
      logOddly(logger);
      return { outcome: 'done' };
    },
    { runs: ['done'] },
  ),
  author('returns more than 256 KB', async () => ({ outcome: 'done', note: `${big}${big}` }), {
    runs: ['failed: ResultTooLarge'],
  }),
  author('returns much beside a large trigger that may be awaited', async () => ({ outcome: 'done', note: big }), {
    deliveries: [{ atMs: 0, text: envelope({ name: plainNames.added, detail: detail('"k"', JSON.stringify(big)) }) }],
    runs: ['failed: ResultTooLarge'],
  }),
  author(
    'returns much beside a large trigger that is slim',
    async ({ step }) => {
      await step.run('one', () => 1);
      return { outcome: 'done', note: 'x'.repeat(100_000) };
    },
    {
      deliveries: [{ atMs: 0, text: envelope({ name: plainNames.added, detail: detail('"k"', JSON.stringify(big)) }) }],
      runs: ['done'],
    },
  ),
  author(
    'keeps more than a run can hold',
    async ({ step }) => {
      await step.run('one', () => big);
      await step.run('two', () => big);
      return { outcome: 'done' };
    },
    { runs: ['failed: ResultTooLarge'] },
  ),
  author(
    'awaits more than a run can hold',
    async ({ step }) => {
      await wait(step);
      await step.run('two', () => 1);
      return { outcome: 'done' };
    },
    { deliveries: bought({}, '"k"', JSON.stringify(big)), runs: ['failed: ResultTooLarge'] },
  ),
  author(
    'takes a hundred steps with long ids',
    async ({ step }) => {
      for (let n = 0; n < 100; n += 1) await step.run(`${n} ${'é'.repeat(90)}`, () => 'x'.repeat(200));
      return { outcome: 'done' };
    },
    { runs: ['done'] },
  ),
  ...[1_001, 1_950, 2_100, 3_000, 100_000].map((levels) =>
    author(
      `returns ${levels} levels from a step`,
      async ({ step }) => {
        await step.run('deep', () => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`));
        return { outcome: 'done' };
      },
      { runs: ['failed: UnstorableResult'] },
    ),
  ),
  author('returns too many levels itself', async () => JSON.parse(`${'['.repeat(1_001)}${']'.repeat(1_001)}`), {
    runs: ['failed: UnstorableResult'],
  }),
  author(
    'returns hostile JSON',
    async ({ step }) => {
      const value = await step.run('parse', () => JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'));
      await wait(step);
      return { outcome: 'done', note: value };
    },
    { runs: ['done'], note: '{"__proto__":{"polluted":true},"constructor":1}' },
  ),
  author(
    'returns what looks like a promise',
    async ({ step }) => {
      const value = await step.run('thenable', () => JSON.parse('{"then":"x","catch":1}'));
      await wait(step);
      return { outcome: 'done', note: value };
    },
    { runs: ['done'], note: '{"then":"x","catch":1}' },
  ),
];

describe('an author', () => {
  let table: LocalTable;
  beforeAll(async () => {
    table = await openTable();
  });
  afterAll(() => table.close());

  test.each(cases.map((one): [string, HostileCase] => [one.title, one]))('in memory %s', async (_title, one) => {
    expect(await play([one], new MemoryRecords())).toEqual([expectedOf(one)]);
  });

  test('on the table comes to the same, all of them in one hub', async () => {
    const records: Records = new DynamoRecords(table.client, table.tableName);
    const results = await play(cases, records);
    const titled = <Value>(values: readonly Value[]) => values.map((value, n) => [cases[n]!.title, value]);
    expect(titled(results)).toEqual(titled(cases.map(expectedOf)));
  });
});
