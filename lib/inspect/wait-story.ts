/**
 * A wait as a sentence: what it awaited and when, and what came of it.
 *
 * Owns: the words for waits, for one event and for several. Pure. Invariant: no event's data, only names, ids and times.
 */
import { channelsOf, takenBy } from '../engine/decision/channel.js';
import type { MatchedEvent, RunDocument, WaitStep } from '../engine/stored/document.js';
import { isoSecond } from '../engine/stored/event.js';
import { awaitedBy } from './elsewhere.js';

interface Words {
  /** It is over: "cart/purchased was awaited". */
  readonly was: string;
  /** It is open: "waits for cart/purchased". */
  readonly is: string;
  readonly none: string;
  readonly came: string;
}

export function waitStory(run: RunDocument, id: string, wait: WaitStep): string {
  const sinceMs = Math.min(...channelsOf(wait).map((channel) => channel.sinceMs));
  const [since, until] = [isoSecond(sinceMs), isoSecond(wait.deadlineMs)];
  const { was, is, none, came } = wordsOf(wait);
  const window = `'${id}': ${was} from ${since} until ${until}`;
  if (wait.matched) return `${window}; ${came}.`;
  if (wait.state === 'timedOut') return `${window}; ${none}.`;
  if (run.status !== 'active') return `${window}; it was still open when the run ended.`;
  return `'${id}': it ${is}, since ${since}, until ${until}.`;
}

function wordsOf(wait: WaitStep): Words {
  const names = channelsOf(wait).map(awaitedBy);
  const came = takenBy(wait).map(told);
  switch (wait.takes) {
    case 'none':
      return {
        was: `no ${names.join(' and no ')} was expected`,
        is: `expects no ${names.join(' and no ')}`,
        none: 'none came',
        came: `but ${came.join()}`,
      };
    case 'all':
      return {
        was: `each of ${names.join(', ')} was awaited`,
        is: `waits for each of ${names.join(', ')}`,
        none: 'not all of them came in time',
        came: came.join(', '),
      };
    default:
      if (names.length > 1) {
        return {
          was: `the first of ${names.join(', ')} was awaited`,
          is: `waits for the first of ${names.join(', ')}`,
          none: 'none came in time',
          came: came.join(),
        };
      }
      return {
        was: `${names[0]} was awaited`,
        is: `waits for ${names[0]}`,
        none: 'none came in time',
        came: takenBy(wait)
          .map(({ timeMs, id }) => `it came at ${isoSecond(timeMs)} (${id})`)
          .join(),
      };
  }
}

function told({ name, timeMs, id }: MatchedEvent): string {
  return `${name} came at ${isoSecond(timeMs)} (${id})`;
}
