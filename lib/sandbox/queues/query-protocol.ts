/**
 * SQS's older protocol, which older SDKs and AWS CLIs speak: a form comes in, XML goes out.
 *
 * Owns: the translation to and from the shape of the JSON protocol. Must not know: what operations do.
 * Invariant: it only translates; what is missing or of another type is for the service's model to refuse.
 */

import type { WireAnswer } from '../http/wire.js';
import { type ServiceModel, shapeNameOf } from '../models/model.js';
import { sqs } from '../models/sqs.js';
import { recordOf } from '../template/properties.js';
import { escapedXml } from '../template/stacks.js';

type Tree = Map<string, Tree | string>;

const model: ServiceModel = sqs;

/** What the older protocol calls lists and maps, whose elements stand there one by one. */
const singular: Readonly<Record<string, string>> = {
  AttributeNames: 'AttributeName',
  Attributes: 'Attribute',
  BinaryListValues: 'BinaryListValue',
  Failed: 'BatchResultErrorEntry',
  MessageAttributeNames: 'MessageAttributeName',
  MessageAttributes: 'MessageAttribute',
  MessageSystemAttributeNames: 'MessageSystemAttributeName',
  MessageSystemAttributes: 'MessageSystemAttribute',
  Messages: 'Message',
  QueueUrls: 'QueueUrl',
  StringListValues: 'StringListValue',
};
const maps: ReadonlySet<string> = new Set(['Attributes', 'MessageAttributes']);

export function inputOfForm(operation: string, form: URLSearchParams): Record<string, unknown> {
  const inputShape = model.operations[operation]?.input;
  if (inputShape === undefined) return {};
  return recordOf(parsed(operation, inputShape, treeOf(form)));
}

/** The answer of the JSON protocol, in XML. */
export function inXml(operation: string, { status, body, headers }: WireAnswer): WireAnswer {
  const answer = recordOf(JSON.parse(body === '' ? '{}' : body));
  const namespace = 'http://queue.amazonaws.com/doc/2012-11-05/';
  const id = '<RequestId>sandbox</RequestId>';
  const more = { status, headers: { ...headers, 'content-type': 'text/xml' } };
  if (status >= 300) {
    const code = (headers['x-amzn-query-error'] ?? '').split(';')[0]!;
    const error = `<Error><Type>Sender</Type>${element('Code', code)}${element('Message', answer.message ?? '')}</Error>`;
    return { ...more, body: `<ErrorResponse xmlns="${namespace}">${error}${id}</ErrorResponse>` };
  }
  const result = `<${operation}Result>${elements(operation, answer)}</${operation}Result>`;
  const metadata = `<ResponseMetadata>${id}</ResponseMetadata>`;
  return { ...more, body: `<${operation}Response xmlns="${namespace}">${result}${metadata}</${operation}Response>` };
}

/** `a.1.b=c` as a tree. */
function treeOf(form: URLSearchParams): Tree {
  const root: Tree = new Map();
  for (const [name, value] of form) {
    const path = name.split('.');
    const last = path.pop()!;
    let at = root;
    for (const part of path) {
      const next = at.get(part);
      const branch: Tree = next instanceof Map ? next : new Map();
      at.set(part, branch);
      at = branch;
    }
    at.set(last, value);
  }
  return root;
}

function parsed(operation: string, shapeName: string, node: Tree | string): unknown {
  const shape = model.shapes[shapeName]!;
  if (typeof node === 'string') {
    return shape.type === 'integer' && /^-?\d+$/.test(node) ? Number(node) : node;
  }
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        Object.entries(shape.members).flatMap(([name, member]) => {
          const child = node.get(onWire(operation, name)) ?? node.get(name);
          return child === undefined ? [] : [[name, parsed(operation, shapeNameOf(member), child)]];
        }),
      );
    case 'list':
      return [...node.values()].map((item) => parsed(operation, shape.member, item));
    case 'map':
      return Object.fromEntries(
        [...node.values()].map((entry) => {
          const [name, value] = entry instanceof Map ? [entry.get('Name'), entry.get('Value')] : [entry, undefined];
          return [String(name), value === undefined ? null : parsed(operation, shape.value, value)];
        }),
      );
    default:
      return {};
  }
}

function onWire(operation: string, member: string): string {
  if (member === 'Entries') return `${operation}RequestEntry`;
  if (member === 'Successful') return `${operation}ResultEntry`;
  return singular[member] ?? member;
}

function elements(operation: string, answer: Readonly<Record<string, unknown>>): string {
  return Object.entries(answer)
    .flatMap(([name, value]) => {
      const called = onWire(operation, name);
      if (Array.isArray(value)) return value.map((item: unknown) => element(called, item, operation));
      if (!maps.has(name)) return [element(called, value, operation)];
      return Object.entries(recordOf(value)).map(([Name, Value]) => element(called, { Name, Value }, operation));
    })
    .join('');
}

function element(name: string, value: unknown, operation = ''): string {
  const inner =
    typeof value === 'object' && value !== null ? elements(operation, recordOf(value)) : escapedXml(String(value));
  return `<${name}>${inner}</${name}>`;
}
