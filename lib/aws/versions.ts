/**
 * The versions port on Lambda: which version of the function this is, and how another one is asked to look.
 *
 * Owns: the ARNs of versions and of the live alias. Takes no decision.
 * Invariants: a forward is an asynchronous invocation, so it is tried and kept as an event's is, by the failure destination of
 * that version; the Lambda client is loaded when it is first needed, because most functions never need it.
 */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { type ForwardedPayload, liveAlias } from '../contract.js';
import type { Own, Versions } from '../engine/ports.js';
import type { Cause } from '../engine/stored/document.js';
import { patience } from './clients.js';

/** What Lambda calls the code that no version was published of. */
const unpublished = '$LATEST';

/** What this invocation runs as. */
export interface RunningVersion {
  /** Absent where the function has no versions. */
  readonly version?: string;
  /** The function, without version or alias. */
  readonly functionArn: string;
  /** What timers of runs of this version invoke. */
  readonly ownArn: string;
  /** What events are handed to. */
  readonly liveArn: string;
}

/** @param context Lambda's; functionVersion is a number even where the live alias was invoked. */
export function runningVersion(context: {
  readonly invokedFunctionArn: string;
  readonly functionVersion?: string;
}): RunningVersion {
  const { invokedFunctionArn, functionVersion = unpublished } = context;
  const functionArn = withoutQualifier(invokedFunctionArn);
  if (functionVersion === unpublished) return { functionArn, ownArn: invokedFunctionArn, liveArn: invokedFunctionArn };
  return {
    version: functionVersion,
    functionArn,
    ownArn: `${functionArn}:${functionVersion}`,
    liveArn: liveArnOf(functionArn),
  };
}

/** arn:aws:lambda:<region>:<account>:function:<name>[:<version or alias>] */
export function withoutQualifier(functionArn: string): string {
  return functionArn.split(':').slice(0, 7).join(':');
}

/** @returns what takes over where a version is gone. */
export function liveArnOf(functionArn: string): string {
  return `${withoutQualifier(functionArn)}:${liveAlias}`;
}

/** The version that an ARN names by its number, if it does. */
export function versionIn(functionArn: string): string | undefined {
  const qualifier = functionArn.split(':')[7];
  return qualifier !== undefined && /^\d+$/.test(qualifier) ? qualifier : undefined;
}

let client: LambdaClient | undefined;

export class LambdaVersions implements Versions {
  constructor(private readonly functionArn: string) {}

  async forward(version: string, cause: Cause, own: Own): Promise<'accepted' | 'gone'> {
    const { InvokeCommand, LambdaClient, ResourceNotFoundException } = await import('@aws-sdk/client-lambda');
    client ??= new LambdaClient({ requestHandler: patience });
    const payload: ForwardedPayload = { sojourn: 'forwarded', version, cause, ...own };
    const invoke = new InvokeCommand({
      FunctionName: `${this.functionArn}:${version}`,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify(payload)),
    });
    try {
      await client.send(invoke);
      return 'accepted';
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return 'gone';
      throw error;
    }
  }
}
