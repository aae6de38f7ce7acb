/**
 * One Lambda execution environment: a worker thread with the function's bundle, one invocation at a time.
 *
 * Owns: the thread's life, its environment variables, the function's timeout, what it printed.
 * Must not know: queues, retries, who invokes.
 * Invariants: an invocation ends exactly once; after a timeout, a crash or a kill the environment is dead and is never
 * used again; the bundle runs unmodified and learns of the sandbox only by the SDK's standard variables.
 */

import { existsSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FunctionResource } from '../../template/resources.js';
import boot from './boot.cjs';

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type Outcome =
  | { readonly ok: true; readonly result: string }
  | { readonly ok: false; readonly error: FunctionError };

export interface EnvironmentOptions {
  readonly fn: FunctionResource;
  readonly accessKeyId: string;
  readonly endpoint: string;
  readonly clock: SharedArrayBuffer;
  readonly onLog: (line: string) => void;
}

type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'done'; readonly requestId: string; readonly result: string }
  | { readonly kind: 'failed'; readonly requestId: string; readonly error: FunctionError };

export class ExecutionEnvironment {
  readonly accessKeyId: string;
  private readonly worker: Worker | undefined;
  private finish: ((outcome: Outcome) => void) | undefined;
  private death: FunctionError | undefined;

  constructor(private readonly options: EnvironmentOptions) {
    this.accessKeyId = options.accessKeyId;
    const entry = entryOf(options.fn);
    if (entry === undefined) {
      this.death = {
        errorType: 'Runtime.ImportModuleError',
        errorMessage: `no code for handler ${options.fn.handler}`,
      };
      return;
    }
    this.worker = this.start(entry);
  }

  get isDead(): boolean {
    return this.death !== undefined;
  }

  /** @param invokedArn the function's, with the version or alias that it was invoked by. */
  async invoke(requestId: string, payload: string, invokedArn: string): Promise<Outcome> {
    if (this.death !== undefined || this.worker === undefined) return { ok: false, error: this.death! };
    const { fn } = this.options;
    const outcome = new Promise<Outcome>((resolve) => {
      this.finish = resolve;
    });
    const timeout = setTimeout(() => {
      const seconds = fn.timeoutS.toFixed(2);
      const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`;
      this.kill({ errorType: 'Sandbox.Timedout', errorMessage });
    }, fn.timeoutS * 1000);
    const message = { kind: 'invoke', requestId, payload, functionArn: invokedArn, remainingMs: fn.timeoutS * 1000 };
    this.worker.postMessage(message);
    try {
      return await outcome;
    } finally {
      clearTimeout(timeout);
      this.finish = undefined;
    }
  }

  /** Ends the thread as it stands; an invocation under way fails with this error. */
  kill(error: FunctionError): void {
    this.die(error);
    void this.worker?.terminate();
  }

  async close(): Promise<void> {
    this.die({ errorType: 'Sandbox.Closed', errorMessage: 'the sandbox was closed' });
    await this.worker?.terminate();
  }

  private start(entry: { readonly file: string; readonly exportName: string }): Worker {
    const worker = new Worker(boot.bootPath, {
      env: environmentVariables(this.options),
      // The sandbox's own loaders (a TypeScript one, for instance) have no business in a function.
      execArgv: [],
      workerData: {
        clock: this.options.clock,
        entryFile: entry.file,
        exportName: entry.exportName,
        context: fixedContext(this.options.fn),
      },
    });
    worker.on('message', (message: Message) => this.receive(message));
    worker.on('error', (error: Error) => {
      this.die({ errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') });
    });
    worker.on('exit', (code) => {
      this.die({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with error: exit status ${code}` });
    });
    worker.unref();
    return worker;
  }

  private receive(message: Message): void {
    if (message.kind === 'log') this.options.onLog(message.line);
    if (message.kind === 'done') this.finish?.({ ok: true, result: message.result });
    if (message.kind === 'failed') this.finish?.({ ok: false, error: message.error });
  }

  private die(error: FunctionError): void {
    this.death ??= error;
    this.finish?.({ ok: false, error: this.death });
  }
}

function entryOf(fn: FunctionResource): { file: string; exportName: string } | undefined {
  const dot = fn.handler.lastIndexOf('.');
  const { codeDir } = fn;
  if (codeDir === undefined || dot < 0) return undefined;
  const module = join(codeDir, fn.handler.slice(0, dot));
  const file = ['.mjs', '.js', '.cjs'].map((extension) => module + extension).find((path) => existsSync(path));
  return file === undefined ? undefined : { file, exportName: fn.handler.slice(dot + 1) };
}

/** What Lambda sets, the sandbox's address, and the template's own variables: nothing of this machine's environment. */
function environmentVariables({ fn, accessKeyId, endpoint }: EnvironmentOptions): Record<string, string> {
  return {
    AWS_REGION: fn.region,
    AWS_DEFAULT_REGION: fn.region,
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: fn.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: fn.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: accessKeyId,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    _HANDLER: fn.handler,
    LAMBDA_TASK_ROOT: fn.codeDir ?? '',
    ...fn.environment,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    AWS_SESSION_TOKEN: 'sandbox',
    AWS_ENDPOINT_URL: endpoint,
    // A developer's own profile must not reach a function.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

function fixedContext(fn: FunctionResource): Record<string, unknown> {
  return {
    functionName: fn.name,
    functionVersion: fn.version,
    memoryLimitInMB: String(fn.memoryMb),
    logGroupName: fn.logGroupName,
    logStreamName: 'sandbox',
  };
}
