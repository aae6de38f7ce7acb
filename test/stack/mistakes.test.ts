/** What a mistake in an entry or in the props says at synth: one error, with the file and the fix. */
import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Journey, JourneyHub, type JourneyProps } from 'sojourn/cdk';
import { cart, entryDirectory, lead } from './entry-files.js';

const entries = entryDirectory();

function stackWithHub(): { stack: Stack; hub: JourneyHub } {
  const stack = new Stack(new App(), 'Shop');
  return { stack, hub: new JourneyHub(stack, 'Hub') };
}

/** The message of the error that the construct throws, with the entry's file as `entry.ts`. */
function messageOf(text: string, props: Partial<JourneyProps> = {}): string {
  const { stack, hub } = stackWithHub();
  const entry = entries.write('entry.ts', text);
  try {
    new Journey(stack, 'Cart', { hub, entry, ...props });
  } catch (error) {
    return (error as Error).message.replaceAll(entry, 'entry.ts');
  }
  return 'no error';
}

const definition = "createJourney({ id: 'cart', triggers: [{ event: 'cart/added' }] }, async () => {})";
const sdk = "import { createJourney } from 'sojourn';";

describe('an entry', () => {
  test('fails when the file is not there, with the directory that it was looked for in', () => {
    const message = messageOf('', { entry: 'lambda/no-such-cart.ts' });
    expect(message).toContain('The entry lambda/no-such-cart.ts is not there.');
    expect(message).toContain(process.cwd());
    expect(message).toContain('(at Shop/Cart)');
  });

  test('fails when it does not compile, with the line', () => {
    expect(messageOf('export const journey = ;\n')).toBe(
      'The entry entry.ts cannot be bundled. Got: entry.ts:1:24 Unexpected ";". ' +
        'Expected: a file that esbuild can bundle, with all that it imports. ' +
        'Fix: correct that line, or install the package that is missing. (at Shop/Cart)',
    );
  });

  test('fails when it imports what is not there, with the line and the name', () => {
    expect(messageOf("import { send } from './mail.js';\nsend();\n")).toMatch(
      /Got: entry\.ts:1:22 Could not resolve "\.\/mail\.js"/,
    );
  });

  test('fails when an export is missing, with the line to add', () => {
    expect(messageOf(`${sdk}\nexport const journey = ${definition};`)).toBe(
      'The entry entry.ts does not export handler. Got: exports journey. Expected: the exports journey and handler. ' +
        'Fix: add export const handler = serve(journey). (at Shop/Cart)',
    );
    expect(messageOf('export const handler = async () => {};')).toContain('does not export journey.');
    expect(messageOf('module.exports = {};')).toContain('does not export journey and handler.');
  });

  test('fails when an export is something else', () => {
    expect(messageOf('export const journey = {}; export const handler = async () => {};')).toMatch(
      /exports a journey that is something else\. Got: object\. Expected: what createJourney\(\.\.\.\) returns/,
    );
    expect(messageOf(`${sdk} export const journey = ${definition}; export const handler = 'x';`)).toMatch(
      /exports a handler that is something else\. Got: string\. Expected: what serve\(journey\) returns/,
    );
  });

  test('fails when its definition cannot work, in the words of the SDK', () => {
    const message = messageOf(
      `${sdk} export const journey = ${definition.replace("'cart/added'", "''")}; export const handler = () => {};`,
    );
    expect(message).toMatch(
      /^The journey in entry\.ts cannot work\. The event of a trigger .* Got: "".* Fix: .* \[InvalidEventName\] \(at Shop\/Cart\)$/,
    );
  });

  test('fails when a time is none, with the file, the path and an example', () => {
    const withTime = (triggers: string) =>
      `${sdk} import { cron } from 'sojourn'; export const handler = () => {}; export const journey = createJourney({ id: 'cart', triggers: [${triggers}] }, async () => {}); void cron;`;
    const says = (of: string) =>
      `The journey in entry.ts cannot work. A cron trigger${of} has a minute that cannot be read ('61'). Got: "61 9 * * *". Expected: 0 to 59, with *, ranges (1-5), lists (1,15) and steps (*/15). Fix: write for example '0 9 * * 1-5': at nine o'clock, Monday to Friday. [InvalidCron] (at Shop/Cart)`;
    expect(messageOf(withTime("{ cron: '61 9 * * *' }"))).toBe(says(" of journey 'cart'"));
    expect(messageOf(withTime("cron('61 9 * * *')"))).toBe(says(''));
  });

  test('fails when it throws while it loads, with what it threw and why', () => {
    expect(
      messageOf(`throw new Error('no database', { cause: new Error('no URL') });
        export const journey = {}; export const handler = {};`),
    ).toMatch(
      /^The entry entry\.ts does not load\. Got: no database \(no URL\)\. .* Fix: move what fails .* into a step/,
    );
  });

  test('fails when it throws something that is no error', () => {
    expect(messageOf('throw null; export const journey = {}; export const handler = {};')).toContain('Got: null.');
  });

  test('fails when it ends the process, with the code', () => {
    expect(messageOf('process.exit(3); export const journey = {}; export const handler = {};')).toContain(
      'Got: it ended its process with code 3',
    );
  });

  test('fails when it awaits what never comes', () => {
    expect(messageOf('await new Promise(() => {}); export const journey = {}; export const handler = {};')).toContain(
      'it awaits something, at the top of the module, that never settles',
    );
  });

  test('fails when it opens a connection while it loads, even to this machine', () => {
    const message = messageOf(
      "await fetch('http://127.0.0.1:4010/'); export const journey = {}; export const handler = {};",
    );
    expect(message).toContain('Got: fetch failed (it opens a network connection while it loads');
  });

  test('fails when it needs a variable that it is not given, and loads when it is', () => {
    const reads = `${cart} if (!process.env.SHOP) throw new Error('SHOP is not set');`;
    expect(messageOf(reads)).toContain('Got: SHOP is not set.');
    expect(messageOf(reads, { environment: { SHOP: 'north' } })).toBe('no error');
  });

  test('fails with the variables that only deployment knows, when there are any', () => {
    const reads = `${cart} new URL(process.env.SHOP_URL);`;
    const environment = { SHOP_URL: Lazy.string({ produce: () => 'https://shop.example.com' }) };
    expect(messageOf(reads, { environment })).toContain("at synth SHOP_URL is 'known-only-after-deployment'");
  });

  test('may print and keep timers running while it loads', () => {
    expect(messageOf(`console.log('hello'); setInterval(() => {}, 1000); ${cart}`)).toBe('no error');
  });

  test('sees nothing of the environment of the synth', () => {
    process.env.SOJOURN_TEST_SECRET = 'secret';
    expect(messageOf(`${cart} if (process.env.SOJOURN_TEST_SECRET) throw new Error('leaked');`)).toBe('no error');
    delete process.env.SOJOURN_TEST_SECRET;
  });
});

describe('props', () => {
  test('fail when the timeout is beyond what the lease allows', () => {
    expect(messageOf(cart, { timeout: Duration.seconds(171) })).toBe(
      'The timeout of the function is too long: its second retry would find its lease still held. Got: 171 s. ' +
        'Expected: at most 170 s. Fix: shorten it; start longer work in a step and await its event. (at Shop/Cart)',
    );
    expect(messageOf(cart, { timeout: Duration.seconds(170) })).toBe('no error');
  });

  test('fail when no step could ever start', () => {
    expect(messageOf(cart, { timeout: Duration.seconds(30) })).toContain('A step would never start');
    expect(messageOf(cart, { stepTimeout: Duration.seconds(151) })).toContain('stepTimeout at most 150 s');
  });

  test('fail when a time is not positive or not known at synth', () => {
    expect(messageOf(cart, { timeouts: { paid: Duration.seconds(0) } })).toContain("timeouts['paid'] is not a time");
    expect(messageOf(cart, { timeouts: { paid: 300 as unknown as Duration } })).toContain('Got: 300.');
    const token = Duration.seconds(Lazy.number({ produce: () => 60 }));
    for (const props of [{ timeout: token }, { stepTimeout: token }, { timeouts: { paid: token } }]) {
      expect(messageOf(cart, props)).toContain('Got: a token, known only after deployment.');
    }
  });

  test('fail when a wait would outlast its journey', () => {
    expect(messageOf(cart, { timeouts: { paid: Duration.days(36) } })).toContain("the maxDuration of journey 'cart'");
  });

  test('fail when a variable is one that the construct sets', () => {
    expect(messageOf(cart, { environment: { SOJOURN_TABLE: 'mine' } })).toContain('Got: SOJOURN_TABLE.');
  });

  test('fail when the environment is over 4 KB, also when it grew after construction', () => {
    const { stack, hub } = stackWithHub();
    const journey = new Journey(stack, 'Cart', { hub, entry: entries.write('entry.ts', cart) });
    journey.fn.addEnvironment('LONG', 'x'.repeat(4_096));
    expect(() => Template.fromStack(stack)).toThrow(
      /\[Shop\/Cart\] The environment of the function is too large\. Got: at least \d+ bytes\. Expected: at most 4096 bytes/,
    );
  });

  test('fail when an event name is a CDK token, which would become another resource in the rule', () => {
    const token = Lazy.string({ produce: () => 'x' });
    expect(messageOf(cart.replace("'cart/purchased'", `'${token}'`))).toMatch(
      /An event name of journey 'cart' is a CDK token\. Got: .* Fix: write it out/,
    );
  });

  test('fail when event names make a pattern that no rule takes', () => {
    const names = Array.from({ length: 20 }, (_, index) => `'${`${index}-`.padEnd(120, 'x')}'`).join(', ');
    expect(messageOf(cart.replace("['cart/purchased']", `['cart/purchased', ${names}]`))).toMatch(
      /The event names of journey 'cart' make a pattern that is too long .* Got: 2\d{3} characters\. Expected: at most 2048/,
    );
  });
});

describe('journeys of a hub', () => {
  test('fail when two have the same id, and name both', () => {
    const { stack, hub } = stackWithHub();
    const entry = entries.write('entry.ts', cart);
    new Journey(stack, 'First', { hub, entry });
    expect(() => new Journey(stack, 'Second', { hub, entry })).toThrow(
      /has an id that another journey of the hub has\. Got: 'cart', which is the id of Shop\/First too\. .* \(at Shop\/Second\)/,
    );
  });

  test('may have the ids of another hub’s', () => {
    const { stack, hub } = stackWithHub();
    const entry = entries.write('entry.ts', cart);
    new Journey(stack, 'First', { hub, entry });
    new Journey(stack, 'Second', { hub: new JourneyHub(stack, 'Other'), entry });
    new Journey(stack, 'Third', { hub, entry: entries.write('lead.ts', lead) });
    Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 3);
  });

  test('fail in another account or region than their hub', () => {
    const app = new App();
    const hub = new JourneyHub(
      new Stack(app, 'Here', { env: { account: '111111111111', region: 'eu-west-1' } }),
      'Hub',
    );
    const elsewhere = new Stack(app, 'There', { env: { account: '111111111111', region: 'us-east-1' } });
    expect(() => new Journey(elsewhere, 'Cart', { hub, entry: entries.write('entry.ts', cart) })).toThrow(
      'The journey and its hub are not in the same region. Got: us-east-1, and eu-west-1 for the hub Here/Hub.',
    );
  });
});
