/** The check that the journeys of one world have different ids. Knows nothing else of them. */
import type { AnyJourney } from '../journey/definition.js';
import { JourneyError } from '../journey/errors.js';

/** @throws JourneyError DuplicateJourney */
export function assertDistinct(journeys: readonly AnyJourney[]): void {
  const ids = journeys.map((journey) => journey.definition.id);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) {
    throw new JourneyError('DuplicateJourney', {
      what: 'Two journeys have one id.',
      got: repeated,
      expected: 'ids that differ: they name partitions and timers',
      fix: 'give one of them another id',
    });
  }
}
