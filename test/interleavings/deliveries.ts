/**
 * What is delivered in the scenarios: events by name and second (their ids are both, unless told otherwise), timers that the world
 * has, and what was played before anything is under way at once. Times are seconds after ten.
 */
import { tenMs } from '../engine/scripted.js';
import type { Choice, Due } from './choice.js';
import type { ExploredWorld } from './world.js';

export function event(name: string, s: number, options: { id?: string; label?: string; timeoutS?: number } = {}): Due {
  const id = options.id ?? `${name}${s}`;
  const label = options.label ?? id;
  const { timeoutS } = options;
  const data = { cart: '42', mark: id };
  return {
    label,
    delivery: () => ({
      kind: 'event',
      event: { id, name, data, source: 'test', timeMs: tenMs + s * 1_000, hops: 0 },
      requestId: `request of ${id}`,
    }),
    ...(timeoutS !== undefined && { timeoutS }),
  };
}

/** One after another, before anything is under way at once. */
export function played(...dues: readonly Due[]): (world: ExploredWorld) => Promise<void> {
  return async (world) => {
    for (const due of [...dues, undefined]) {
      if (due) await world.add(due);
      for (let [choice] = calm(world); choice; [choice] = calm(world)) await world.make(choice);
    }
  };
}

/** Choices without a fault. */
function calm(world: ExploredWorld): Choice[] {
  return world.choices().filter((choice) => choice.do === 'begins' || (choice.do === 'call' && choice.fate === 'ok'));
}

/** The timers of a step, where the world has any. */
export function timersOf(world: ExploredWorld, step: string, options: Parameters<typeof timerDue>[2] = {}): Due[] {
  return [...world.timers.values()]
    .filter((timer) => timer.step === step)
    .map(({ name }, i) => timerDue(name, `timer of ${step}${i === 0 ? '' : ` ${i + 1}`}`, options));
}

/** The same timer, fired once more whether it is still there or not. */
export function firedTwice(world: ExploredWorld, step: string): Due[] {
  const [timer] = [...world.timers.values()].filter((candidate) => candidate.step === step);
  const delivery = { kind: 'timer', ...timer!, requestId: 'twice' } as const;
  const atS = (timer!.atMs - tenMs) / 1_000;
  return ['', ' again'].map((again) => ({
    label: `timer of ${step}${again}`,
    delivery: () => delivery,
    notBeforeS: () => atS,
  }));
}

export function timerDue(name: string, label: string, options: Partial<Due> & { atS?: number } = {}): Due {
  return {
    label,
    delivery: (world) => {
      const timer = world.timers.get(name);
      return timer && { kind: 'timer', ...timer, requestId: label };
    },
    notBeforeS: (world) => options.atS ?? ((world.timers.get(name)?.atMs ?? 0) - Date.UTC(2026, 10, 22, 10)) / 1_000,
    ...options,
  };
}
