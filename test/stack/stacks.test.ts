/** A hub and its journeys in different stacks: references go one way, with each way of the CDK to make them. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { cart, entryDirectory, lead } from './entry-files.js';

const entries = entryDirectory();
const flag = '@aws-cdk/core:defaultCrossStackReferences';

describe.each(['strong', 'weak'])('with %s references between stacks', (references) => {
  test.each([false, true])('a hub and journeys in three stacks synthesize without a cycle (own key: %s)', (withKey) => {
    const app = new App({ context: { [flag]: references } });
    const hubStack = new Stack(app, 'Platform');
    const hub = new JourneyHub(hubStack, 'Hub', withKey ? { encryptionKey: new kms.Key(hubStack, 'Key') } : {});
    const shop = new Stack(app, 'Shop');
    const sales = new Stack(app, 'Sales');
    new Journey(shop, 'Cart', { hub, entry: entries.write('cart.ts', cart) });
    new Journey(sales, 'Lead', { hub, entry: entries.write('lead.ts', lead) });

    const assembly = app.synth();
    expect(assembly.stacks.map(({ stackName }) => stackName)).toEqual(['Platform', 'Sales', 'Shop']);
    expect(hubStack.dependencies).toEqual([]);
    // The redriver's, which no journey adds to.
    Template.fromStack(hubStack).resourceCountIs('AWS::IAM::Role', 1);
    Template.fromStack(hubStack).resourceCountIs('AWS::IAM::Policy', 1);
    for (const stack of [shop, sales]) {
      const template = Template.fromStack(stack);
      template.resourceCountIs('AWS::Events::Rule', 1);
      template.resourceCountIs('AWS::IAM::Role', 2);
      template.resourceCountIs('AWS::SQS::QueuePolicy', 0);
    }
  });
});
