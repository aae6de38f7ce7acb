/**
 * What DynamoDB asks IAM of a request: for each table, and for each kind of action within a transaction or a batch.
 *
 * Owns: the condition keys of DynamoDB: leading keys, attributes, what is returned. Must not know: policies.
 * Invariant: an item whose key cannot be read from the request has no leading key, as a Scan has none; whoever would let
 * that pass by ForAllValues lets it pass on AWS too.
 */

import { listOf, type Properties, recordOf, textOf } from '../template/properties.js';
import type { SandboxResources } from '../template/resources.js';
import type { Keys } from './context.js';
import type { Question } from './question.js';

const transactActions = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

/** Operations that IAM knows by the actions within them, and PartiQL, whose statements are not read here. */
const partiQl: ReadonlySet<string> = new Set(['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteTransaction']);

export function tableQuestions(operation: string, input: Properties, resources: SandboxResources): Question[] {
  const ask = (action: string, one: Properties, items: readonly unknown[], within?: string): Question => ({
    action: `dynamodb:${action}`,
    resource: tableArn(one, resources),
    keys: {
      ...keysOf(one, items, partitionKeyOf(one, resources)),
      'dynamodb:EnclosingOperation': within,
    },
  });
  if (operation === 'TransactWriteItems' || operation === 'TransactGetItems') {
    return listOf(input.TransactItems).flatMap((item) =>
      Object.entries(recordOf(item)).map(([kind, action]) => {
        const name = kind === 'Get' ? 'GetItem' : (transactActions[kind as keyof typeof transactActions] ?? kind);
        return ask(name, recordOf(action), [recordOf(action).Item ?? recordOf(action).Key], operation);
      }),
    );
  }
  if (operation === 'BatchGetItem' || operation === 'BatchWriteItem') {
    return Object.entries(recordOf(input.RequestItems)).map(([TableName, wanted]) =>
      ask(operation, { ...recordOf(wanted), TableName }, itemsOfBatch(wanted)),
    );
  }
  if (operation === 'ListTables') return [{ action: 'dynamodb:ListTables', resource: '*' }];
  // Several actions at once, so that only who may do all of them passes.
  if (partiQl.has(operation)) {
    const actions = ['PartiQLSelect', 'PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete'];
    return actions.map((action) => ({ action: `dynamodb:${action}`, resource: '*' }));
  }
  return [ask(operation, input, [input.Item ?? input.Key])];
}

function itemsOfBatch(wanted: unknown): readonly unknown[] {
  if (!Array.isArray(wanted)) return listOf(recordOf(wanted).Keys);
  return wanted.map((request) => {
    const { PutRequest, DeleteRequest } = recordOf(request);
    return recordOf(PutRequest).Item ?? recordOf(DeleteRequest).Key;
  });
}

/** TableName may be an ARN. */
function tableArn({ TableName, IndexName }: Properties, { region, account }: SandboxResources): string {
  const name = String(TableName);
  const arn = name.startsWith('arn:') ? name : `arn:aws:dynamodb:${region}:${account}:table/${name}`;
  return typeof IndexName === 'string' ? `${arn}/index/${IndexName}` : arn;
}

/** Of the table, or of the index that is asked. */
function partitionKeyOf({ TableName, IndexName }: Properties, resources: SandboxResources): string | undefined {
  const table = resources.tables.find(({ name, arn }) => name === TableName || arn === TableName);
  if (typeof IndexName !== 'string') return table?.partitionKey;
  const { GlobalSecondaryIndexes, LocalSecondaryIndexes } = table?.createTable ?? {};
  const index = [...listOf(GlobalSecondaryIndexes), ...listOf(LocalSecondaryIndexes)]
    .map(recordOf)
    .find((one) => one.IndexName === IndexName);
  const hash = listOf(index?.KeySchema)
    .map(recordOf)
    .find(({ KeyType }) => KeyType === 'HASH');
  return textOf(hash?.AttributeName);
}

function keysOf(one: Properties, items: readonly unknown[], partitionKey: string | undefined): Keys {
  const leading = [
    ...items.map((item) => scalar(recordOf(item)[partitionKey ?? ''])),
    keyOfCondition(one, partitionKey),
  ].filter((key) => key !== undefined);
  return {
    'dynamodb:LeadingKeys': leading.length > 0 ? leading : undefined,
    'dynamodb:Attributes': attributesOf(one, items),
    'dynamodb:ReturnConsumedCapacity': textOf(one.ReturnConsumedCapacity),
    'dynamodb:ReturnValues': textOf(one.ReturnValues),
    'dynamodb:Select': textOf(one.Select),
  };
}

/** `#pk = :pk` in a Query's key condition, wherever it stands; or the older KeyConditions. */
function keyOfCondition(one: Properties, partitionKey: string | undefined): string | undefined {
  const [older] = listOf(recordOf(recordOf(one.KeyConditions)[partitionKey ?? '']).AttributeValueList);
  if (older !== undefined) return scalar(older);
  const names = recordOf(one.ExpressionAttributeNames);
  const values = recordOf(one.ExpressionAttributeValues);
  for (const [, path, placeholder] of String(one.KeyConditionExpression ?? '').matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)) {
    if ((names[path!] ?? path) === partitionKey) return scalar(values[placeholder!]);
  }
  return undefined;
}

/** Names at the top of keys, items, expressions and projections. */
function attributesOf(one: Properties, items: readonly unknown[]): string[] | undefined {
  const names = recordOf(one.ExpressionAttributeNames);
  const expressions = ['ProjectionExpression', 'KeyConditionExpression', 'ConditionExpression', 'FilterExpression']
    .concat('UpdateExpression')
    .flatMap((field) => textOf(one[field])?.match(/(?<![:\w#.-])(?:#\w+|[A-Za-z_]\w*)(?![\w(])/g) ?? []);
  const found = [
    ...items.flatMap((item) => Object.keys(recordOf(item))),
    ...listOf(one.AttributesToGet).map(String),
    ...['AttributeUpdates', 'Expected', 'KeyConditions', 'QueryFilter', 'ScanFilter'].flatMap((field) =>
      Object.keys(recordOf(one[field])),
    ),
    ...expressions.filter((word) => !reserved.has(word.toUpperCase())).map((word) => String(names[word] ?? word)),
  ];
  return found.length === 0 ? undefined : [...new Set(found)];
}

const reserved: ReadonlySet<string> = new Set([
  ...['AND', 'OR', 'NOT', 'IN', 'BETWEEN', 'SET', 'REMOVE', 'ADD', 'DELETE'],
]);

function scalar(attribute: unknown): string | undefined {
  const { S, N, B } = recordOf(attribute);
  return textOf(S ?? N ?? B);
}
