/**
 * Scenarios of floors and torn pages: what comes late, or again, below a run that ended with all older ones over. A page that
 * holds 1 or 2 items lets other calls come between the pages of one look.
 */
import { event, played } from './deliveries.js';
import { cart, journey, latestWins, order, welcome } from './journeys.js';
import type { Scenario } from './scenario.js';

const before23 = played(event('T', 20), event('T', 30));
export const floors: Scenario[] = [1, 2].flatMap((pageEntries): Scenario[] => [
  {
    name: `a late trigger below a floor against a purchase, pages of ${pageEntries}`,
    journey: latestWins(cart(5_000)),
    before: before23,
    nowS: 40,
    pageEntries,
    dues: () => [event('T', 1), event('P', 40)],
  },
  {
    name: `a late trigger below a floor against a newer trigger, pages of ${pageEntries}`,
    journey: latestWins(cart(5_000)),
    before: before23,
    nowS: 40,
    pageEntries,
    dues: () => [event('T', 1), event('T', 40)],
  },
  {
    name: `two triggers after an older one, pages of ${pageEntries}`,
    journey: latestWins(cart(5_000)),
    before: played(event('T', 1)),
    nowS: 40,
    pageEntries,
    dues: () => [event('T', 20), event('T', 40)],
  },
  {
    name: `a late trigger with a step against a newer one, pages of ${pageEntries}`,
    journey: latestWins(welcome(5_000)),
    before: played(event('T', 20)),
    nowS: 40,
    pageEntries,
    dues: () => [event('T', 1), event('T', 40)],
  },
  {
    name: `a repeated trigger against a newer one, pages of ${pageEntries}`,
    journey: latestWins(cart(5_000)),
    before: before23,
    nowS: 40,
    pageEntries,
    dues: () => [event('T', 20, { label: 'T20 twin' }), event('T', 40)],
  },
  {
    name: `two late triggers, pages of ${pageEntries}`,
    journey: latestWins(cart(5_000)),
    before: before23,
    nowS: 40,
    pageEntries,
    dues: () => [event('T', 1), event('T', 25)],
  },
  {
    name: `purchase against a late purchase, pages of ${pageEntries}`,
    journey: journey(order),
    before: played(event('T', 1)),
    nowS: 40,
    pageEntries,
    dues: () => [event('P', 20), event('P', 40)],
  },
  {
    name: `a late trigger that no newer one cancels any more against a purchase, pages of ${pageEntries}`,
    journey: journey(cart(5_000), { triggers: ['T'], cancelOn: [{ event: 'T', timeout: 15_000 }] }),
    before: before23,
    nowS: 40,
    pageEntries,
    dues: () => [event('T', 1), event('P', 40)],
  },
]);
