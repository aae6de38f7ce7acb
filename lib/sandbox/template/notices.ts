/**
 * What a template has and the sandbox does not know: one line for each kind of thing.
 *
 * Owns: the list of settings that change how an app behaves and that nothing here reads.
 * Must not know: how resources are run. What a reader of a resource finds missing, it adds itself.
 */

import { recordOf } from './properties.js';
import type { ResolvedResource } from './resources.js';

/** By type: set to anything but false or an empty list, these would matter on AWS. */
const unread: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::GlobalTable': ['StreamSpecification'],
  'AWS::DynamoDB::Table': ['StreamSpecification', 'ImportSourceSpecification'],
  'AWS::Events::EventBus': ['DeadLetterConfig'],
  'AWS::Lambda::Function': ['Layers', 'FileSystemConfigs', 'DurableConfig'],
  'AWS::Lambda::EventSourceMapping': ['FilterCriteria', 'DestinationConfig', 'MaximumBatchingWindowInSeconds'],
  'AWS::SQS::Queue': ['FifoQueue'],
};

/** @param known types that are run, or need not be. */
export function noticesOf(resources: readonly ResolvedResource[], known: (type: string) => boolean): string[] {
  return [...unknownTypes(resources, known), ...resources.flatMap(unreadSettings), ...resources.flatMap(secrets)];
}

function unknownTypes(resources: readonly ResolvedResource[], known: (type: string) => boolean): string[] {
  const idsByType = new Map<string, string[]>();
  for (const { type, logicalId } of resources) {
    if (!known(type)) idsByType.set(type, [...(idsByType.get(type) ?? []), logicalId]);
  }
  return [...idsByType].map(([type, ids]) => `the sandbox does not know ${type}: ${ids.join(', ')} will not be there`);
}

function unreadSettings({ type, logicalId, properties }: ResolvedResource): string[] {
  const isSet = (value: unknown) => value !== undefined && value !== false && String(value) !== '';
  return (unread[type] ?? [])
    .filter((name) => isSet(properties[name]))
    .map((name) => `${logicalId} has ${name}: the sandbox does without it`);
}

/** Dynamic references stay as they are written. */
function secrets({ type, logicalId, properties }: ResolvedResource): string[] {
  if (type !== 'AWS::Lambda::Function') return [];
  const variables = Object.entries(recordOf(recordOf(properties.Environment).Variables));
  return variables
    .filter(([, value]) => String(value).includes('{{resolve:'))
    .map(([name, value]) => `${logicalId} has ${name}=${String(value)}: the sandbox does not resolve it`);
}
