/**
 * Event source mappings: queues whose messages invoke functions, as Lambda's pollers do it.
 *
 * Owns: batches, how many run at once, what becomes of a batch's messages afterwards.
 * Must not know: messages' visibility and age (queues.ts), what a function does with them.
 * Invariants: a message is deleted only when its function succeeded at it; otherwise it stays hidden for its visibility
 * timeout and comes again. Reading is the right of the function's own role.
 */

import type { ReceivedMessage } from '../queues/queue-message.js';
import type { QueueService } from '../queues/queues.js';
import type { Authorize } from '../seams.js';
import { listOf, recordOf } from '../template/properties.js';
import type { FunctionResource, QueueEventSource, SandboxResources } from '../template/resources.js';
import type { Report } from '../time/activity.js';
import type { Timeline } from '../time/timeline.js';
import type { FunctionService } from './functions.js';
import type { Outcome } from './worker/execution-environment.js';

export interface EventSourceOptions {
  readonly resources: SandboxResources;
  readonly functions: FunctionService;
  readonly queues: QueueService;
  readonly timeline: Timeline;
  readonly authorize: Authorize;
  readonly report: Report;
}

/** What a function's role must be allowed on its queue. */
const neededActions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'] as const;

export class EventSourceService {
  private readonly running = new Map<QueueEventSource, number>();
  private closed = false;

  constructor(private readonly options: EventSourceOptions) {}

  start(): void {
    for (const source of this.options.resources.eventSources) {
      this.options.queues.watch(source.queueArn, () => this.poll(source));
    }
  }

  close(): void {
    this.closed = true;
  }

  private poll(source: QueueEventSource): void {
    const fn = this.options.functions.find(source.functionName);
    if (fn === undefined || this.closed || !this.mayRead(fn, source)) return;
    while (this.runningOf(source) < source.maximumConcurrency) {
      const batch = this.options.queues.receive(source.queueArn, source.batchSize);
      if (batch.length === 0) return;
      this.running.set(source, this.runningOf(source) + 1);
      this.options.timeline.track(this.deliver(source, fn, batch));
    }
  }

  private async deliver(source: QueueEventSource, fn: FunctionResource, batch: readonly ReceivedMessage[]) {
    const payload = JSON.stringify({ Records: batch.map(({ record }) => record) });
    const queueName = source.queueArn.split(':').pop()!;
    const outcome = await this.options.functions.invokeNow(fn, payload, { kind: 'queue', queueName });
    const kept = keptOf(source, outcome, batch);
    for (const { messageId, receiptHandle } of batch) {
      if (!kept.has(messageId)) this.options.queues.delete(source.queueArn, receiptHandle);
    }
    this.running.set(source, this.runningOf(source) - 1);
    // More may have become visible while all pollers were busy.
    this.poll(source);
  }

  private runningOf(source: QueueEventSource): number {
    return this.running.get(source) ?? 0;
  }

  private mayRead(fn: FunctionResource, { queueArn }: QueueEventSource): boolean {
    const { authorize, report } = this.options;
    for (const action of neededActions) {
      const caller = { kind: 'function', functionName: fn.name, roleArn: fn.roleArn, requestId: undefined } as const;
      const decision = authorize({ caller, action, resource: queueArn });
      if (decision.allowed) continue;
      report({ kind: 'log', functionName: fn.name, requestId: undefined, line: `event source: ${decision.message}` });
      return false;
    }
    return true;
  }
}

/** Messages that stay in the queue. An answer that is not understood keeps them all, as Lambda does. */
function keptOf(source: QueueEventSource, outcome: Outcome, batch: readonly ReceivedMessage[]): ReadonlySet<string> {
  const all = new Set(batch.map(({ messageId }) => messageId));
  if (!outcome.ok) return all;
  if (!source.reportsItemFailures) return new Set();
  const { batchItemFailures } = recordOf(JSON.parse(outcome.result));
  const failed = listOf(batchItemFailures).map((failure) => String(recordOf(failure).itemIdentifier));
  return failed.every((id) => all.has(id)) ? new Set(failed) : all;
}
