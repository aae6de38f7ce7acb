/**
 * The sales story without code: the same journey as lambda/sales-follow-up.ts, declared. A test holds the two to equal
 * outcomes; `-c sales=declared` deploys this one in the other's place.
 *
 * Owns: the steps, and the function that sends their mail. Knows neither the hub nor who may send from which address.
 */
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { JourneyStep } from 'sojourn/cdk';

export const salesTrigger = { event: 'lead/entered' };
export const salesKey = 'data.lead_id';

/** @param mailer sends { to, subject, text }. */
export function salesFollowUpSteps(mailer: lambda.IFunction, salesTeam: string): readonly JourneyStep[] {
  return [
    JourneyStep.waitForEvent('wait-for-outreach', {
      event: 'sales/outreach.logged',
      timeout: Duration.days(7),
      onMatch: [JourneyStep.end({ outcome: 'contacted' })],
    }),
    JourneyStep.invoke('remind-sales', {
      fn: mailer,
      payload: {
        to: salesTeam,
        subject: 'Lead {$.trigger.data.lead_id} has been waiting for a week',
        text: 'Lead {$.trigger.data.lead_id} entered the pipeline on {$.trigger.time} and nobody has reached out since.',
      },
    }),
    JourneyStep.end({ outcome: 'sales-reminded' }),
  ];
}

/** A function that sends the mail that it is handed, from one address. */
export class Mailer extends Construct implements iam.IGrantable {
  readonly fn: lambda.Function;
  readonly grantPrincipal: iam.IPrincipal;

  constructor(scope: Construct, id: string, sender: string, removalPolicy: RemovalPolicy) {
    super(scope, id);
    const retention = logs.RetentionDays.ONE_MONTH;
    const logGroup = new logs.LogGroup(this, 'Log', { retention, removalPolicy });
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    this.fn = new NodejsFunction(this, 'Function', {
      entry: 'lambda/send-mail.ts',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.seconds(10),
      environment: { MAIL_SENDER: sender },
      bundling: { format: OutputFormat.ESM, minify: true, mainFields: ['module', 'main'], externalModules: [] },
      logGroup,
      role,
    });
    this.grantPrincipal = this.fn.grantPrincipal;
  }
}
