/** The CDK app of the chaos rounds: the five journeys of this repository as they are deployed, and three that do what those do not. */
import { App, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Journey, JourneyHub } from 'sojourn/cdk';

const app = new App({ outdir: process.env.CDK_OUTDIR ?? 'cdk.out' });
const stack = new Stack(app, 'Chaos');
const hub = new JourneyHub(stack, 'Journeys');
const environment = { MAIL_SENDER: 'shop@example.com', SALES_TEAM: 'sales@example.com' };
const entries: Readonly<Record<string, string>> = {
  AbandonedCart: '../../../lambda/abandoned-cart.ts',
  CartWeek: '../../../lambda/cart-week.ts',
  Activation: '../../../lambda/activation.ts',
  SalesFollowUp: '../../../lambda/sales-follow-up.ts',
  WinBack: '../../../lambda/win-back.ts',
  Parcel: 'journeys/parcel.ts',
  Handover: 'journeys/handover.ts',
  Offer: 'journeys/offer.ts',
};
const mails = new PolicyStatement({ actions: ['ses:SendEmail'], resources: ['*'] });
for (const [id, entry] of Object.entries(entries)) {
  new Journey(stack, id, { hub, entry, environment }).grantPrincipal.addToPrincipalPolicy(mails);
}
app.synth();
