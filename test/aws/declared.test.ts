/** What the deployment adds to a declared journey: its tokens, and the invoking of functions, against a server on loopback. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeclaredJourney } from 'sojourn';
import { invoke, serveDeclared } from '../../lib/aws/declared.js';
import { isNonRetriable } from '../../lib/journey/errors.js';

const arn = 'arn:aws:lambda:eu-west-1:111122223333:function:mailer:live';

interface Answer {
  readonly status?: number;
  readonly functionError?: boolean;
  readonly body: string;
}

let server: Server;
let answer: Answer;
const requests: { readonly path: string; readonly type: string; readonly body: string }[] = [];
const before = { ...process.env };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const type = String(request.headers['x-amz-invocation-type'] ?? '');
    requests.push({ path: decodeURIComponent(request.url ?? ''), type, body });
    response.writeHead(answer.status ?? 200, answer.functionError ? { 'x-amz-function-error': 'Unhandled' } : {});
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
});
beforeEach(() => {
  requests.length = 0;
  process.env.SOJOURN_DEPLOYED = '';
});
afterAll(async () => {
  process.env = before;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** What `invoke` throws. */
async function thrown(by: Answer): Promise<Error> {
  answer = by;
  return invoke(arn, {}).then(
    () => new Error('nothing was thrown'),
    (error: Error) => error,
  );
}

describe('an invocation', () => {
  test('hands over the payload and answers what the function answers', async () => {
    answer = { body: '{"sent":true}' };
    expect(await invoke(arn, { to: 'a@b.c' })).toEqual({ sent: true });
    expect(requests).toEqual([
      { path: `/2015-03-31/functions/${arn}/invocations`, type: expect.any(String), body: '{"to":"a@b.c"}' },
    ]);
    expect(requests[0]!.type).not.toBe('Event');
  });

  test('answers nothing where the function answers nothing, and hands over null for nothing', async () => {
    answer = { body: '' };
    expect(await invoke(arn, undefined)).toBeUndefined();
    expect(requests).toMatchObject([{ body: 'null' }]);
  });

  test('throws what the function threw, by its name and message, to be tried again', async () => {
    const error = await thrown({
      functionError: true,
      body: '{"errorType":"MailServerBusy","errorMessage":"come back later","trace":[]}',
    });
    expect([error.name, error.message, isNonRetriable(error)]).toEqual(['MailServerBusy', 'come back later', false]);
  });

  test('is not to be tried again where the function says so', async () => {
    const error = await thrown({
      functionError: true,
      body: '{"errorType":"NonRetriableError","errorMessage":"no such address"}',
    });
    expect([error.message, isNonRetriable(error)]).toEqual(['no such address', true]);
  });

  test('tells an answer that is no error record as it is', async () => {
    const error = await thrown({ functionError: true, body: 'segmentation fault' });
    expect([error.name, error.message]).toEqual(['FunctionError', 'segmentation fault']);
  });

  test('is one request, also where Lambda fails: the step is what is tried again', async () => {
    const error = await thrown({ status: 500, body: '{"Message":"internal"}' });
    expect(error.message).not.toBe('nothing was thrown');
    expect(requests).toHaveLength(1);
  });
});

describe('serveDeclared', () => {
  const declaration: DeclaredJourney = {
    id: 'lead',
    trigger: 'lead/entered',
    steps: [{ kind: 'invoke', id: 'score', fn: '$.deployed.t0', payload: null }],
  };

  test('takes what the deployment knows from the environment', () => {
    process.env.SOJOURN_DEPLOYED = JSON.stringify({ t0: arn });
    const { journey, handler } = serveDeclared(declaration);
    expect(journey.definition).toMatchObject({ id: 'lead', triggers: [{ event: 'lead/entered' }] });
    expect(handler).toBeInstanceOf(Function);
  });

  test('fails when a token is not in the environment', () => {
    expect(() => serveDeclared(declaration)).toThrow(/\$\.deployed\.t0.*\[InvalidReference\]/);
  });

  test.each(['[]', 'null', '{', '"t0"'])('fails when the variable is %s', (text) => {
    process.env.SOJOURN_DEPLOYED = text;
    expect(() => serveDeclared(declaration)).toThrow(/SOJOURN_DEPLOYED cannot be used/);
  });
});
