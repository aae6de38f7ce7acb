/** A CDK app as a user of the packed package writes it. */
import { App, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Journey, JourneyHub } from 'sojourn/cdk';

class ShopStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const hub = new JourneyHub(this, 'Journeys');
    new Journey(this, 'ForgottenCart', { hub, entry: 'lambda/forgotten-cart.ts' });
  }
}

const app = new App({ outdir: 'cdk.out' });
new ShopStack(app, 'Shop');
app.synth();
