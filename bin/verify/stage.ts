/**
 * Plays scenes on a deployed stack, and sees what comes of them: events by the AWS CLI, runs from the table.
 *
 * Owns: how long one waits for what, and what a run's outcome is called. Knows no particular story.
 */

import { TableReader } from '../../lib/aws/reading.js';
import { partitionOfKey } from '../../lib/engine/stored/key.js';
import { type RunView, runView } from '../../lib/inspect/view.js';
import { limits } from '../../lib/limits.js';
import type { Account } from './account.js';
import type { DeployedStack } from './deployment.js';
import { pause } from './pause.js';
import { expectSame } from './report.js';
import type { Act, Scene, ShopEvent } from './stories.js';

const secondMs = 1_000;
/** A function's first invocation, a busy machine, an emulator that looks at its schedules every ten seconds. */
const slackMs = 60 * secondMs;

export class Stage {
  readonly reader: TableReader;
  /** What happened, for the bill. */
  readonly seen = { events: 0, timers: 0, mails: 0 };

  constructor(
    private readonly account: Account,
    private readonly stack: DeployedStack,
    private readonly waitS: number,
  ) {
    this.reader = new TableReader(account.dynamo, stack.tableName);
  }

  /** @returns its runs when all of them are over. @throws Error when they are not what the scene says, or not in time. */
  async play(scene: Scene): Promise<RunView[]> {
    for (const act of scene.acts) await this.perform(scene, act);
    const mostMs = scene.timers * (this.waitS * secondMs + limits.timerMarginMs + limits.timerLatenessMs) + slackMs;
    const runs = await this.until(
      scene,
      mostMs,
      (seen) => seen.length > 0 && seen.every(({ status }) => status !== 'active'),
    );
    const steps = runs.flatMap((run) => run.steps);
    const mails = steps.filter(({ kind, state }) => kind === 'run' && state === 'done').length;
    this.seen.mails += mails;
    const timers = steps.filter(({ kind, state }) => kind !== 'run' && state === 'timedOut').length;
    this.seen.timers += timers;
    expectSame('outcomes', runs.map(outcomeOf), scene.outcomes);
    expectSame('waits and sleeps that ran out', timers, scene.timers);
    expectSame('steps that sent a mail', mails, scene.mailSubjects.length);
    return runs;
  }

  async put(...events: readonly ShopEvent[]): Promise<void> {
    const entries = events.map(({ name, data, agoS }) => ({
      EventBusName: this.stack.busName,
      Source: 'shop',
      DetailType: name,
      Detail: JSON.stringify(data),
      ...(agoS !== undefined && { Time: Math.floor(Date.now() / secondMs) - agoS }),
    }));
    const answer = await this.account.cli<{ FailedEntryCount: number }>(
      'events',
      'put-events',
      '--entries',
      JSON.stringify(entries),
    );
    expectSame('events that the bus refused', answer.FailedEntryCount, 0);
    this.seen.events += events.length;
  }

  /** In order of their triggers. */
  async runs(journey: string, key: string): Promise<RunView[]> {
    const documents = await this.reader.runsOfPartition(partitionOfKey(journey, key));
    return documents.sort((one, other) => (one.position < other.position ? -1 : 1)).map(runView);
  }

  private async perform(scene: Scene, act: Act): Promise<void> {
    if ('put' in act) return this.put(...act.put);
    if ('until' in act) {
      await this.until(scene, slackMs, (runs) => JSON.stringify(runs.map(outcomeOf)) === JSON.stringify(act.until));
    } else {
      const mostMs = this.waitS * secondMs + limits.timerLatenessMs + slackMs;
      await this.until(scene, mostMs, (runs) =>
        (runs.at(-1)?.steps ?? []).some(({ id, state }) => id === act.untilStep && state === 'waiting'),
      );
    }
    // The next event shall be of a later second: within one, the id would decide which of two triggers is the newer one.
    await pause(1.1 * secondMs);
  }

  private async until(scene: Scene, mostMs: number, holds: (runs: RunView[]) => boolean): Promise<RunView[]> {
    const untilMs = Date.now() + mostMs;
    while (true) {
      const runs = await this.runs(scene.journey, scene.key);
      if (holds(runs)) return runs;
      if (Date.now() > untilMs) {
        throw new Error(`not seen within ${mostMs / secondMs} s; the runs are ${JSON.stringify(runs.map(outcomeOf))}`);
      }
      this.account.place.stopped?.throwIfAborted();
      await pause(secondMs);
    }
  }
}

export function outcomeOf({ status, output, error }: RunView): string {
  if (status === 'failed') return `failed: ${error?.name}: ${error?.message}`;
  return status === 'completed' ? `completed: ${(output as { outcome?: string } | undefined)?.outcome}` : status;
}
