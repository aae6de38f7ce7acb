/**
 * What createJourney checks where a journey is written, and not in what is deployed: whether each `if` can be honoured, and
 * whether each cron expression is a schedule.
 *
 * Owns: which of the large checks there are. A deployed bundle leaves this module and all that only it imports out, by the
 * constant SOJOURN_DEPLOYED (lib/constructs/bundle.ts, docs/decisions/034): what is bundled there was checked by synth.
 * Invariant: it makes nothing that a definition keeps, so a definition is the same with it and without it.
 */
import type { JourneyDefinition } from './definition.js';
import { assertFilters } from './filter/filter-assert.js';
import { cronSchedules } from './trigger/cron.js';

/** @throws JourneyError InvalidFilter, InvalidCron */
export function assertHonoured(definition: JourneyDefinition): void {
  assertFilters(definition);
  cronSchedules(definition);
}
