/**
 * Replay: the author's function over recorded steps. It answers what comes next and touches nothing.
 *
 * Owns: the run of the author's code through recorded results, in the order in which they were committed (so a race can
 * never flip), and when that code counts as blocked. No port but `turn`; no clock: what is computed here depends on the
 * document alone, so every replay of it says the same.
 */
import { JourneyError } from '../../journey/errors.js';
import { limits } from '../../limits.js';
import { loadFilters } from '../decision/filter.js';
import type { Turn } from '../ports.js';
import type { RunDocument } from '../stored/document.js';
import { nonDeterminism, type Plan, type ReplaySettings } from './plan.js';
import { Script } from './script.js';

/** How often, while code awaits something else than a step, it is looked at again. */
const momentMs = 20;

export async function replay(settings: ReplaySettings, run: RunDocument, turn: Turn): Promise<Plan> {
  const script = new Script(settings, run);
  script.start();
  let patienceMs: number = limits.awaitedOutsideStepMs;
  while (true) {
    await turn.macrotask();
    if (script.needsFilters) {
      script.close({ next: 'blocked', opened: new Map() });
      await loadFilters();
      return replay(settings, run, turn);
    }
    const ended = script.ended();
    if (ended) return script.close(ended);
    if (script.settleNext()) {
      patienceMs = limits.awaitedOutsideStepMs;
      continue;
    }
    const plan = script.pending();
    if (plan) return script.close(plan);
    if (patienceMs <= 0) return script.close({ next: 'threw', error: stuck(script) });
    patienceMs -= momentMs;
    await turn.moment(momentMs);
  }
}

function stuck(script: Script): JourneyError {
  const missing = script.expectsRecorded();
  if (missing !== undefined) return nonDeterminism(`step '${missing}' is on record, but the code did not call it`);
  return new JourneyError('AwaitedOutsideStep', {
    what: 'The code of the journey awaits something that is not a step.',
    expected: `only steps to be awaited (anything else for at most ${limits.awaitedOutsideStepMs} ms)`,
    fix: "put it into step.run('...', async () => ...)",
  });
}
