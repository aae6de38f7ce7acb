/**
 * The props of a declared journey as a declaration: all but the steps, which render themselves.
 *
 * Owns: which prop becomes which part. Checks nothing but that what decides how events are found and asked is known at synth:
 * a token in it would be compared as its placeholder.
 */
import type { IConstruct } from 'constructs';
import type { DeclaredCancel, DeclaredJourney, DeclaredTrigger } from '../../journey/declared/form.js';
import { limits } from '../../limits.js';
import type { CancelOnEvent, DeclaredJourneyProps, TriggerEvent, TriggerTime } from '../journey-props.js';
import { JourneyConstructError } from '../mistake.js';
import type { Rendering } from './rendering.js';
import { declare } from './step.js';

/** @throws JourneyConstructError */
export function declarationOf(scope: IConstruct, props: DeclaredJourneyProps, rendering: Rendering): DeclaredJourney {
  const { key, cancelOn, singleton, retries, maxDuration, acceptLate, replays } = props;
  return {
    id: props.journeyId ?? idOf(scope),
    trigger: triggerOf(props.trigger, rendering),
    ...(key !== undefined && { key: rendering.known(key, 'key') }),
    ...(cancelOn && { cancelOn: cancelOn.map((cancel) => cancelOf(cancel, rendering)) }),
    ...idempotencyOf(props, rendering),
    ...(singleton && { singleton: rendering.known(singleton, 'singleton') }),
    ...timeoutsOf(props, rendering),
    ...(retries !== undefined && { retries }),
    ...(maxDuration && { maxDurationMs: rendering.ms(maxDuration, 'maxDuration') }),
    ...(acceptLate && { acceptLateMs: rendering.ms(acceptLate, 'acceptLate') }),
    ...(replays !== undefined && { replays }),
    steps: declare(props.steps, rendering),
  };
}

/** A plain event is its name. */
function triggerOf(trigger: DeclaredJourneyProps['trigger'], rendering: Rendering): DeclaredJourney['trigger'] {
  if (Array.isArray(trigger)) return trigger.map((one: TriggerEvent | TriggerTime) => startOf(one, rendering));
  const start = startOf(trigger as TriggerEvent | TriggerTime, rendering);
  return 'event' in start && start.if === undefined ? start.event : start;
}

function startOf(trigger: TriggerEvent | TriggerTime, rendering: Rendering): DeclaredTrigger {
  if (typeof trigger === 'object' && trigger !== null && 'cron' in trigger) {
    // What `cron()` makes has a typed event, too.
    const { event: _typed, ...time } = trigger as TriggerTime & { readonly event?: unknown };
    return rendering.known(time, 'cron trigger');
  }
  const event = rendering.event((trigger as TriggerEvent | undefined)?.event as TriggerEvent['event']);
  return { event, ...rendering.condition(trigger, `trigger '${event}'`) };
}

function cancelOf({ event: ref, match, timeout, ...cancel }: CancelOnEvent, rendering: Rendering): DeclaredCancel {
  const event = rendering.event(ref);
  return {
    event,
    ...(match !== undefined && { match: rendering.known(match, `match of cancelOn '${event}'`) }),
    ...rendering.condition(cancel, `cancelOn '${event}'`),
    ...(timeout && { timeoutMs: rendering.ms(timeout, 'timeout of a cancelOn') }),
  };
}

function idempotencyOf({ idempotency }: DeclaredJourneyProps, rendering: Rendering): Partial<DeclaredJourney> {
  if (idempotency === undefined) return {};
  const { key, period } = typeof idempotency === 'string' ? { key: idempotency } : idempotency;
  const periodMs = period && rendering.ms(period, 'period of the idempotency');
  return {
    idempotency: { key: rendering.known(key, 'idempotency'), ...(periodMs !== undefined && { periodMs }) },
  };
}

function timeoutsOf({ runTimeouts }: DeclaredJourneyProps, rendering: Rendering): Partial<DeclaredJourney> {
  if (!runTimeouts) return {};
  const { start, finish } = runTimeouts;
  return {
    timeouts: {
      ...(start && { startMs: rendering.ms(start, 'start of runTimeouts') }),
      ...(finish && { finishMs: rendering.ms(finish, 'finish of runTimeouts') }),
    },
  };
}

/** SalesFollowUp -> sales-follow-up. @throws JourneyConstructError where that is no id. */
function idOf(scope: IConstruct): string {
  const id = scope.node.id
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .toLowerCase();
  if (/^[a-z][a-z0-9-]*$/.test(id) && id.length <= limits.journeyIdChars) return id;
  throw new JourneyConstructError(scope, {
    what: 'The construct has a name of which no id of a journey can be made.',
    got: `'${id}', ${id.length} characters`,
    expected: `a lower-case letter, then lower-case letters, digits and hyphens, ${limits.journeyIdChars} characters at most`,
    fix: "give it an id: journeyId: 'sales-follow-up'",
  });
}
