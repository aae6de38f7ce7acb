/**
 * A generated program as an author would write it: plain JavaScript over the step tools.
 */

import type { AnyJourney } from '../../lib/journey/definition.js';
import { createJourney } from '../../lib/journey/definition.js';
import { NonRetriableError, RetryAfterError } from '../../lib/journey/errors.js';
import type { JourneyEvent } from '../../lib/journey/event.js';
import type { JourneyContext } from '../../lib/journey/step.js';
import { awaitedBy, type JourneySpec, type Node, nodesOf, type Program } from './program.js';

/** What the program asks of the world that it runs in. */
export interface Host {
  /** Whether plain code still throws here. */
  stumbles(runId: string, node: Extract<Node, { do: 'stumble' }>): boolean;
  /** Another number each time: data of sent events that a repeated send changes. */
  count(): number;
  /** A user function runs, outside of the engine: it takes its time, and may die. */
  perform(runId: string, step: string, attempt: number): Promise<void>;
}

export function journeyOf(spec: JourneySpec, host: Host): AnyJourney {
  const sends = [...nodesOf(spec.program)].some((node) => node.do === 'send');
  return createJourney(
    {
      id: 'sim',
      triggers: spec.triggers.map((event) => ({ event })),
      ...(!spec.keyless && { key: 'data.key' }),
      waitsFor: awaitedBy(spec.program),
      cancelOn: spec.cancelOn.map(({ event, windowS }) => ({
        event,
        ...(windowS !== undefined && { timeout: windowS * 1_000 }),
      })),
      retries: spec.retries,
      ...(sends && { maxDuration: '30d' }),
    },
    (context: JourneyContext) => new Author(context, host).play(spec.program),
  );
}

class Author {
  private readonly passed: string[] = [];
  private readonly called = new Map<string, number>();

  constructor(
    private readonly context: JourneyContext,
    private readonly host: Host,
  ) {}

  async play(program: Program): Promise<string[]> {
    await this.sequence(program);
    return this.passed;
  }

  private async sequence(program: Program): Promise<void> {
    for (const node of program) await this.node(node);
  }

  private async node(node: Node): Promise<void> {
    const { step } = this.context;
    switch (node.do) {
      case 'run':
        return this.run(node);
      case 'send':
        return this.send(node);
      case 'sleep': {
        const unique = this.unique(node.id);
        await step.sleep(node.id, node.s * 1_000);
        return this.pass(unique, 'slept');
      }
      case 'stumble':
        if (this.host.stumbles(this.context.runId, node)) throw new Error('the plain code stumbled');
        return;
      case 'wait':
        return this.wait(node);
      case 'all':
        await Promise.all(node.branches.map((branch) => this.sequence(branch)));
        return;
      case 'race':
        await Promise.race(node.branches.map((branch) => this.sequence(branch)));
        return;
      case 'any':
        try {
          await Promise.any(node.branches.map((branch) => this.sequence(branch)));
        } catch {
          throw new NonRetriableError('no branch succeeded');
        }
        return;
      case 'loop':
        for (let i = 0; i < node.times; i += 1) await this.sequence(node.body);
    }
  }

  private async run(node: Extract<Node, { do: 'run' }>): Promise<void> {
    const { step, runId } = this.context;
    const unique = this.unique(node.id);
    try {
      const value = await step.run(node.id, async ({ attempt }) => {
        await this.host.perform(runId, unique, attempt);
        if (attempt < (node.fails ?? 0)) throw failure(node);
        return `result of attempt ${attempt}`;
      });
      this.pass(unique, value);
    } catch (error) {
      this.pass(unique, 'failed');
      if (!node.caught) throw error;
    }
  }

  private async send(node: Extract<Node, { do: 'send' }>): Promise<void> {
    const unique = this.unique(node.id);
    const { key } = this.context.event.data;
    try {
      await this.context.step.sendEvent(node.id, {
        name: node.event,
        data: { key, mark: `${unique}/${this.host.count()}` },
      });
    } catch (error) {
      this.pass(unique, 'failed');
      throw error;
    }
    this.pass(unique, 'sent');
  }

  private async wait(node: Extract<Node, { do: 'wait' }>): Promise<void> {
    const unique = this.unique(node.id);
    const event = await this.context.step.waitForEvent(node.id, {
      event: node.event,
      timeout: node.s * 1_000,
      ...(node.since && { since: node.since }),
    } as never);
    this.pass(unique, event === null ? 'timed out' : `matched ${(event as JourneyEvent).data.mark}`);
    await this.sequence(event === null ? node.timedOut : node.matched);
  }

  /** The name that the engine gives to a repeated step. */
  private unique(id: string): string {
    const before = this.called.get(id) ?? 0;
    this.called.set(id, before + 1);
    return before === 0 ? id : `${id}:${before}`;
  }

  private pass(step: string, outcome: string): void {
    this.passed.push(`${step}: ${outcome}`);
  }
}

function failure(node: Extract<Node, { do: 'run' }>): Error {
  if (node.how === 'final') return new NonRetriableError('it cannot work');
  if (node.how === 'later') return new RetryAfterError('try again later', '3m');
  return new Error('it failed');
}
