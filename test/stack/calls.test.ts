/** Whom a journey calls, in CDK: it should be there to answer. */
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { entryDirectory } from './entry-files.js';

const entries = entryDirectory();
const handler = 'export const handler = async () => {};';
const caller = entries.write(
  'caller.ts',
  `import { createJourney, referenceJourney } from 'sojourn';
const charge = referenceJourney('charge');
export const journey = createJourney(
  { id: 'order', triggers: [{ event: 'order/placed' }], key: 'data.order_id', invokes: [charge] },
  async ({ step }) => step.invoke('charge', { journey: charge }),
);
${handler}`,
);
const charge = (triggers: string) =>
  entries.write(
    'charge.ts',
    `import { createJourney, invoke } from 'sojourn';
export const journey = createJourney({ id: 'charge', triggers: ${triggers}, key: 'data.order_id' }, async () => {});
${handler}`,
  );

function stackOf(called?: string): Stack {
  const stack = new Stack(new App(), 'Shop');
  const hub = new JourneyHub(stack, 'Hub');
  new Journey(stack, 'Order', { hub, entry: caller });
  // Made after its caller: what is asked is asked at the end.
  if (called) new Journey(stack, 'Charge', { hub, entry: called });
  return stack;
}

test('a call of a journey that is on the hub passes without a word', () => {
  Annotations.fromStack(stackOf(charge('[invoke()]'))).hasNoWarning('*', Match.stringLikeRegexp('calls'));
});

test('a call of a journey that is not on the hub is warned of, with the fix', () => {
  const said = Annotations.fromStack(stackOf()).findWarning('/Shop/Order', Match.stringLikeRegexp('calls the journey'));
  expect(said).toHaveLength(1);
  expect(String(said[0]?.entry.data)).toMatch(
    /^It calls the journey 'charge', but the hub has no journey of that id: .* Fix: deploy 'charge' on this hub; .*acknowledge this warning/,
  );
});

test('a call of a journey that takes no calls is warned of, with the fix', () => {
  const stack = stackOf(charge("[{ event: 'card/charged' }]"));
  Annotations.fromStack(stack).hasWarning(
    '/Shop/Order',
    Match.stringLikeRegexp("add invoke\\(\\) to the triggers of 'charge'"),
  );
});
