/** When a delivery of an event arrives: promptly, late, together with others, or before its time (a producer's clock). */
import type { Faults } from './faults.js';
import { dawnMs, type History, type SimEvent } from './history.js';

/**
 * @param label of this delivery: a repeated one has another.
 * @param acceptLateMs later than that it is refused.
 */
export function arrivalMs(
  history: History,
  faults: Faults,
  event: SimEvent,
  { label, acceptLateMs }: { readonly label: string; readonly acceptLateMs: number },
): number {
  const happensMs = dawnMs + event.s * 1_000;
  const promptMs = happensMs + faults.chance(`prompt@${label}`) * 900;
  if (faults.strikes('event ahead', label)) {
    faults.struck('event ahead');
    return happensMs - faults.chance(`ahead@${label}`) ** 2 * 600_000;
  }
  if (faults.strikes('events meet', label)) {
    faults.struck('events meet');
    // Three instants at which several may arrive together.
    const instant = Math.floor(faults.chance(`meet@${label}`) * 3);
    return Math.max(promptMs, dawnMs + faults.chance(`instant ${instant}`) * history.delayS * 1_000);
  }
  if (faults.strikes('event at the last moment', label)) {
    faults.struck('event at the last moment');
    return happensMs + acceptLateMs - faults.chance(`before the end@${label}`) ** 2 * 300_000;
  }
  if (!faults.strikes('event late', label)) return promptMs;
  faults.struck('event late');
  return promptMs + faults.chance(`late@${label}`) ** 2 * history.delayS * 1_000;
}
