/**
 * The journeys of a hub by their ids: each has its own, and whom a journey calls is among them.
 *
 * Owns: what is said at synth where that is not so. Knows definitions only. A hub knows no journey; this file does it for all.
 */
import { Annotations, Aspects } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { JourneyDefinition } from '../journey/definition.js';
import { callEvent } from '../journey/invoke.js';
import { quotas } from '../limits.js';
import type { JourneyHub } from './hub.js';
import { JourneyConstructError } from './mistake.js';

interface Claimed {
  /** Of its construct. */
  readonly path: string;
  /** Whether `invoke()` is among its triggers. */
  readonly isCalled: boolean;
}

const journeysOf = new WeakMap<JourneyHub, Map<string, Claimed>>();

/**
 * Takes an id for a journey of the hub: its partitions and timers are named by it, so no other may have it.
 * @throws JourneyConstructError when another journey has it.
 */
export function claimJourneyId(
  hub: JourneyHub,
  { id, triggers }: Pick<JourneyDefinition, 'id' | 'triggers'>,
  journey: IConstruct,
  entry: string,
): void {
  const claimed = journeysOf.get(hub) ?? new Map<string, Claimed>();
  journeysOf.set(hub, claimed);
  const other = claimed.get(id);
  if (other !== undefined) {
    throw new JourneyConstructError(journey, {
      what: `The journey of ${entry} has an id that another journey of the hub has.`,
      got: `'${id}', which is the id of ${other.path} too`,
      expected: 'an id of its own for each journey of a hub',
      fix: 'change the id of one of the two (in its entry, or journeyId), or give one of them another hub',
    });
  }
  const isCalled = triggers.some(({ event }) => event === callEvent('invoked', id));
  claimed.set(id, { path: journey.node.path, isCalled });
  if (claimed.size === quotas.rulesPerBus + 1) {
    Annotations.of(hub).addWarningV2(
      'sojourn:rules',
      `The hub has more than ${quotas.rulesPerBus} journeys, each with a rule: EventBridge's quota for a bus, unless yours was raised. ` +
        'Fix: ask for more rules per bus in Service Quotas, or put some journeys on another hub',
    );
  }
}

/**
 * Warns of calls that nobody of this hub would answer: they end by their timeout alone. No mistake for certain: the called
 * journey may be on another hub of the same bus, or come with a later deployment. Asked at the end of the synth, when all are there.
 */
export function warnOfUnansweredCalls(hub: JourneyHub, journey: IConstruct, { invokes = [] }: JourneyDefinition): void {
  if (invokes.length === 0) return;
  const visit = (node: IConstruct): void => {
    if (node !== journey) return;
    for (const id of invokes) {
      const called = journeysOf.get(hub)?.get(id);
      if (called?.isCalled) continue;
      const why = called ? `it has no invoke() among its triggers` : `the hub has no journey of that id`;
      const fix = called ? `add invoke() to the triggers of '${id}'` : `deploy '${id}' on this hub`;
      Annotations.of(journey).addWarningV2(
        `sojourn:calls-${id}`,
        `It calls the journey '${id}', but ${why}: each call ends by its timeout alone. ` +
          `Fix: ${fix}; where it is on another hub of the same bus, acknowledge this warning`,
      );
    }
  };
  Aspects.of(journey).add({ visit });
}
