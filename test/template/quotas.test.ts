/** Quotas that can be known at synth bind at synth; those of names are kept by construction. */
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { claimJourneyId } from '../../lib/constructs/journey-ids.js';
import { type RunRef, timerName } from '../../lib/engine/stored/key.js';
import { limits, quotas } from '../../lib/limits.js';
import { cart, entryDirectory } from '../stack/entry-files.js';

const entries = entryDirectory();

function cartJourney(): { stack: Stack; hub: JourneyHub; journey: Journey } {
  const stack = new Stack(new App(), 'Shop');
  const hub = new JourneyHub(stack, 'Hub');
  return { stack, hub, journey: new Journey(stack, 'Cart', { hub, entry: entries.write('cart.ts', cart) }) };
}

function validate({ stack }: { stack: Stack }): string[] {
  return stack.node.findAll().flatMap(({ node }) => node.validate());
}

describe('the resource policy of a function', () => {
  const grant = ({ journey }: { journey: Journey }, count: number): void => {
    for (let n = 0; n < count; n += 1) {
      const sourceArn = `arn:aws:events:eu-central-1:111122223333:rule/some-bus-of-another-team/rule-number-${n}`;
      journey.fn.addPermission(`Rule${n}`, { principal: new iam.ServicePrincipal('events.amazonaws.com'), sourceArn });
    }
  };

  test('has room for forty permissions beside ours', () => {
    const made = cartJourney();
    grant(made, 40);
    expect(validate(made)).toEqual([]);
  });

  test('fails the synth when it would be refused in the middle of a deployment', () => {
    const made = cartJourney();
    grant(made, 80);
    expect(validate(made)).toEqual([
      expect.stringMatching(
        /^The resource policy of the function is too large: .* Got: 8\d permissions, at least \d+ bytes\. Expected: at most 20480 bytes\. Fix: /,
      ),
    ]);
  });
});

describe('a hub', () => {
  test('warns when it has more journeys than a bus has rules', () => {
    const { stack, hub } = cartJourney();
    const claim = (n: number): void =>
      claimJourneyId(hub, { id: `journey-${n}`, triggers: [] }, stack, `journey-${n}.ts`);
    // One journey is there already.
    for (let n = 1; n < quotas.rulesPerBus; n += 1) claim(n);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
    claim(quotas.rulesPerBus);
    claim(quotas.rulesPerBus + 1);
    Annotations.fromStack(stack).hasWarning('/Shop/Hub', Match.stringLikeRegexp('more than 300 journeys'));
  });
});

test('the name of a timer fits, however long the journey’s id, the key and the step', () => {
  const journey = 'j'.repeat(limits.journeyIdChars);
  const position = '2027-01-04T10:00:00Z#0#00#id' as RunRef['position'];
  const run = { pk: `${journey}|key|s:${'k'.repeat(limits.keyValueBytes)}`, position };
  const name = timerName(run, 's'.repeat(limits.stepIdChars), limits.maxRetries, Date.parse('2999-01-01T00:00:00Z'));
  expect(name.length).toBeLessThanOrEqual(limits.scheduleNameChars);
  expect(name).toMatch(/^[0-9a-zA-Z-_.]+$/);
});
