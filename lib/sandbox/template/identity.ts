/**
 * What CloudFormation would call each resource: its physical name, its Ref and its attributes (ARN, URL, ...).
 *
 * Owns: the naming of every resource type that the sandbox knows; generated names are a function of stack and logical id.
 * Must not know: what the resources do.
 * Invariant: the same assembly gives the same names, at every start; only versions of functions are numbered as they come.
 */

import { createHash } from 'node:crypto';
import type { TemplateResource } from './assembly.js';
import { functionNameOf } from './function-properties.js';
import type { IdentityOf, ResourceIdentity, StackResolver } from './template.js';
import type { VersionNumbers } from './versions.js';

interface Naming {
  /** The property that fixes the name, if the template sets it. */
  readonly nameProperty?: string;
  identify(name: string, stack: StackResolver, properties: Readonly<Record<string, unknown>>): Identified;
}

interface Identified {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

function named(nameProperty: string, service: string, resource: (name: string) => string): Naming {
  return {
    nameProperty,
    identify: (name, stack) => ({ ref: name, attributes: { Arn: stack.arn(service, resource(name)), Name: name } }),
  };
}

/** IAM is global: its ARNs have no region. */
function iam(nameProperty: string, kind: string, refIsArn: boolean): Naming {
  return {
    nameProperty,
    identify: (name, stack) => {
      const arn = `arn:aws:iam::${stack.account}:${kind}/${name}`;
      return { ref: refIsArn ? arn : name, attributes: { Arn: arn, RoleId: `AROA${name}`, Id: `AIDA${name}` } };
    },
  };
}

function table(): Naming {
  const naming = named('TableName', 'dynamodb', (name) => `table/${name}`);
  return {
    ...naming,
    identify: (name, stack, properties) => {
      const { ref, attributes } = naming.identify(name, stack, properties);
      const stream = `${String(attributes.Arn)}/stream/2020-01-01T00:00:00.000`;
      return { ref, attributes: { ...attributes, TableId: name, StreamArn: stream } };
    },
  };
}

/** Versions and aliases: the function's ARN and a qualifier. */
function qualified(qualifier: (name: string, properties: Readonly<Record<string, unknown>>) => string): Naming {
  return {
    identify: (name, stack, properties) => {
      const fn = String(properties.FunctionName);
      const arn = fn.startsWith('arn:') ? fn : stack.arn('lambda', `function:${fn}`);
      const version = qualifier(name, properties);
      return {
        ref: `${arn}:${version}`,
        attributes: { Version: version, FunctionArn: arn, AliasArn: `${arn}:${version}` },
      };
    },
  };
}

function namings(baseUrl: string, numbers: VersionNumbers): Readonly<Record<string, Naming>> {
  return {
    'AWS::Events::EventBus': named('Name', 'events', (name) => `event-bus/${name}`),
    'AWS::Events::Rule': {
      nameProperty: 'Name',
      identify: (name, stack, properties) => {
        const bus = busNameOf(properties.EventBusName);
        const path = bus === 'default' ? name : `${bus}/${name}`;
        return {
          ref: bus === 'default' ? name : `${bus}|${name}`,
          attributes: { Arn: stack.arn('events', `rule/${path}`) },
        };
      },
    },
    'AWS::Lambda::Function': named('FunctionName', 'lambda', (name) => `function:${name}`),
    'AWS::Lambda::EventSourceMapping': { identify: (name) => ({ ref: name, attributes: { Id: name } }) },
    'AWS::Lambda::Version': qualified((name, { FunctionName }) =>
      numbers.numberOf(name, functionNameOf(String(FunctionName))),
    ),
    'AWS::Lambda::Alias': qualified((_, properties) => String(properties.Name)),
    'AWS::DynamoDB::Table': table(),
    'AWS::DynamoDB::GlobalTable': table(),
    'AWS::Scheduler::Schedule': {
      nameProperty: 'Name',
      identify: (name, stack, { GroupName }) => {
        const path = `schedule/${String(GroupName ?? 'default')}/${name}`;
        return { ref: name, attributes: { Arn: stack.arn('scheduler', path) } };
      },
    },
    'AWS::Scheduler::ScheduleGroup': named('Name', 'scheduler', (name) => `schedule-group/${name}`),
    'AWS::SQS::Queue': {
      nameProperty: 'QueueName',
      identify: (name, stack) => {
        const url = `${baseUrl}/${stack.account}/${name}`;
        return { ref: url, attributes: { Arn: stack.arn('sqs', name), QueueName: name, QueueUrl: url } };
      },
    },
    'AWS::IAM::Role': iam('RoleName', 'role', false),
    'AWS::IAM::User': iam('UserName', 'user', false),
    'AWS::IAM::ManagedPolicy': iam('ManagedPolicyName', 'policy', true),
    'AWS::Logs::LogGroup': {
      nameProperty: 'LogGroupName',
      identify: (name, stack) => ({ ref: name, attributes: { Arn: `${stack.arn('logs', `log-group:${name}`)}:*` } }),
    },
    'AWS::CloudWatch::Alarm': named('AlarmName', 'cloudwatch', (name) => `alarm:${name}`),
    'AWS::SNS::Topic': {
      nameProperty: 'TopicName',
      identify: (name, stack) => {
        const arn = stack.arn('sns', name);
        return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
      },
    },
    'AWS::KMS::Key': {
      identify: (name, stack) => ({ ref: name, attributes: { Arn: stack.arn('kms', `key/${name}`), KeyId: name } }),
    },
  };
}

/** EventBusName may be a name or an ARN; left out it is the account's default bus. */
export function busNameOf(nameOrArn: unknown): string {
  if (typeof nameOrArn !== 'string' || nameOrArn === '') return 'default';
  return nameOrArn.startsWith('arn:')
    ? nameOrArn.slice(nameOrArn.indexOf('event-bus/') + 'event-bus/'.length)
    : nameOrArn;
}

/** `baseUrl`: the sandbox's own address, of which queue URLs are made. `numbers`: those of earlier deployments go on. */
export function identifyResources(baseUrl: string, numbers: VersionNumbers): IdentityOf {
  const known = namings(baseUrl, numbers);
  return (stack, logicalId, resource) => {
    const naming = Object.hasOwn(known, resource.Type) ? known[resource.Type]! : unknownType(resource);
    const properties = lazyProperties(stack, resource);
    const fixed = naming.nameProperty === undefined ? undefined : properties[naming.nameProperty];
    const name = typeof fixed === 'string' && fixed !== '' ? fixed : physicalName(stack.stackName, logicalId);
    return toIdentity(naming.identify(name, stack, properties));
  };
}

/**
 * A resource of a type that the sandbox does not know is named all the same, so that a template which only mentions it
 * starts; an attribute reads as a placeholder that says so.
 */
function unknownType(resource: TemplateResource): Naming {
  return {
    identify: (name) => ({
      ref: name,
      attributes: new Proxy({}, { get: (_, attribute) => `unknown:${resource.Type}:${name}:${String(attribute)}` }),
    }),
  };
}

/** Only the properties that a name needs are resolved here: all of them could go round in circles. */
function lazyProperties(stack: StackResolver, resource: TemplateResource): Readonly<Record<string, unknown>> {
  return new Proxy({} as Record<string, unknown>, {
    get: (_, property) => (typeof property === 'string' ? stack.resolve(resource.Properties?.[property]) : undefined),
  });
}

function toIdentity(identified: Identified): ResourceIdentity {
  return { ref: identified.ref, attribute: (name) => identified.attributes[name] };
}

/** `Stack-LogicalId-hash`, at most 64 characters, which every type takes. */
function physicalName(stackName: string, logicalId: string): string {
  const hash = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex').slice(0, 12).toUpperCase();
  return `${stackName.slice(0, 24)}-${logicalId.slice(0, 24)}-${hash}`;
}
