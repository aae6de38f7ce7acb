/**
 * The sales story in code and the one that is declared: equal outcomes over random histories, on the engine in memory.
 *
 * What is declared is what bin/app.ts deploys with `-c sales=declared`, rendered by the construct.
 */
import { App, Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import fc from 'fast-check';
import { type DeclaredJourney, interpret } from 'sojourn';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { createTestWorld, type HeldEvent, type TestWorld } from 'sojourn/testing';
import { salesFollowUpSteps, salesKey, salesTrigger } from '../../../bin/declared-sales.js';
import { journey as code } from '../../../lambda/sales-follow-up.js';

process.env.CDK_VALIDATION = 'false';

const mailerArn = 'arn:aws:lambda:eu-west-1:123456789012:function:mailer';

function declaration(): DeclaredJourney {
  const stack = new Stack(new App(), 'Shop');
  const mailer = LambdaFunction.fromFunctionArn(stack, 'Mailer', mailerArn);
  const hub = new JourneyHub(stack, 'Hub');
  const steps = salesFollowUpSteps(mailer, 'sales@example.com');
  return new Journey(stack, 'SalesFollowUp', { hub, trigger: salesTrigger, key: salesKey, steps }).declaration!;
}

const declared = declaration();

interface Act {
  readonly act: 'enter' | 'reach out' | 'hold' | 'deliver' | 'deliver again' | 'pass';
  readonly lead: string | number | null;
  readonly hours: number;
  readonly agoHours: number;
}

const acts = fc.array(
  fc.record<Act>({
    act: fc.constantFrom('enter', 'enter', 'reach out', 'hold', 'deliver', 'deliver again', 'pass', 'pass'),
    lead: fc.constantFrom<Act['lead']>('7', '7', 7, 'other', null),
    hours: fc.constantFrom(1, 24, 72, 167, 168, 200),
    agoHours: fc.constantFrom(0, 0, 1, 48, 170),
  }),
  { maxLength: 12 },
);

/** Plays a history, and then lets all the time pass that any run may take. */
async function play(world: TestWorld, history: readonly Act[]): Promise<void> {
  const held: HeldEvent[] = [];
  for (const [index, { act, lead, hours, agoHours }] of history.entries()) {
    const time = new Date(world.now.getTime() - agoHours * 3_600_000);
    const event = (name: string) => ({ id: `e${index}`, name, time, data: lead === null ? {} : { lead_id: lead } });
    const acts: Record<Act['act'], () => unknown> = {
      enter: () => world.send(event('lead/entered')),
      'reach out': () => world.send(event('sales/outreach.logged')),
      hold: () => held.push(world.hold(event(hours > 100 ? 'lead/entered' : 'sales/outreach.logged'))),
      deliver: () => held.pop()?.deliver(),
      'deliver again': () => held.at(0)?.deliver(),
      pass: () => world.advance(`${hours}h`),
    };
    await acts[act]();
  }
  await world.advance('40d');
}

/** Each fails as often as the other: a busy mail server is no difference between the two. */
function worlds(failures: number): {
  readonly ofCode: TestWorld;
  readonly ofSteps: TestWorld;
  readonly mails: unknown[];
} {
  const mails: unknown[] = [];
  const sending = (sent: () => void) => {
    let left = failures;
    return async () => {
      left -= 1;
      if (left >= 0) throw new Error('the mail server is busy');
      sent();
      return { messageId: 'm' };
    };
  };
  const byCode = sending(() => {});
  let mail: unknown;
  const bySteps = sending(() => mails.push(mail));
  const invoke = (fn: string, payload: unknown) => {
    expect(fn).toBe(mailerArn);
    mail = payload;
    return bySteps();
  };
  return {
    ofCode: createTestWorld({ journeys: [code], steps: { 'sales-follow-up/remind-sales': byCode } }),
    ofSteps: createTestWorld({ journeys: [interpret(declared, { invoke })] }),
    mails,
  };
}

const seen = (world: TestWorld) => ({
  runs: world.runs(),
  timers: world.timers(),
  dead: world.deadLetters().map(({ error }) => error.name),
});

test('the twins have the same definition', () => {
  expect(interpret(declared).definition).toEqual(code.definition);
});

test('the twins have equal runs, step by step, and equal dead letters, whatever happens in whatever order', async () => {
  const met = new Set<string>();
  await fc.assert(
    fc.asyncProperty(acts, fc.constantFrom(0, 0, 1, 5), async (history, failures) => {
      const { ofCode, ofSteps, mails } = worlds(failures);
      await play(ofCode, history);
      await play(ofSteps, history);
      expect(seen(ofSteps)).toEqual(seen(ofCode));
      const reminded = ofSteps
        .runs()
        .filter(({ output }) => (output as { outcome?: string })?.outcome === 'sales-reminded');
      expect(mails).toHaveLength(reminded.length);
      for (const { status, output } of ofSteps.runs())
        met.add(`${status} ${(output as { outcome?: string })?.outcome}`);
      for (const { error } of ofSteps.deadLetters()) met.add(error.name);
    }),
    { numRuns: 300, seed: 20_261_122 },
  );
  // That the histories reach what the story can come to.
  expect([...met].sort()).toEqual([
    'MissingKey',
    'TooLate',
    'completed contacted',
    'completed sales-reminded',
    'failed undefined',
  ]);
});

test('fails when the declared twin waits a day less', async () => {
  const [wait, ...rest] = declared.steps;
  const shorter = { ...declared, steps: [{ ...wait, timeoutMs: 6 * 86_400_000 }, ...rest] } as DeclaredJourney;
  const { ofCode } = worlds(0);
  const ofSteps = createTestWorld({ journeys: [interpret(shorter, { invoke: async () => ({ messageId: 'm' }) })] });
  const history: Act[] = [
    { act: 'enter', lead: '7', hours: 0, agoHours: 0 },
    { act: 'pass', lead: null, hours: 167, agoHours: 0 },
    { act: 'reach out', lead: '7', hours: 0, agoHours: 0 },
  ];
  await play(ofCode, history);
  await play(ofSteps, history);
  expect(seen(ofSteps)).not.toEqual(seen(ofCode));
});
