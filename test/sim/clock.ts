/**
 * Journeys that are started by the clock, too: some of a history's events are times, which are delivered late, twice and out of
 * order as any event.
 *
 * What a time is to a journey, told simply: it starts a run that lives apart, whatever its data; it is nobody's order, and
 * concerns no other run but by a singleton of the whole journey.
 */
import { scheduledTimerName } from '../../lib/journey/trigger/trigger-cron.js';
import type { Choices } from './chance.js';
import type { SimEvent } from './history.js';
import type { JourneySpec } from './program.js';

export const clock = scheduledTimerName;

/** What an author writes; its times are those that the history says. */
export const cronOfHistories = { cron: '0 9 * * *' } as const;

interface Drawn {
  readonly journeys: readonly JourneySpec[];
  readonly events: readonly SimEvent[];
}

/** One history in ten has times; they stand where triggers stood, some of them or all. */
export function withClock(choices: Choices, { journeys, events }: Drawn): Drawn {
  if (!choices.yes(0.1)) return { journeys, events };
  const at = choices.below(journeys.length);
  const spec = journeys[at]!;
  const started = spec.triggers;
  const share = choices.of([0.3, 0.6, 1]);
  return {
    journeys: journeys.with(at, clocked(choices, spec)),
    events: events.map((event) =>
      started.includes(event.name) && choices.yes(share) ? { ...event, name: clock } : event,
    ),
  };
}

/** By the clock alone, a journey has neither values to go by nor events to check. Claims are more frequent than elsewhere: times take places, or take none. */
function clocked(choices: Choices, spec: JourneySpec): JourneySpec {
  const triggers: JourneySpec['triggers'] = [...spec.triggers, clock];
  if (!spec.keyless) return { ...spec, triggers, ...(choices.yes(0.4) && { idempotencyS: 3_600 }) };
  const alone = spec.singleton === undefined && choices.yes(0.5) ? { ...spec, singleton: 'key' as const } : spec;
  if (alone.invocable || alone.singleton === 'order' || choices.yes(0.5)) return { ...alone, triggers };
  const { idempotencyS: _values, asks: _asked, schemas: _checked, ...rest } = alone;
  return { ...rest, triggers: [clock] };
}
