/**
 * Histories that once failed, shrunk, each with what it found (seeds.json). They are data, so they stay what they are when
 * the generator changes. `found:` names what it found in the engine; `bites:` a change of the engine that it gives away.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { History } from './history.js';

export interface Saved {
  readonly check: string;
  readonly found: string;
  readonly history: History;
}

export function savedHistories(): Saved[] {
  return JSON.parse(readFileSync(path.join(process.cwd(), 'test/sim/seeds.json'), 'utf8'));
}
