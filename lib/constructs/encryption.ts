/**
 * What a key of yours must let whom do, so that the table, the queues, the logs and the timers can be encrypted with it.
 *
 * Owns: every statement about the hub's key: of services in the key's policy, of roles in theirs. Knows no resource's shape.
 * Invariants: no service may use the key for another account's sake (confused deputy); a role may use it through the services
 * that it works with only, never by itself; no statement refers to a journey or to the bus, so that key, hub and journeys can
 * be in three stacks, and the bus may be encrypted with the key, too.
 */
import { Annotations, ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';

/**
 * Lets the services that write in their own name use the key: EventBridge and Scheduler, which leave dead letters in encrypted
 * queues, and CloudWatch Logs. The key's policy cannot be changed by us where the key is an imported one: then a warning says
 * what it must hold.
 */
export function admitServices(hub: IConstruct, key: kms.IKey): void {
  for (const statement of ofServices(Stack.of(hub))) {
    // A key of another app is known by its ARN alone.
    if (key.addToResourcePolicy(statement).statementAdded) continue;
    const text = JSON.stringify(Stack.of(hub).resolve(statement.toStatementJson()));
    Annotations.of(hub).addWarningV2(
      `sojourn:key-policy:${statement.sid}`,
      `The policy of the key is not this app's to change. Fix: see that it has this statement: ${text}`,
    );
  }
}

function ofServices(stack: Stack): iam.PolicyStatement[] {
  const arn = (service: string, resource: string, arnFormat: ArnFormat) =>
    stack.formatArn({ service, resource, resourceName: '*', arnFormat });
  const statement = (sid: string, service: string, actions: string[], conditions: Record<string, unknown>) =>
    new iam.PolicyStatement({
      sid,
      principals: [new iam.ServicePrincipal(service)],
      actions,
      // In a key's policy `*` is this key.
      resources: ['*'],
      conditions,
    });
  return [
    statement('DeadLettersOfRules', 'events.amazonaws.com', ['kms:Decrypt', 'kms:GenerateDataKey'], {
      // EventBridge says which rule it is that it acts for; its account is part of that.
      ArnLike: { 'aws:SourceArn': arn('events', 'rule', ArnFormat.SLASH_RESOURCE_NAME) },
    }),
    // AWS's guide asks for it beside the right of the timers' role; by which resource is nowhere said, so by the account.
    statement('DeadLettersOfTimers', 'scheduler.amazonaws.com', ['kms:Decrypt', 'kms:GenerateDataKey'], {
      StringEquals: { 'aws:SourceAccount': stack.account },
    }),
    statement(
      'Logs',
      `logs.${stack.region}.amazonaws.com`,
      ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arn('logs', 'log-group', ArnFormat.COLON_RESOURCE_NAME) },
      },
    ),
  ];
}

/** What DynamoDB and SQS ask of who uses an encrypted table or queue; their guides write GenerateDataKey* and ReEncrypt*. */
const ofTableAndQueues = [
  ...['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext'],
  ...['kms:ReEncryptFrom', 'kms:ReEncryptTo'],
];

/** A function that reads and writes the table, and sends to the queues. */
export function useOfTableAndQueues(key: kms.IKey, scope: IConstruct): iam.PolicyStatement {
  return through(key, 'KeyOfTableAndQueues', ofTableAndQueues, viaServices(scope, 'dynamodb', 'sqs'));
}

/** A function that reads the table, and takes from the queues and sends to them. */
export function useOfQueues(key: kms.IKey, scope: IConstruct): iam.PolicyStatement {
  const actions = ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'];
  return through(key, 'KeyOfTableAndQueues', actions, viaServices(scope, 'dynamodb', 'sqs'));
}

/** Who only reads the table. */
export function grantReadingTable(key: kms.IKey, scope: IConstruct, grantee: iam.IGrantable): iam.Grant {
  return iam.Grant.addToPrincipal({
    grantee,
    actions: ['kms:Decrypt', 'kms:DescribeKey'],
    resourceArns: [key.keyArn],
    conditions: viaServices(scope, 'dynamodb'),
  });
}

/** What Scheduler asks of who creates an encrypted timer. @param timers ARN of those that it may create. */
export function encryptionOfTimers(key: kms.IKey, scope: IConstruct, timers: string): iam.PolicyStatement[] {
  const via = viaServices(scope, 'scheduler');
  return [
    through(key, 'KeyOfTimers', ['kms:Decrypt', 'kms:GenerateDataKey'], { ...via, ...ofTimers(timers) }),
    // It asks what kind of key that is, for no timer in particular.
    through(key, 'KindOfKey', ['kms:DescribeKey'], via),
  ];
}

/** What Scheduler asks of the role that it assumes: to read a timer, and to leave it in an encrypted queue. */
export function decryptionOfTimers(key: kms.IKey, scope: IConstruct, timers: string): iam.PolicyStatement[] {
  return [
    // Scheduler's guide names no kms:ViaService here: the role's session calls KMS.
    through(key, 'KeyOfTimers', ['kms:Decrypt'], ofTimers(timers)),
    through(key, 'KeyOfQueue', ['kms:Decrypt', 'kms:GenerateDataKey'], viaServices(scope, 'sqs')),
  ];
}

type Conditions = Record<string, Record<string, unknown>>;

function through(key: kms.IKey, sid: string, actions: string[], conditions: Conditions): iam.PolicyStatement {
  return new iam.PolicyStatement({ sid, actions, resources: [key.keyArn], conditions });
}

function viaServices(scope: IConstruct, ...services: string[]): Conditions {
  const { region } = Stack.of(scope);
  return { StringEquals: { 'kms:ViaService': services.map((service) => `${service}.${region}.amazonaws.com`) } };
}

function ofTimers(timers: string): Conditions {
  return { ArnLike: { 'kms:EncryptionContext:aws:scheduler:schedule:arn': timers } };
}
