/**
 * What we assume of AWS without having seen it (other people's observations and our own conclusions), put to the test.
 *
 * Owns: the shape of a fact, and how what is seen is judged: against the claim, and against what the place is known to
 * differ in. Knows no service; the probes are in probe-*.ts.
 */
import type { Account } from './account.js';
import type { DeployedStack } from './deployment.js';
import { type DifferenceId, differences } from './differences.js';
import type { LetterBox } from './queue.js';
import type { Report } from './report.js';
import type { Stage } from './stage.js';

export interface Seen {
  readonly agrees: boolean;
  /** What was seen, in a few words. */
  readonly seen: string;
}

export interface Probing {
  readonly account: Account;
  readonly stack: DeployedStack;
  readonly stage: Stage;
  readonly boxes: Boxes;
  /** How long a probe waits for what takes minutes on AWS. */
  readonly patienceMs: number;
}

export interface Boxes {
  readonly undeliveredEvents: LetterBox;
  readonly failedInvocations: LetterBox;
  readonly undeliveredTimers: LetterBox;
  readonly deadLetters: LetterBox;
}

/** D documented, O observed by somebody else, I inferred by us. */
export type Mark = 'D' | 'O' | 'I';

export interface Fact {
  readonly claim: string;
  readonly mark: Mark;
  /** Where the place may differ from it. */
  readonly difference?: DifferenceId;
  readonly probe: (probing: Probing) => Promise<Seen>;
}

/** Where something is known not to come, it is not waited for as long. */
const knownPatienceMs = 30_000;

/** Probes facts at once and tells of each. A fact that does not hold is a failure, unless the place is known for it. */
export async function probeFacts(facts: readonly Fact[], probing: Probing, report: Report): Promise<void> {
  await Promise.all(facts.map((fact) => probeFact(fact, probing, report)));
}

async function probeFact(fact: Fact, probing: Probing, report: Report): Promise<void> {
  let seen = '';
  const known = fact.difference !== undefined && probing.account.differs(fact.difference);
  const patienceMs = known ? Math.min(probing.patienceMs, knownPatienceMs) : probing.patienceMs;
  await report.check(`fact: ${fact.claim} [${fact.mark}]`, async () => {
    const result = await fact.probe({ ...probing, patienceMs });
    if (result.agrees && known) throw new Error(`${result.seen}\nso '${fact.difference}' is no difference any more`);
    if (!result.agrees && !known) throw new Error(`not so: ${result.seen}`);
    seen = result.seen;
  });
  if (seen !== '') report.tell(`        seen: ${seen}`);
  if (known && fact.difference) {
    report.tell(`        known of ${probing.account.place.name}: ${differences[fact.difference].emulator}`);
  }
}
