/**
 * The bus port, loaded by the first publish: a journey that sends nothing never reads EventBridge's client at a cold start.
 *
 * Owns: when it is loaded, and its client's patience. What publishing is, is bus.ts's.
 */
import type { Bus, Clock } from '../engine/ports.js';
import { patience } from './clients.js';

/** A failed load is tried again by the next publish. */
export function busOnDemand(eventBusName: string, clock: Clock): Bus {
  let loading: Promise<Bus> | undefined;
  return {
    async publish(events) {
      loading ??= load(eventBusName, clock);
      const bus = await loading.catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      await bus.publish(events);
    },
  };
}

async function load(eventBusName: string, clock: Clock): Promise<Bus> {
  const [{ EventBridgeBus }, { EventBridgeClient }] = await Promise.all([
    import('./bus.js'),
    import('@aws-sdk/client-eventbridge'),
  ]);
  return new EventBridgeBus(new EventBridgeClient({ requestHandler: patience }), eventBusName, clock);
}
