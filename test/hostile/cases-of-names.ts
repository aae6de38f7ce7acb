/** Names that authors give: events and steps. Any text will do where the service takes it, and none may reach another. */
import { createJourney } from '../../lib/journey/definition.js';
import { detail, envelope, hourMs, type Mail, minuteMs, type Names, plainNames } from './cart.js';
import { bought, type Delivered, type HostileCase } from './case.js';
import { lonely, names, texts } from './texts.js';

const all = Object.entries({ ...names, ...lonely });

/** The event's name is hostile, and so is the one that is awaited; events of look-alike names are not its own. */
function eventName(title: string, added: string): HostileCase {
  const names = { added, purchased: `${added}!` };
  const others = [
    `${added} `,
    added.normalize('NFD') === added ? `x${added}` : added.normalize('NFD'),
    'cart/purchased',
  ];
  const strangers = others.map((name, index): Delivered => {
    const atMs = (10 + index) * minuteMs;
    return { atMs, text: envelope({ name, timeMs: atMs, detail: detail('"k"') }) };
  });
  return {
    title: `an event whose name is ${title}`,
    names,
    deliveries: [...strangers, ...bought(names, '"k"', '"n"')],
    runs: ['purchased'],
    note: '"n"',
  };
}

/** Wait and step have hostile ids; two runs, so that both are used. */
function stepId(title: string, id: string): HostileCase {
  const names = { wait: id, run: `${id}/mail` };
  const forgotten = {
    atMs: 2 * hourMs,
    text: envelope({ name: plainNames.added, timeMs: 2 * hourMs, detail: detail('"k"', '"n"') }),
  };
  return {
    title: `a step whose id is ${title}`,
    names,
    deliveries: [...bought(names, '"k"', '"n"'), forgotten],
    runs: ['purchased', 'reminded'],
    note: '"n"',
  };
}

/** Only the run whose data makes the id is at fault: the neighbour's is plain. */
function refusedStepId(title: string, id: string): HostileCase {
  return {
    title: `a step whose id is ${title}`,
    journey: (journeyId, names, mail) =>
      createJourney(
        { id: journeyId, triggers: [{ event: names.added }], key: names.key, waitsFor: [names.purchased] },
        async ({ event, step }) => {
          const own = event.data.cart === 'neighbour' ? names.wait : id;
          await step.waitForEvent(own, { event: names.purchased, timeout: '24h' });
          await step.run(names.run, () => mail(event.data));
          return { outcome: 'reminded' };
        },
      ),
    deliveries: bought({}, '"k"', '"n"'),
    runs: ['failed: InvalidStepId'],
  };
}

/** Two steps at once, whose ids differ in little: each has a timer and a result of its own. */
function twoSteps(title: string, one: string, other: string): HostileCase {
  const journey = (id: string, names: Names, mail: Mail) =>
    createJourney(
      { id, triggers: [{ event: names.added }], key: names.key, waitsFor: [names.purchased, 'never'] },
      async ({ event, step }) => {
        const waits = [
          step.waitForEvent(one, { event: names.purchased, timeout: '24h' }),
          step.waitForEvent(other, { event: 'never', timeout: '24h' }),
        ];
        const [first, second] = await Promise.all(waits);
        const a = await step.run(`run ${one}`, () => 'a');
        const b = await step.run(`run ${other}`, () => {
          mail(event.data);
          return 'b';
        });
        if (first === null && second === null) return { outcome: 'reminded' };
        return { outcome: `${first?.name}, ${second?.name ?? 'nothing'}, ${a}, ${b}` };
      },
    );
  return {
    title: `two steps: ${title}`,
    journey,
    deliveries: bought({}, '"k"'),
    runs: ['cart/purchased, nothing, a, b'],
    mails: 1,
  };
}

/** Two look-alike names of a step's events at once: one must not be taken for the other. */
function twoEvents(title: string, one: string, other: string): HostileCase {
  const journey = (id: string, names: Names, mail: Mail) =>
    createJourney(
      { id, triggers: [{ event: names.added }], key: names.key, waitsFor: [one, other] },
      async ({ event, step }) => {
        const got = await Promise.race([
          step.waitForEvent('one', { event: one, timeout: '24h' }).then((e) => e && 'one'),
          step.waitForEvent('other', { event: other, timeout: '24h' }).then((e) => e && 'other'),
        ]);
        if (got === null) await step.run(names.run, () => mail(event.data));
        return { outcome: got ?? 'reminded' };
      },
    );
  const deliveries = [
    { atMs: 0, text: envelope({ name: plainNames.added, detail: detail('"k"') }) },
    { atMs: hourMs, text: envelope({ name: other, timeMs: hourMs, detail: detail('"k"') }) },
  ];
  return { title: `two events: ${title}`, journey, deliveries, runs: ['other'] };
}

const pairs: readonly (readonly [title: string, one: string, other: string])[] = [
  ['in both normal forms', '\u00e9', 'e\u0301'],
  ['with and without NUL', 'a', 'a\u0000'],
  ['with a newline and its escape', 'a\nb', 'a\\nb'],
  ['with an ending like a counter', 'a', 'a:1'],
  ['the prototype and its look-alike', '__proto__', 'constructor'],
  ['in upper and lower case', 'a', 'A'],
  ['with a space behind', 'a', 'a '],
  ['with and without a byte order mark', 'a', '\ufeffa'],
  ['with fields of a timer’s name', 'a\n0', 'a\n0\n0'],
];

/** Ids that no step may have. */
const refusedIds: readonly (readonly [title: string, id: string])[] = [
  ['empty', ''],
  ['that of the plain code', '(journey)'],
  ['longer than 100 characters', 'x'.repeat(101)],
  ...Object.entries(lonely),
];

/** A repeated id gets a counter, even where another step has that very name. */
const loops: HostileCase = {
  title: 'steps whose ids look like those of a loop',
  journey: (id, names, mail) =>
    createJourney(
      { id, triggers: [{ event: names.added }], key: names.key, waitsFor: [names.purchased] },
      async ({ event, step }) => {
        const seen: unknown[] = [];
        for (const name of ['a', 'a:1', 'a', 'a', 'a:1', '__proto__', '__proto__', 'go', 'go']) {
          seen.push(await step.run(name, () => `${name}#${seen.length}`));
        }
        await step.waitForEvent('go', { event: names.purchased, timeout: '24h' });
        await step.run('mail', () => mail(event.data));
        const expected = 'a#0 a:1#1 a#2 a#3 a:1#4 __proto__#5 __proto__#6 go#7 go#8';
        return { outcome: seen.join(' ') === expected ? 'reminded' : seen.join(' ') };
      },
    ),
  deliveries: [{ atMs: 0, text: envelope({ name: plainNames.added, detail: detail('"k"') }) }],
  runs: ['reminded'],
};

export const nameCases: readonly HostileCase[] = [
  ...all.map(([title, text]) => eventName(title, text)),
  eventName('of 127 characters', '\u{1f6d2}'.repeat(63)),
  ...Object.entries(texts).map(([title, text]) => stepId(title, text)),
  stepId('of 95 characters', 'é'.repeat(95)),
  stepId('that of handing over', 'go'),
  ...refusedIds.map(([title, id]) => refusedStepId(title, id)),
  ...pairs.map(([title, one, other]) => twoSteps(title, one, other)),
  ...pairs.map(([title, one, other]) => twoEvents(title, one, other)),
  loops,
];
