/** Options that there are not: refused where they are written, with the right one. */
import { createJourney, eventType } from 'sojourn';
import { createTestWorld } from 'sojourn/testing';

const messageOf = (attempt: () => unknown): string => {
  try {
    attempt();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

const define = (options: object): unknown =>
  createJourney(
    { id: 'cart', triggers: [{ event: 'cart/added' }], key: 'data.id', ...options } as never,
    async () => {},
  );

describe('a definition', () => {
  test.each<[what: string, options: object, starts: string, fix: string]>([
    [
      'a trigger',
      { triggers: [{ event: 'a', expression: 'event.data.x == 1' }] },
      `Trigger 'a' of journey 'cart' has an option that there is not. Got: "expression". Expected: only event, if.`,
      "write 'if' in its place",
    ],
    [
      'a cancelOn',
      { cancelOn: [{ event: 'c', expression: 'true' }] },
      `cancelOn 'c' of journey 'cart' has an option that there is not. Got: "expression". Expected: only event, match, if, timeout.`,
      "write 'if' in its place",
    ],
    ['a cancelOn', { cancelOn: [{ event: 'c', within: '1h' }] }, `cancelOn 'c'`, "write 'timeout' in its place"],
    [
      'an entry of waitsFor',
      { waitsFor: [{ event: 'w', match: 'data.x', if: 'true' }] },
      `waitsFor 'w' of journey 'cart' has an option that there is not. Got: "if".`,
      'write it where the code waits, in step.waitForEvent',
    ],
    [
      'a name that nobody means',
      { cancelOn: [{ event: 'c', constructor: 1 }] },
      `cancelOn 'c'`,
      "leave 'constructor' out",
    ],
  ])('fails with an unknown option of %s', (_what, options, starts, fix) => {
    const message = messageOf(() => define(options));
    expect(message.slice(0, starts.length)).toBe(starts);
    expect(message).toContain(`Fix: ${fix}. [UnknownOption]`);
  });

  test('fails with an unknown option of an event type', () => {
    const attempt = () => eventType('cart/paid', { schemas: {} } as never);
    expect(attempt).toThrow(/^The event type 'cart\/paid' has an option .* Got: "schemas"\. Expected: only schema\./);
  });

  test('takes one that is there, and undefined', () => {
    expect(() => define({ cancelOn: [{ event: 'c', expression: undefined }] })).not.toThrow();
  });
});

const child = createJourney({ id: 'child', triggers: [{ event: 'never' }] }, async () => {});

describe('a step', () => {
  /** How the run ends whose code makes this call. */
  const errorOf = async (call: (step: never) => Promise<unknown>, options: object = {}): Promise<string> => {
    const journey = createJourney(
      { id: 'cart', triggers: [{ event: 'T' }], key: 'data.id', waitsFor: ['A', 'B'], ...options },
      async ({ step }) => call(step as never),
    );
    const world = createTestWorld({ journeys: [journey] });
    await world.send({ name: 'T', data: { id: '1' } });
    const [run] = world.runs('cart');
    expect(run?.steps).toEqual({});
    expect([run?.status, world.sent()]).toEqual(['failed', []]);
    return run?.error?.message ?? '';
  };
  type Step = Readonly<Record<string, (id: string, options: object) => Promise<unknown>>>;

  test.each<[tool: string, options: object, says: string]>([
    [
      'waitForEvent',
      { event: 'A', timeout: '1h', expression: 'async.data.x == 1' },
      `waitForEvent 'w' has an option that there is not. Got: "expression". Expected: only event, timeout, match, if, since. Fix: write 'if' in its place. [UnknownOption]`,
    ],
    [
      'waitForEvent',
      { event: 'A', within: '1h' },
      `waitForEvent 'w' has an option that there is not. Got: "within". Expected: only event, timeout, match, if, since. Fix: write 'timeout' in its place. [UnknownOption]`,
    ],
    [
      'waitForAny',
      { events: ['A', 'B'], timeout: '1h', if: 'true' },
      `waitForAny 'w' has an option that there is not. Got: "if". Expected: only events, timeout, since. Fix: write it in the list of events: { event, match?, if?, since? }. [UnknownOption]`,
    ],
    [
      'waitForAll',
      { events: ['A', { event: 'B', where: 'true' }], timeout: '1h' },
      `An event of waitForAll 'w' has an option that there is not. Got: "where". Expected: only event, match, if, since. Fix: write 'if' in its place. [UnknownOption]`,
    ],
    [
      'expectNone',
      { event: 'A', timeout: '1h' },
      `expectNone 'w' has an option that there is not. Got: "timeout". Expected: only event, match, if, since, within. Fix: write 'within' in its place. [UnknownOption]`,
    ],
    [
      'expectNone',
      { event: 'A', events: ['B'], within: '1h' },
      `expectNone 'w' has an option that there is not. Got: "event". Expected: only events, within, since. Fix: leave 'event' out. [UnknownOption]`,
    ],
    ['expectNone', { event: 'A' }, `The within of expectNone 'w' is not a duration. Got: undefined.`],
    ['waitForAny', { events: ['A'] }, `The timeout of waitForAny 'w' is not a duration. Got: undefined.`],
    [
      'sendEvent',
      { name: 'x', data: {}, id: 'mine' },
      `An event of sendEvent 'w' has an option that there is not. Got: "id". Expected: only name, data, ts. Fix: leave 'id' out: `,
    ],
    [
      'invoke',
      { function: child, data: {} },
      `invoke 'w' has an option that there is not. Got: "function". Expected: only journey, data, timeout. Fix: write 'journey' in its place. [UnknownOption]`,
    ],
    ['invoke', {}, `Step 'w' does not say which journey it calls. Got: undefined.`],
    [
      'invoke',
      { journey: child },
      `Step 'w' calls a journey that journey 'cart' does not declare. Got: "child". Expected: a journey that stands in invokes, which is not there. Fix: add it, invokes: [referenceJourney('child')], or the journey itself. [UndeclaredInvoke]`,
    ],
    [
      'waitForEvent',
      { event: 'A', timeout: '1h', match: null },
      `Wait 'w' matches on a path that is not declared for 'A'. Got: null. Expected: 'data.id' (the key). Fix: declare it, waitsFor: [{ event: 'A', match: null }], or use what is declared. [UnsupportedMatch]`,
    ],
  ])('fails: %s with %p', async (tool, options, says) => {
    const message = await errorOf((step) => (step as Step)[tool]!('w', options));
    expect(message.slice(0, says.length)).toBe(says);
  });
});
