/** Every operation that the models have is one that the sandbox answers: an example of each is made from its model and sent. */
import { bindRequest } from '../../lib/sandbox/models/bindings.js';
import { type BoundMember, type ServiceModel, shapeNameOf } from '../../lib/sandbox/models/model.js';
import { findingsOfRequest, type ModelledService, models } from '../../lib/sandbox/models/requests.js';
import { PerformerStack, type Started, start, synthesize } from '../sandbox/stand.js';

const assembly = synthesize((app) => new PerformerStack(app, 'App'));

const operations = (Object.entries(models) as [ModelledService, ServiceModel][]).flatMap(([service, model]) =>
  Object.keys(model.operations).map((operation) => [service, operation] as const),
);
const modelOf = (service: ModelledService): ServiceModel => models[service];

/** The required members alone, each with the first text that fits. */
function exampleOf(service: ModelledService, shapeName: string): unknown {
  const shape = modelOf(service).shapes[shapeName]!;
  switch (shape.type) {
    case 'structure': {
      const required = shape.required ?? [];
      return Object.fromEntries(required.map((name) => [name, exampleOf(service, shapeNameOf(shape.members[name]!))]));
    }
    case 'list':
      return [exampleOf(service, shape.member)];
    case 'map':
      return { [String(exampleOf(service, shape.key))]: exampleOf(service, shape.value) };
    case 'string': {
      const texts = [...(shape.enum ?? []), 'abc', 'arn:aws:iam::000000000000:role/abc'];
      const whole = new RegExp(`^(?:${shape.pattern ?? '.*'})$`);
      return texts.find((text) => whole.test(text) && text.length >= (shape.min ?? 0));
    }
    case 'boolean':
      return true;
    case 'blob':
      return 'YWJj';
    default:
      return shape.min ?? 1;
  }
}

const targets: Partial<Record<ModelledService, string>> = {
  dynamodb: 'DynamoDB_20120810',
  events: 'AWSEvents',
  sqs: 'AmazonSQS',
};

/** Over the wire, by the service's own protocol. */
async function ask({ sandbox }: Started, service: ModelledService, operation: string) {
  const { method, uri, input } = modelOf(service).operations[operation]!;
  const members = exampleOf(service, input) as Record<string, unknown>;
  if (service === 'cloudformation') {
    const form = new URLSearchParams({ Action: operation, Version: '2010-05-15', ...(members as object) });
    return fetch(sandbox.url, { method, body: form });
  }
  const target = targets[service];
  const bound = (modelOf(service).shapes[input] as { members: Record<string, string | BoundMember> }).members;
  const inBody = Object.entries(members).filter(([name]) => typeof bound[name] === 'string');
  const url = new URL(
    uri.replace(/\{(\w+)\}/g, (_, name: string) => String(members[name])),
    sandbox.url,
  );
  for (const [name, member] of Object.entries(bound)) {
    const isAsked = typeof member !== 'string' && member.in === 'querystring' && name in members;
    if (isAsked) url.searchParams.set(member.as, String(members[name]));
  }
  const headers: Record<string, string> = target === undefined ? {} : { 'x-amz-target': `${target}.${operation}` };
  const body = method === 'GET' || method === 'DELETE' ? {} : { body: JSON.stringify(Object.fromEntries(inBody)) };
  return fetch(url, { method, headers, ...body });
}

test.each(operations)('%s:%s is answered', async (service, operation) => {
  const input = exampleOf(service, modelOf(service).operations[operation]!.input);
  expect(findingsOfRequest({ service, operation, input })).toEqual({ violations: [], unknown: [] });
  const response = await ask(await start(assembly), service, operation);
  const text = await response.text();
  expect(text).not.toMatch(/the sandbox (failed|does not know|knows no)/);
  expect(response.status).toBeLessThan(500);
  expect(text).not.toMatch(/failed to satisfy constraint/);
});

test('a member of a path, of a query and of a body comes under the model’s name, and no other of them from elsewhere', () => {
  const body = () => ({ GroupName: 'of the body', Name: 'of the body' });
  const bind = (method: string, path: string) => bindRequest(method, new URL(path, 'http://x'), {}, body)?.input;
  expect(bind('DELETE', '/schedules/a%20b?groupName=g&Colour=red')).toEqual({ Name: 'a b', GroupName: 'g' });
  expect(bind('DELETE', '/schedules/a')).toEqual({ Name: 'a' });
  expect(bind('GET', '/schedules?ScheduleGroup=g&MaxResults=5')).toMatchObject({ GroupName: 'g', MaxResults: 5 });
  expect(bind('POST', '/schedules/a')).toEqual({ Name: 'a', GroupName: 'of the body' });
  expect(bind('GET', '/schedules/%E0%A4%A')).toMatchObject({ Name: '%E0%A4%A' });
  expect(bind('PATCH', '/schedules/a')).toBeUndefined();
});
