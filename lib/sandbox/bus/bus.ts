/**
 * EventBridge: takes events and gives them to the targets of every rule that wants them.
 *
 * Owns: buses, the list of events put, the holding back of deliveries.
 * Must not know: what targets are (handoffs.ts), what an entry may be (put-events.ts).
 * Invariants: an event is delivered in the order of the request unless it is held; a held event is not in flight; an
 * event for a bus that does not exist is accepted and dropped, as AWS does, and reported.
 */

import type { HandOffService } from '../functions/handoffs.js';
import { busNameOf } from '../template/identity.js';
import type { RuleResource, RuleTarget, SandboxResources } from '../template/resources.js';
import type { Author, DeliveredEvent, Report } from '../time/activity.js';
import type { SeededRandom } from '../time/random.js';
import type { Timeline } from '../time/timeline.js';
import type { EventMatcher } from './pattern.js';
import { checkSize, type PutEventsEntry, readEntry } from './put-events.js';

/** An event that was accepted. */
export interface PutEvent {
  readonly atMs: number;
  readonly busName: string;
  readonly event: DeliveredEvent;
  /** Names of the rules that wanted it. */
  readonly rules: readonly string[];
  readonly by: Author | undefined;
}

interface Hold {
  readonly matches: EventMatcher;
}

export interface BusOptions {
  readonly resources: SandboxResources;
  readonly handOffs: HandOffService;
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly report: Report;
}

/** So many events are remembered. */
const remembered = 10_000;

export class EventBusService {
  private events: PutEvent[] = [];
  private held: PutEvent[] = [];
  private hold: Hold | undefined;

  constructor(private readonly options: BusOptions) {}

  /** Events put, oldest first. */
  list(): readonly PutEvent[] {
    return this.events;
  }

  /** From now on, events that match wait until they are released. */
  holdMatching(matches: EventMatcher): void {
    this.hold = { matches };
  }

  heldEvents(): readonly PutEvent[] {
    return this.held;
  }

  /** Takes one held event off and delivers it; false when there is none of that id. */
  release(eventId: string): boolean {
    const put = this.held.find(({ event }) => event.id === eventId);
    if (put === undefined) return false;
    this.held = this.held.filter((other) => other !== put);
    this.deliver(put);
    return true;
  }

  /** New events are no longer held; those that are stay so until each is released. */
  stopHolding(): void {
    this.hold = undefined;
  }

  answer(operation: string, input: Readonly<Record<string, unknown>>, by: Author | undefined): unknown {
    if (operation !== 'PutEvents') throw new Error(`events:${operation} is in the model but not here`);
    const { timeline, random, resources } = this.options;
    const where = { ...resources, nowMs: timeline.nowMs(), newId: () => random.uuid('event') };
    const entries = input.Entries as readonly PutEventsEntry[];
    checkSize(entries);
    const results = entries.map((entry) => {
      const read = readEntry(entry, where);
      if ('ErrorCode' in read) return read;
      this.accept(read, busNameOf(entry.EventBusName), by);
      return { EventId: read.id };
    });
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  }

  private accept(event: DeliveredEvent, busName: string, by: Author | undefined): void {
    const { resources, report, timeline } = this.options;
    if (!resources.buses.some((bus) => bus.name === busName)) {
      report({ kind: 'event-dropped', busName, event, reason: 'no such bus' });
      return;
    }
    const rules = this.rulesFor(event, busName).map((rule) => rule.name);
    const put: PutEvent = { atMs: timeline.nowMs(), busName, event, rules, by };
    this.events.push(put);
    if (this.events.length > remembered) this.events = this.events.slice(remembered / 10);
    report({ kind: 'event-put', busName, event, by });
    if (this.hold?.matches({ ...event })) {
      this.held.push(put);
      report({ kind: 'event-held', event });
    } else {
      this.deliver(put);
    }
  }

  private rulesFor(event: DeliveredEvent, busName: string): RuleResource[] {
    return this.options.resources.rules.filter((rule) => rule.busName === busName && rule.matches({ ...event }));
  }

  private deliver({ event, busName }: PutEvent): void {
    const { handOffs, report } = this.options;
    for (const rule of this.rulesFor(event, busName)) {
      for (const target of rule.targets) {
        report({ kind: 'event-delivered', event, ruleName: rule.name, targetArn: target.arn });
        handOffs.handOver({
          kind: 'rule',
          sourceArn: rule.arn,
          roleArn: undefined,
          targetArn: target.arn,
          payload: payloadFor(target, event),
          trigger: { kind: 'rule', ruleArn: rule.arn, eventId: event.id, eventName: event['detail-type'] },
          retry: target.retry,
          deadLetterArn: target.deadLetterArn,
          deadLetterAttributes: { RULE_ARN: rule.arn },
          onOver: () => undefined,
        });
      }
    }
  }
}

function payloadFor(target: RuleTarget, event: DeliveredEvent): string {
  if (target.input !== undefined) return target.input;
  if (target.inputPath === undefined) return JSON.stringify(event);
  const keys = target.inputPath.split('.').slice(1);
  const read = (value: unknown, key: string): unknown => (value as Record<string, unknown> | undefined)?.[key];
  return JSON.stringify(keys.reduce(read, event)) ?? 'null';
}
