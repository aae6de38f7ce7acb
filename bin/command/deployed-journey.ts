/**
 * A journey of a synthesized app, as its function and its code say it.
 *
 * Owns: finding it by its id. Plays nothing. Invariant: the definition is read from the very code that the function would run.
 */
import { join } from 'node:path';
import { readDefinition } from '../../lib/constructs/read-definition.js';
import { env } from '../../lib/contract.js';
import type { JourneyDefinition } from '../../lib/journey/definition.js';
import { readAssembly } from '../../lib/sandbox/template/assembly.js';
import { readResources } from '../../lib/sandbox/template/environment.js';
import { Mistake } from './mistake.js';

export interface DeployedJourney {
  readonly definition: JourneyDefinition;
  readonly memoryMiB: number;
  readonly busName: string;
  readonly tableName: string;
}

/** @throws Mistake when the assembly has no such journey, or its code does not load. */
export function deployedJourney(assemblyDir: string, journey: string): DeployedJourney {
  const { functions } = readResources(readAssembly(assemblyDir), 'http://127.0.0.1');
  const journeys = functions.flatMap(({ environment }) => environment[env.journeyId] ?? []);
  const fn = functions.find(({ environment }) => environment[env.journeyId] === journey);
  if (fn?.codeDir === undefined) {
    throw new Mistake(`the app has no journey ${journey}. It has: ${journeys.join(', ') || 'none'}`);
  }
  const reading = readDefinition(join(fn.codeDir, 'index.mjs'), fn.environment);
  if (reading.outcome !== 'read') throw new Mistake(`the code of journey ${journey} does not load`);
  return {
    definition: reading.definition,
    memoryMiB: fn.memoryMb,
    busName: fn.environment[env.eventBusName] ?? 'default',
    tableName: fn.environment[env.tableName] ?? '',
  };
}
