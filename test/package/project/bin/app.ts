/** A CDK app as a user of the packed package writes it. */
import { App, Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Journey, JourneyHub, JourneyStep } from 'sojourn/cdk';

class ShopStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const hub = new JourneyHub(this, 'Journeys');
    new Journey(this, 'ForgottenCart', { hub, entry: 'lambda/forgotten-cart.ts' });
    new Journey(this, 'SalesFollowUp', {
      hub,
      trigger: { event: 'lead/entered' },
      key: 'data.lead_id',
      steps: [
        JourneyStep.waitForEvent('outreach', { event: 'sales/outreach.logged', timeout: Duration.days(7) }),
        JourneyStep.end({ lead: '$.trigger.data.lead_id' }),
      ],
    });
  }
}

const app = new App({ outdir: 'cdk.out' });
new ShopStack(app, 'Shop');
app.synth();
