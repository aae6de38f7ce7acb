import { type AnyJourney, createJourney, eventNames, isLatestWins } from '../../lib/journey/definition.js';
import { JourneyError } from '../../lib/journey/errors.js';
import { eventType } from '../../lib/journey/event.js';

const body = async () => ({ outcome: 'done' });
const cart = { id: 'cart', triggers: [{ event: 'cart/product.added' }] };
/** As an author of plain JavaScript would call it. */
const create = (...given: unknown[]) => (createJourney as (...given: unknown[]) => AnyJourney)(...given);
const define = (options: object) => create({ ...cart, ...options }, body).definition;

describe('a definition', () => {
  test('has its defaults filled in and is plain JSON', () => {
    const { definition } = createJourney({ id: 'welcome', triggers: [{ event: 'user/signed.up' }] }, body);
    expect(JSON.parse(JSON.stringify(definition))).toEqual({
      id: 'welcome',
      triggers: [{ event: 'user/signed.up' }],
      waitsFor: [],
      cancelOn: [],
      retries: 4,
      maxDurationMs: 3_024_000_000,
      acceptLateMs: 1_382_400_000,
      replays: false,
    });
  });

  test('holds all that an author may declare', () => {
    const paid = eventType('cart/paid');
    const definition = define({
      triggers: [{ event: 'cart/product.added' }, { event: paid }],
      key: 'data.cart_id',
      waitsFor: ['cart/purchased', paid],
      cancelOn: [{ event: 'cart/product.added', match: 'data.cart_id', timeout: '24h' }, { event: 'cart/deleted' }],
      retries: 0,
      maxDuration: '366d',
      acceptLate: '1d',
      replays: true,
    });
    expect(definition).toEqual({
      id: 'cart',
      triggers: [{ event: 'cart/product.added' }, { event: 'cart/paid' }],
      keyPaths: {
        'cart/product.added': 'data.cart_id',
        'cart/paid': 'data.cart_id',
        'cart/purchased': 'data.cart_id',
        'cart/deleted': 'data.cart_id',
      },
      waitsFor: ['cart/purchased', 'cart/paid'],
      cancelOn: [{ event: 'cart/product.added', timeoutMs: 86_400_000 }, { event: 'cart/deleted' }],
      retries: 0,
      maxDurationMs: 31_622_400_000,
      acceptLateMs: 86_400_000,
      replays: true,
    });
  });

  test('holds the ways by which events find runs besides the key', () => {
    const settled = eventType('payment/settled');
    const definition = define({
      key: 'data.cart_id',
      waitsFor: [
        'cart/purchased',
        { event: settled, match: 'data.payment_id' },
        { event: 'cart/paid', match: 'data.cart_id' },
        { event: 'shop/closed', match: null },
      ],
      cancelOn: [{ event: 'cart/deleted' }, { event: 'user/left', match: 'data.user_id', timeout: '1d' }],
    });
    expect(definition).toMatchObject({
      keyPaths: {
        'cart/product.added': 'data.cart_id',
        'cart/purchased': 'data.cart_id',
        'cart/paid': 'data.cart_id',
        'cart/deleted': 'data.cart_id',
      },
      waitsFor: ['cart/purchased', 'cart/paid'],
      waitsElsewhere: [
        { event: 'payment/settled', path: 'data.payment_id' },
        { event: 'shop/closed', path: null },
      ],
      cancelOn: [{ event: 'cart/deleted' }, { event: 'user/left', path: 'data.user_id', timeoutMs: 86_400_000 }],
    });
    expect(Object.keys(definition.keyPaths ?? {})).toHaveLength(4);
    expect(eventNames(definition)).toEqual([
      'cart/product.added',
      'cart/purchased',
      'cart/paid',
      'payment/settled',
      'shop/closed',
      'cart/deleted',
      'user/left',
    ]);
  });

  test('needs no key where no event finds its runs by it', () => {
    const definition = define({ waitsFor: [{ event: 'payment/settled', match: 'data.payment_id' }] });
    expect(definition.keyPaths).toBeUndefined();
    expect(definition.waitsFor).toEqual([]);
  });

  test('is not latest-wins where an event comes by another path', () => {
    const newer = { key: 'data.x', cancelOn: [{ event: 'cart/product.added' }] };
    expect(isLatestWins(define(newer))).toBe(true);
    expect(isLatestWins(define({ ...newer, waitsFor: [{ event: 'a', match: null }] }))).toBe(false);
    const elsewhere = { key: 'data.x', cancelOn: [{ event: 'cart/product.added', match: 'data.y' }] };
    expect(isLatestWins(define(elsewhere))).toBe(false);
  });

  test('takes its key from the match of cancelOn', () => {
    const definition = define({
      cancelOn: [{ event: 'cart/product.added', match: 'data.cart_id' }],
      waitsFor: ['cart/paid'],
    });
    expect(definition.keyPaths).toEqual({ 'cart/product.added': 'data.cart_id', 'cart/paid': 'data.cart_id' });
  });

  test('may have another path for each event', () => {
    const key = { 'lead/entered': 'data.id', 'sales/outreach.logged': 'data.lead_id' };
    const options = { id: 'lead', triggers: [{ event: 'lead/entered' }], waitsFor: ['sales/outreach.logged'], key };
    expect(create(options, body).definition.keyPaths).toEqual(key);
  });

  test('needs no key where it neither waits nor is cancelled', () => {
    expect(define({})).not.toHaveProperty('keyPaths');
  });

  test('keeps the path of an event that is called __proto__', () => {
    const definition = define({ key: 'data.cart_id', waitsFor: ['__proto__'] });
    expect(Object.entries(definition.keyPaths ?? {})).toContainEqual(['__proto__', 'data.cart_id']);
  });

  test('cannot be changed afterwards', () => {
    const journey = createJourney(cart, body);
    expect(() => Object.assign(journey.definition, { id: 'other' })).toThrow(TypeError);
    expect(() => Object.assign(journey, { body: undefined })).toThrow(TypeError);
  });

  test('lists each event that the journey must be handed once', () => {
    const definition = define({
      key: 'data.cart_id',
      waitsFor: ['cart/purchased'],
      cancelOn: [{ event: 'cart/product.added' }, { event: 'cart/deleted' }],
    });
    expect(eventNames(definition)).toEqual(['cart/product.added', 'cart/purchased', 'cart/deleted']);
  });
});

describe('latest-wins', () => {
  const latestWins = (options: object) => isLatestWins(define({ key: 'data.user_id', ...options }));

  test('is a journey whose every trigger cancels the runs before it, without a window', () => {
    expect(latestWins({ cancelOn: [{ event: 'cart/product.added' }] })).toBe(true);
    expect(latestWins({ cancelOn: [{ event: 'cart/product.added' }, { event: 'user/deleted', timeout: '1d' }] })).toBe(
      true,
    );
  });

  test.each([
    ['nothing cancels it', {}],
    ['another event cancels it', { cancelOn: [{ event: 'user/deleted' }] }],
    ['its trigger has an `if`', { triggers: [{ event: 't', if: 'event.data.x' }], cancelOn: [{ event: 't' }] }],
    ['its cancelOn has an `if`', { cancelOn: [{ event: 'cart/product.added', if: 'async.data.x' }] }],
    ['its trigger cancels within a window only', { cancelOn: [{ event: 'cart/product.added', timeout: '24h' }] }],
    [
      'one of its triggers does not cancel',
      { triggers: [{ event: 'cart/product.added' }, { event: 'user/seen' }], cancelOn: [{ event: 'user/seen' }] },
    ],
  ])('is not a journey when %s', (_when, options) => {
    expect(latestWins(options)).toBe(false);
  });
});

describe('a definition that cannot work', () => {
  const waits = { key: 'data.cart_id', waitsFor: ['cart/purchased'] };
  const long = 'x'.repeat(129);
  test.each<[code: string, what: string, options: object, got: string]>([
    ['InvalidJourneyId', 'no id', { id: undefined }, 'undefined'],
    ['InvalidJourneyId', 'an empty id', { id: '' }, '""'],
    ['InvalidJourneyId', 'capitals in the id', { id: 'Cart' }, '"Cart"'],
    ['InvalidJourneyId', 'an id that starts with a digit', { id: '1cart' }, '"1cart"'],
    ['InvalidJourneyId', 'a partition separator in the id', { id: 'cart|x' }, '"cart|x"'],
    ['InvalidJourneyId', 'a line break in the id', { id: 'cart\n' }, '"cart\\n"'],
    ['InvalidJourneyId', 'an id of 41 characters', { id: 'c'.repeat(41) }, `"${'c'.repeat(41)}"`],
    ['InvalidJourneyId', 'a number as id', { id: 42n }, '42'],
    ['InvalidTriggers', 'no triggers', { triggers: undefined }, 'undefined'],
    ['InvalidTriggers', 'an empty list of triggers', { triggers: [] }, '[]'],
    ['InvalidTriggers', 'a trigger without a list', { triggers: { event: 'a' } }, '{"event":"a"}'],
    ['InvalidTriggers', 'a trigger twice', { triggers: [{ event: 'a' }, { event: 'b' }, { event: 'a' }] }, '"a"'],
    ['InvalidEventName', 'a trigger without event', { triggers: [{}] }, 'undefined'],
    ['InvalidEventName', 'a trigger that is null', { triggers: [null] }, 'undefined'],
    ['InvalidEventName', 'a trigger that is only a name', { triggers: ['cart/added'] }, 'undefined'],
    ['InvalidEventName', 'a trigger with an empty name', { triggers: [{ event: '' }] }, '""'],
    [
      'InvalidEventName',
      'a trigger with a name of 129 characters',
      { triggers: [{ event: long }] },
      `"${'x'.repeat(116)}...`,
    ],
    ['InvalidEventName', 'a wildcard as trigger', { triggers: [{ event: 'app/*' }] }, '"app/*"'],
    ['InvalidEventName', 'a wildcard after a dot as trigger', { triggers: [{ event: 'app/user.*' }] }, '"app/user.*"'],
    ['InvalidEventName', 'an awaited wildcard', { ...waits, waitsFor: ['app/*'] }, '"app/*"'],
    ['InvalidEventName', 'a wildcard in cancelOn', { key: 'data.x', cancelOn: [{ event: '*' }] }, '"*"'],
    ['InvalidEventName', 'a wildcard that is sent', { sends: ['app/*'] }, '"app/*"'],
    ['InvalidFilter', 'a trigger whose condition is none', { triggers: [{ event: 'a', if: 5 }] }, '5'],
    ['InvalidDefinition', 'a name as waitsFor', { waitsFor: 'cart/purchased' }, '"cart/purchased"'],
    ['InvalidDefinition', 'an object as cancelOn', { cancelOn: { event: 'a' } }, '{"event":"a"}'],
    ['InvalidDefinition', 'a mistyped option', { waitFor: ['cart/purchased'] }, '"waitFor"'],
    ['InvalidEventName', 'an awaited event that is null', { ...waits, waitsFor: [null] }, 'undefined'],
    ['InvalidWaitsFor', 'an awaited event twice', { ...waits, waitsFor: ['a', eventType('a')] }, '"a"'],
    [
      'InvalidWaitsFor',
      'an awaited event twice on one path',
      {
        ...waits,
        waitsFor: [
          { event: 'a', match: 'data.x' },
          { event: 'a', match: 'data.x' },
        ],
      },
      '"a by data.x"',
    ],
    [
      'InvalidWaitsFor',
      'an awaited event by the key in two words',
      { ...waits, key: 'data.k', waitsFor: ['a', { event: 'a', match: 'data.k' }] },
      '"a"',
    ],
    ['InvalidPath', 'an awaited event on what is no path', { ...waits, waitsFor: [{ event: 'a', match: 'x' }] }, '"x"'],
    ['InvalidPath', 'an awaited event on nothing', { ...waits, waitsFor: [{ event: 'a' }] }, 'undefined'],
    ['InvalidPath', 'a cancelOn on what is no path', { key: 'data.x', cancelOn: [{ event: 'a', match: 'y' }] }, '"y"'],
    ['InvalidEventName', 'a cancelOn that is null', { cancelOn: [null] }, 'undefined'],
    ['InvalidEventName', 'a cancelOn without event', { key: 'data.x', cancelOn: [{ match: 'data.x' }] }, 'undefined'],
    [
      'InvalidCancelOn',
      'a cancelling event twice',
      { key: 'data.x', cancelOn: [{ event: 'a' }, { event: 'a', timeout: '1d' }] },
      '"a"',
    ],
    [
      'InvalidDuration',
      'a cancelOn whose window is no duration',
      { key: 'data.x', cancelOn: [{ event: 'a', timeout: '1 day' }] },
      '"1 day"',
    ],
    ['InvalidFilter', 'a cancelOn whose condition is none', { key: 'data.x', cancelOn: [{ event: 'a', if: 5 }] }, '5'],
    ['MissingKeyPath', 'a wait without key', { waitsFor: ['cart/purchased'] }, 'undefined'],
    ['MissingKeyPath', 'a singleton that cancels, without any key', { singleton: { mode: 'cancel' } }, 'undefined'],
    ['MissingKeyPath', 'a cancelOn without key and match', { cancelOn: [{ event: 'a' }] }, 'undefined'],
    [
      'MissingKeyPath',
      'two matches that disagree and no key',
      {
        cancelOn: [
          { event: 'a', match: 'data.x' },
          { event: 'b', match: 'data.y' },
        ],
      },
      'undefined',
    ],
    ['InvalidPath', 'a key that does not start with data', { ...waits, key: 'cart_id' }, '"cart_id"'],
    ['InvalidPath', 'an empty key', { ...waits, key: '' }, '""'],
    ['InvalidPath', 'a number as key', { ...waits, key: 42 }, '42'],
    [
      'InvalidPath',
      'an expression as key of idempotency, shown as it was written',
      { idempotency: "event.data.a + '-' + event.data.b" },
      `"event.data.a + '-' + event.data.b"`,
    ],
    [
      'InvalidPath',
      'an expression as key of singleton',
      { singleton: { mode: 'skip', key: 'event.data.a+"b"' } },
      'event.data',
    ],
    [
      'InvalidPath',
      'a key per event that forgets one',
      { ...waits, key: { 'cart/purchased': 'data.id' } },
      'undefined',
    ],
    [
      'InvalidPath',
      'a key that is only inherited',
      { ...waits, key: Object.create({ 'cart/product.added': 'data.x', 'cart/purchased': 'data.x' }) },
      'undefined',
    ],
    ['InvalidRetries', 'fewer than no retries', { retries: -1 }, '-1'],
    ['InvalidRetries', 'half a retry', { retries: 0.5 }, '0.5'],
    ['InvalidRetries', 'no number of retries', { retries: Number.NaN }, 'NaN'],
    ['InvalidRetries', 'more retries than 20', { retries: 21 }, '21'],
    ['InvalidDuration', 'a maxDuration that is none', { maxDuration: 'forever' }, '"forever"'],
    ['InvalidDuration', 'a maxDuration beyond a year', { maxDuration: '367d' }, '"31708800000 ms"'],
    ['InvalidDuration', 'an acceptLate that is none', { acceptLate: -1 }, '-1'],
  ])('fails with %s on %s', (code, _what, options, got) => {
    const error = errorOf(() => define(options));
    expect(error).toBeInstanceOf(JourneyError);
    expect(error).toMatchObject({ code });
    const parts =
      /^(?<what>.+?) Got: (?<got>.+)\. Expected: (?<expected>.+)\. Fix: (?<fix>.+)\. \[(?<code>\w+)\]$/s.exec(
        (error as Error).message,
      );
    expect(parts?.groups).toMatchObject({ got: expect.stringContaining(got), code });
    for (const part of ['what', 'expected', 'fix']) expect(parts?.groups?.[part]?.length).toBeGreaterThan(5);
  });

  test.each([
    ['no options', [undefined, body]],
    ['null as options', [null, body]],
    ['only a function', [body]],
    ['no function', [cart]],
    ['the function inside an object', [cart, { handler: body }]],
  ])('fails with InvalidDefinition on %s', (_what, given) => {
    expect(errorOf(() => create(...given))).toMatchObject({ code: 'InvalidDefinition' });
  });

  test('names the journey and the event in what it says', () => {
    expect(() => define({ key: 'data.x', cancelOn: [{ event: 'cart/deleted', timeout: 'soon' }] })).toThrow(
      "The timeout of cancelOn 'cart/deleted' in journey 'cart' is not a duration.",
    );
    expect(() => define({ ...waits, key: { 'cart/product.added': 'data.id' } })).toThrow(
      "The key of event 'cart/purchased' in journey 'cart' is not a path into an event.",
    );
  });
});

test('cancelOn by two paths, without a key, fails with both of them', () => {
  const cancelOn = [
    { event: 'a', match: 'data.account' },
    { event: 'b', match: 'data.order' },
  ];
  const attempt = () => createJourney({ id: 'cart', triggers: [{ event: 'T' }], cancelOn }, async () => {});
  expect(attempt).toThrow(
    "Journey 'cart' names no key, and its cancelOn leave open which it is: they match by 'data.account' and 'data.order'.",
  );
});

describe('an event type', () => {
  test('keeps its name', () => {
    expect(eventType('cart/paid').name).toBe('cart/paid');
    expect(eventType('x'.repeat(128)).name).toHaveLength(128);
  });

  test('may have an asterisk within its name, where it stands for itself', () => {
    expect(eventType('a*b/c').name).toBe('a*b/c');
  });

  test.each(['', 'x'.repeat(129), 'app/*', undefined, null, 42])('fails with the name %p', (name) => {
    expect(errorOf(() => eventType(name as string))).toMatchObject({ code: 'InvalidEventName' });
  });
});

function errorOf(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  return undefined;
}
