/**
 * Which scenario is the first to break the promise on the engine beside this file: one line of JSON, for broken-engines.ts.
 *
 * One that breaks it even with one delivery at a time says nothing about schedules: it is told only when no schedule does.
 */
import { BrokenOrder } from './ends.js';
import { BrokenSchedule, explore } from './explore.js';
import type { Scenario } from './scenario.js';
import { scenarios } from './scenarios.js';
import { slice, wider } from './slice.js';

export interface FirstBroken {
  readonly scenario: string;
  readonly by: 'schedule' | 'order';
  readonly choices: number;
  readonly message: string;
}

/** A broken engine may have states without end: so many times those of the unbroken one are looked at, or so many. */
const [mostTimes, mostOfWider] = [10, 30_000];

function bounded(name: string, mostStates: number): Scenario {
  return { ...scenarios.find((scenario) => scenario.name === name)!, mostStates };
}

/** Small ones first. */
const held = [
  ...[...slice].sort(([, a], [, b]) => a - b).map(([name, states]) => bounded(name, 1_000 + mostTimes * states)),
  ...wider.map((name) => bounded(name, mostOfWider)),
];

async function brokenBy(scenario: Scenario): Promise<FirstBroken | undefined> {
  try {
    await explore(scenario);
    return undefined;
  } catch (error) {
    const { cause, message } = error as Error;
    const common = { scenario: scenario.name, message: (cause as Error | undefined)?.message ?? message };
    if (error instanceof BrokenSchedule) return { ...common, by: 'schedule', choices: error.choices.length };
    if (error instanceof BrokenOrder) return { ...common, by: 'order', choices: 0 };
    throw error;
  }
}

async function firstBroken(): Promise<FirstBroken | undefined> {
  let byOrder: FirstBroken | undefined;
  for (const scenario of held) {
    const broken = await brokenBy(scenario);
    if (broken?.by === 'schedule') return broken;
    byOrder ??= broken;
  }
  return byOrder;
}

process.stdout.write(`${JSON.stringify({ broken: await firstBroken() })}\n`);
