/**
 * The CDK app of this repository: a hub and five journeys, made with the package's public modules as any user would.
 *
 *   npx cdk deploy -c sender=shop@example.com        mails come from this address, which SES must know (or its domain)
 *                  -c salesTeam=sales@example.com    whom sales-follow-up reminds (default: the sender)
 *                  -c ephemeral=true                 a trial: everything is deleted with the stack
 *                  -c fast=true                      minutes instead of days, for a staging account: every wait and sleep
 *                                                    takes two minutes (or so many seconds: -c fast=45)
 *                  -c sales=declared                 the sales story without code (bin/declared-sales.ts) in place of its twin
 *                  -c name=SojournStaging            name of the stack (default: Sojourn), so that two can stand side by side
 */
import { Annotations, App, CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Construct } from 'constructs';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { Mailer, salesFollowUpSteps, salesKey, salesTrigger } from './declared-sales.js';

interface SojournStackProps extends StackProps {
  /** The address that mails come from. Without it the stack can be synthesized, but no mail will be sent. */
  readonly sender?: string | undefined;
  /** Whom sales-follow-up reminds. */
  readonly salesTeam?: string | undefined;
  /** Whether the sales story is the one that is declared without code. */
  readonly declaredSales: boolean;
  /** A trial: nothing is retained. */
  readonly ephemeral: boolean;
  /** How long every wait and sleep takes. Without it: what the journeys' code says. */
  readonly fast?: Duration | undefined;
}

const placeholderSender = 'sender-not-set@example.com';
const defaultFast = Duration.minutes(2);

class SojournStack extends Stack {
  constructor(scope: Construct, id: string, props: SojournStackProps) {
    super(scope, id, props);
    const sender = this.checkedSender(props.sender);
    const environment = { MAIL_SENDER: sender };

    const hub = new JourneyHub(this, 'Journeys', {
      removalPolicy: props.ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      // Two stacks may stand side by side: the numbers of one must not ring the alarms of the other.
      metricNamespace: this.stackName,
    });
    const { fast } = props;
    const timeouts = (...steps: string[]) =>
      fast && { timeouts: Object.fromEntries(steps.map((step) => [step, fast])) };
    const journeys = [
      new Journey(this, 'AbandonedCart', {
        hub,
        entry: 'lambda/abandoned-cart.ts',
        environment,
        ...timeouts('wait-for-purchase'),
      }),
      new Journey(this, 'CartWeek', {
        hub,
        entry: 'lambda/cart-week.ts',
        environment,
        ...timeouts('first-day', 'rest-of-the-week'),
      }),
      new Journey(this, 'Activation', {
        hub,
        entry: 'lambda/activation.ts',
        environment,
        ...timeouts('wait-for-key-action'),
      }),
      this.salesFollowUp(hub, props, sender, timeouts('wait-for-outreach')),
      new Journey(this, 'WinBack', { hub, entry: 'lambda/win-back.ts', environment, ...timeouts('silence') }),
    ];
    // One without code sends no mail itself.
    const senders = journeys.filter(({ declaration }) => declaration === undefined);
    for (const journey of senders) this.allowMail(journey, sender, props.ephemeral);
    if (props.ephemeral) this.acknowledgeAnyIdentity();

    new CfnOutput(this, 'EventBusName', { value: hub.eventBus.eventBusName, description: 'Put events here' });
    new CfnOutput(this, 'TableName', { value: hub.table.tableName, description: 'The runs' });
  }

  private salesFollowUp(
    hub: JourneyHub,
    { declaredSales, ephemeral, salesTeam }: SojournStackProps,
    sender: string,
    timeouts: object | undefined,
  ): Journey {
    const team = salesTeam ?? sender;
    if (!declaredSales) {
      return new Journey(this, 'SalesFollowUp', {
        hub,
        entry: 'lambda/sales-follow-up.ts',
        environment: { MAIL_SENDER: sender, SALES_TEAM: team },
        ...timeouts,
      });
    }
    const mailer = new Mailer(this, 'Mailer', sender, hub.removalPolicy);
    this.allowMail(mailer, sender, ephemeral);
    return new Journey(this, 'SalesFollowUp', {
      hub,
      trigger: salesTrigger,
      key: salesKey,
      steps: salesFollowUpSteps(mailer.fn, team),
      ...timeouts,
    });
  }

  private checkedSender(sender: string | undefined): string {
    if (sender === undefined) {
      Annotations.of(this).addWarningV2(
        'sojourn:sender',
        `No sender is set: mails would come from ${placeholderSender}, and SES would refuse them. ` +
          'Fix: -c sender=<an address that is verified in SES, or whose domain is>',
      );
      return placeholderSender;
    }
    if (/^[^@\s<>]+@[^@\s<>]+$/.test(sender)) return sender;
    throw new Error(`The context value sender is not a mail address. Got: ${sender}. Fix: -c sender=shop@example.com`);
  }

  private acknowledgeAnyIdentity(): void {
    Validations.of(this).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*]',
      reason:
        'A trial only: in the SES sandbox the recipient is asked for as well, and may be any verified address. The condition ses:FromAddress still binds the sender to one address.',
    });
  }

  /** The right to send from one address, whether SES knows the address itself or its domain. */
  private allowMail(grantee: iam.IGrantable, sender: string, ephemeral: boolean): void {
    // An account that is still in the SES sandbox sends to verified recipients only, and there SES asks for the right on
    // the recipient's identity as well: in a trial every identity of the account, but still from one address only.
    const identities = ephemeral ? ['*'] : [sender, sender.slice(sender.indexOf('@') + 1)];
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        sid: 'SendMail',
        actions: ['ses:SendEmail'],
        resources: identities.map((resourceName) =>
          this.formatArn({ service: 'ses', resource: 'identity', resourceName }),
        ),
        conditions: { StringEquals: { 'ses:FromAddress': sender } },
      }),
    );
  }
}

/** @param text of the context value: true, false or seconds. */
function fastFrom(text: string | undefined): Duration | undefined {
  if (text === undefined || text === 'false') return undefined;
  if (text === 'true') return defaultFast;
  if (/^[1-9]\d{0,8}$/.test(text)) return Duration.seconds(Number(text));
  throw new Error(`The context value fast is neither true nor seconds. Got: ${text}. Fix: -c fast=true, or -c fast=45`);
}

/** @param text of the context value: code or declared. */
function declaredSalesFrom(text: string | undefined): boolean {
  if (text === undefined || text === 'code') return false;
  if (text === 'declared') return true;
  throw new Error(`The context value sales is neither code nor declared. Got: ${text}. Fix: -c sales=declared`);
}

// Without the CLI (node --import tsx bin/app.ts) the assembly goes to cdk.out too.
const app = new App({ outdir: process.env.CDK_OUTDIR ?? 'cdk.out' });
const context = (key: string) => app.node.tryGetContext(key);
new SojournStack(app, context('name') ?? 'Sojourn', {
  description: 'Sojourn: event-driven user journeys',
  sender: context('sender'),
  salesTeam: context('salesTeam'),
  declaredSales: declaredSalesFrom(context('sales')),
  ephemeral: String(context('ephemeral')) === 'true',
  fast: fastFrom(context('fast')?.toString()),
});
// A finding of these rules fails the synth, and so the deployment, unless it is acknowledged with its reason.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
