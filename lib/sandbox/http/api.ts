/**
 * The AWS-shaped endpoint: from a request to the service that answers it.
 *
 * Owns: the way of a call: who makes it, does a fault hit it, is it a request at all, may they, the service, the books.
 * Must not know: HTTP (server.ts), protocols' shapes (wire.ts), what services do.
 * Invariant: every call passes `authorize` and `faults`, and is booked once, whatever became of it. The sandbox's own
 * reading (the inspector) is neither booked nor hit.
 */

import type { EventBusService } from '../bus/bus.js';
import type { FunctionService } from '../functions/functions.js';
import { questionsOf } from '../iam/api-questions.js';
import { refusalError } from '../iam/wording.js';
import { authorOf, type Call, type Ledger } from '../ledger.js';
import type { MailService } from '../mail.js';
import { refusalOf } from '../models/requests.js';
import type { QueueService } from '../queues/queues.js';
import type { SchedulerService } from '../schedules/scheduler.js';
import { type Authorize, type Caller, type CallPlan, type Faults, killedErrorType } from '../seams.js';
import type { TableService } from '../tables/tables.js';
import { functionNameOf, qualifierOf } from '../template/function-properties.js';
import { textOf } from '../template/properties.js';
import type { SandboxResources } from '../template/resources.js';
import { describeStacks } from '../template/stacks.js';
import { AwsError } from './aws-error.js';
import { type ApiRequest, contentTypeOf, failure, success, type WireAnswer } from './wire.js';

/** Credentials of the sandbox itself. */
export const inspectorCredentials = { accessKeyId: 'SANDBOXINSPECTOR', secretAccessKey: 'sandbox' } as const;

export interface ApiServices {
  readonly resources: SandboxResources;
  readonly tables: TableService;
  readonly bus: EventBusService;
  readonly scheduler: SchedulerService;
  readonly functions: FunctionService;
  readonly queues: QueueService;
  readonly mail: MailService;
  readonly ledger: Ledger;
  readonly authorize: Authorize;
  readonly faults: Faults;
  /** Sees every request that is none of the sandbox's own, before anything is made of it. */
  readonly onRequest?: ((request: ApiRequest) => void) | undefined;
}

/** 'no-answer': the connection is cut. */
export type ApiAnswer = WireAnswer | 'no-answer';

export class Api {
  constructor(private readonly services: ApiServices) {}

  async answer(request: ApiRequest): Promise<ApiAnswer> {
    if (request.accessKeyId === inspectorCredentials.accessKeyId) return (await this.call(request)).answer;
    const { functions, faults, ledger, onRequest } = this.services;
    onRequest?.(request);
    const found = request.accessKeyId === undefined ? undefined : functions.callerOf(request.accessKeyId);
    const caller: Caller =
      found === undefined
        ? { kind: 'outside' }
        : {
            kind: 'function',
            functionName: found.fn.name,
            roleArn: found.fn.roleArn,
            requestId: found.invocation?.requestId,
          };
    const { service, operation } = request;
    const plan = faults.call({ caller, service, operation });
    if (plan.kind === 'refuse') {
      ledger.book({ service, operation }, found?.invocation);
      return failure(service, new AwsError(plan.code, plan.message, plan.status));
    }
    if (plan.kind === 'kill' && plan.when === 'before') return this.die(request, plan);
    const invocation = found?.invocation;
    const { answer, call } = await this.checked(request, caller);
    ledger.book(call, invocation);
    if (plan.kind === 'kill') return this.die(request, plan);
    if ('onEffect' in plan && answer.status < 300) plan.onEffect?.();
    if (plan.kind === 'late-answer') await new Promise((resolve) => setTimeout(resolve, plan.byMs));
    return plan.kind === 'lose-answer' ? 'no-answer' : answer;
  }

  private die(request: ApiRequest, plan: CallPlan & { readonly kind: 'kill' }): 'no-answer' {
    const errorMessage = `killed ${plan.when} ${request.service}:${request.operation}`;
    if (request.accessKeyId !== undefined) {
      this.services.functions.kill(request.accessKeyId, { errorType: killedErrorType, errorMessage });
    }
    return 'no-answer';
  }

  /** A request that is none is refused before anybody asks who may make it: permissions are about what it names. */
  private async checked(request: ApiRequest, caller: Caller): Promise<{ answer: WireAnswer; call: Call }> {
    const { service, operation, input, malformed } = request;
    const refusal = refusalOf({ service, operation, input: malformed ? undefined : input });
    if (refusal === undefined) return this.authorized(request, caller);
    return { answer: failure(service, refusal), call: { service, operation } };
  }

  private async authorized(request: ApiRequest, caller: Caller): Promise<{ answer: WireAnswer; call: Call }> {
    const { service, operation } = request;
    const { resources, functions, authorize } = this.services;
    const byFunction =
      caller.kind === 'function' ? { 'lambda:SourceFunctionArn': functions.find(caller.functionName)?.arn } : {};
    for (const question of questionsOf(request, resources)) {
      const decision = authorize({ ...question, caller, keys: { ...question.keys, ...byFunction } });
      if (decision.allowed) continue;
      const { code, status } = refusalError(service);
      return { answer: failure(service, new AwsError(code, decision.message, status)), call: { service, operation } };
    }
    return this.call(request);
  }

  private async call(request: ApiRequest): Promise<{ answer: WireAnswer; call: Call }> {
    const { service, operation } = request;
    try {
      if (service === 'dynamodb') {
        const { status, body, call } = await this.services.tables.answer(operation, request.body);
        return { answer: { status, body, headers: { 'content-type': contentTypeOf(service) } }, call };
      }
      return { answer: await this.answerOf(request), call: { service, operation } };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return { answer: failure(service, error), call: { service, operation } };
    }
  }

  private async answerOf(request: ApiRequest): Promise<WireAnswer> {
    const { service, operation, input, name } = request;
    const { bus, scheduler, mail, queues, functions } = this.services;
    const found = request.accessKeyId === undefined ? undefined : functions.callerOf(request.accessKeyId);
    const by = authorOf(found?.invocation);
    switch (service) {
      case 'events':
        return success(service, bus.answer(operation, input, by));
      case 'scheduler':
        return success(service, scheduler.answer(operation, name, input, by));
      case 'ses':
        return success(service, mail.answer(operation, input, by));
      case 'sqs':
        return success(service, queues.answer(operation, input));
      case 'cloudformation': {
        const body = describeStacks(this.services.resources, operation, input);
        return { status: 200, headers: { 'content-type': contentTypeOf(service) }, body };
      }
      default:
        if (operation === 'Invoke') return this.invoke(request);
        if (operation !== 'DeleteFunction') return success(service, this.describe(request));
        functions.removeVersion(functionNameOf(name), qualifierOf(name) ?? textOf(input.Qualifier));
        return { status: 204, headers: {}, body: '' };
    }
  }

  /** What Lambda tells of its functions. */
  private describe({ operation, name, input }: ApiRequest): unknown {
    const { functions, resources } = this.services;
    if (operation === 'ListFunctions') {
      return { Functions: resources.functions.map((fn) => ({ FunctionName: fn.name, FunctionArn: fn.arn })) };
    }
    const wanted = operation === 'ListEventSourceMappings' ? String(input.FunctionName ?? '') : name;
    const fn = functions.find(wanted);
    if (fn === undefined) throw new AwsError('ResourceNotFoundException', `Function not found: ${wanted}`, 404);
    if (operation === 'ListVersionsByFunction') return functions.catalogue.list(fn.name);
    if (operation === 'GetAlias') return functions.catalogue.alias(fn.name, String(input.Name));
    if (operation === 'GetFunctionConfiguration') {
      return { FunctionName: fn.name, FunctionArn: fn.arn, Environment: { Variables: fn.environment } };
    }
    const sources = resources.eventSources.filter(({ functionName }) => functionName === fn.name);
    return { EventSourceMappings: sources.map(({ queueArn }) => ({ EventSourceArn: queueArn, FunctionArn: fn.arn })) };
  }

  private async invoke({ name, input, body, headers }: ApiRequest): Promise<WireAnswer> {
    const { functions } = this.services;
    const fn = functions.find(name, qualifierOf(name) ?? textOf(input.Qualifier));
    if (fn === undefined) throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404);
    const payload = body === '' ? '{}' : body;
    if (!isJson(payload))
      throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json');
    if (headers['x-amz-invocation-type'] === 'DryRun') return { status: 204, headers: {}, body: '' };
    if (headers['x-amz-invocation-type'] === 'Event') {
      functions.invokeAsync(fn, payload, { kind: 'direct' });
      return { status: 202, headers: {}, body: '' };
    }
    const outcome = await functions.invokeNow(fn, payload);
    const version = { 'x-amz-executed-version': fn.version, 'content-type': 'application/json' };
    if (outcome.ok) return { status: 200, headers: version, body: outcome.result };
    const error = { ...version, 'x-amz-function-error': 'Unhandled' };
    return { status: 200, headers: error, body: JSON.stringify(outcome.error) };
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
