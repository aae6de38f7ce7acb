/**
 * `npm run models`: writes lib/sandbox/models/<service>.ts from AWS's public service models, as botocore carries them.
 *
 * Owns: which operations the sandbox answers, and what of their models it needs. Never needed by `npm test`: what it
 * writes is committed. With `--check` it writes nothing and fails when a file would become another.
 * Needs Python (bin/verify/python.ts), for botocore is a package of Python.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { pythonTools } from '../../bin/verify/python.js';
import type { Operation, ServiceModel, Shape } from '../../lib/sandbox/models/model.js';
import { unreadable } from './java-pattern.js';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const toolsFolder = path.join(repository, '.sojourn/emulator');

/** By the name of our file: the service's folder in botocore, and the operations. */
const wanted: Readonly<Record<string, readonly [folder: string, ...operations: string[]]>> = {
  cloudformation: ['cloudformation', 'DescribeStackResource', 'DescribeStacks', 'GetTemplate', 'ListStackResources'],
  dynamodb: [
    'dynamodb',
    'BatchGetItem',
    'BatchWriteItem',
    'DeleteItem',
    'DescribeTable',
    'GetItem',
    'ListTables',
    'PutItem',
    'Query',
    'Scan',
    'UpdateItem',
  ],
  events: ['events', 'PutEvents'],
  lambda: [
    'lambda',
    'DeleteFunction',
    'GetAlias',
    'GetFunctionConfiguration',
    'Invoke',
    'ListEventSourceMappings',
    'ListFunctions',
    'ListVersionsByFunction',
  ],
  scheduler: ['scheduler', 'CreateSchedule', 'DeleteSchedule', 'GetSchedule', 'GetScheduleGroup', 'ListSchedules'],
  ses: ['sesv2', 'SendEmail'],
  sqs: [
    'sqs',
    'ChangeMessageVisibility',
    'ChangeMessageVisibilityBatch',
    'DeleteMessage',
    'GetQueueAttributes',
    'GetQueueUrl',
    'ListQueues',
    'PurgeQueue',
    'ReceiveMessage',
    'SendMessage',
  ],
};

interface BotocoreShape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { shape: string; location?: string; locationName?: string }>>;
  readonly member?: { shape: string };
  readonly key?: { shape: string };
  readonly value?: { shape: string };
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly payload?: string;
}

interface Botocore {
  readonly metadata: { readonly apiVersion: string; readonly serviceFullName: string };
  readonly operations: Readonly<
    Record<string, { http: { method: string; requestUri: string }; input: { shape: string } }>
  >;
  readonly shapes: Readonly<Record<string, BotocoreShape>>;
}

function shapeOf(name: string, shape: BotocoreShape): Shape {
  const { type, min, max, pattern } = shape;
  const bounds = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
  switch (type) {
    case 'structure': {
      const members = Object.entries(shape.members ?? {}).map(([member, of]) => {
        const place = member === shape.payload ? 'payload' : of.location;
        return [member, place === undefined ? of.shape : { shape: of.shape, in: place, as: of.locationName ?? member }];
      });
      const required = shape.required?.length ? { required: shape.required } : {};
      return { type, ...required, members: Object.fromEntries(members) } as Shape;
    }
    case 'list':
      return { type, member: shape.member!.shape, ...bounds };
    case 'map':
      return { type, key: shape.key!.shape, value: shape.value!.shape, ...bounds };
    case 'string': {
      const why = pattern === undefined ? undefined : unreadable(pattern);
      if (why !== undefined) throw new Error(`${name}: the pattern ${pattern} ${why}; say here what it becomes`);
      const more = { ...(pattern !== undefined && { pattern }), ...(shape.enum && { enum: shape.enum }) };
      return { type, ...bounds, ...more };
    }
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
    case 'boolean':
    case 'timestamp':
    case 'blob':
      return { type, ...bounds };
    default:
      throw new Error(`${name}: no shape of type ${type} has been met before; teach model.ts and constraints.ts`);
  }
}

/** What the inputs of the operations reach, by name. */
function modelOf(botocore: Botocore, operationNames: readonly string[]): ServiceModel {
  const shapes = new Map<string, Shape>();
  const reach = (name: string): void => {
    if (shapes.has(name)) return;
    const shape = botocore.shapes[name]!;
    shapes.set(name, shapeOf(name, shape));
    for (const { shape: next } of Object.values(shape.members ?? {})) reach(next);
    for (const one of [shape.member, shape.key, shape.value]) if (one !== undefined) reach(one.shape);
  };
  const operations: Record<string, Operation> = {};
  for (const name of operationNames) {
    const { http, input } = botocore.operations[name]!;
    operations[name] = { method: http.method, uri: http.requestUri, input: input.shape };
    reach(input.shape);
  }
  return { operations, shapes: Object.fromEntries([...shapes].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function sourceOf(service: string, botocore: Botocore, model: ServiceModel, version: string): string {
  const { serviceFullName, apiVersion } = botocore.metadata;
  const today = new Date().toISOString().slice(0, 10);
  return `/**
 * Constraints of ${serviceFullName} (API ${apiVersion}), from botocore ${version}. Generated by \`npm run models\`: do not edit.
 *
 * Owns: what the service's model says of the operations that the sandbox answers. Knows nothing else.
 * Derived from AWS's service models, Apache-2.0, changed in form: see NOTICE. Written on ${today}.
 */
import type { ServiceModel } from './model.js';

export const ${service}: ServiceModel = {
operations: ${JSON.stringify(model.operations)},
shapes: {
${Object.entries(model.shapes)
  .map(([name, shape]) => `${JSON.stringify(name)}: ${JSON.stringify(shape)},`)
  .join('\n')}
},
};
`;
}

function formatted(source: string): string {
  const biome = path.join(repository, 'node_modules/.bin/biome');
  return execFileSync(biome, ['format', '--stdin-file-path=lib/sandbox/models/a.ts'], {
    input: source,
    encoding: 'utf8',
    cwd: repository,
  });
}

const undated = (source: string) => source.replace(/Written on \S+/, '');

async function generate(checkOnly: boolean): Promise<number> {
  const found = await pythonTools(toolsFolder);
  if (found.status === 'missing') throw new Error(found.why);
  const ask = 'import botocore, os; print(os.path.dirname(botocore.__file__)); print(botocore.__version__)';
  const answer = execFileSync(found.tools.python, ['-c', ask], { encoding: 'utf8' });
  const [folder, version] = answer.trim().split('\n') as [string, string];
  let stale = 0;
  for (const [service, [name, ...operations]] of Object.entries(wanted)) {
    const versions = path.join(folder, 'data', name);
    const newest = readdirSync(versions).sort().at(-1)!;
    const packed = readFileSync(path.join(versions, newest, 'service-2.json.gz'));
    const botocore = JSON.parse(gunzipSync(packed).toString('utf8')) as Botocore;
    const source = formatted(sourceOf(service, botocore, modelOf(botocore, operations), version));
    const file = path.join(repository, 'lib/sandbox/models', `${service}.ts`);
    if (!checkOnly) {
      writeFileSync(file, source);
    } else if (undated(readFileSync(file, 'utf8')) !== undated(source)) {
      stale += 1;
      console.log(`lib/sandbox/models/${service}.ts is not what botocore ${version} says: npm run models`);
    }
  }
  return stale;
}

process.exitCode = (await generate(process.argv.includes('--check'))) === 0 ? 0 : 1;
