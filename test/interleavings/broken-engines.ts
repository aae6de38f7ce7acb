/**
 * Shows that the interleavings bite: engines that are broken in one place each, every one a trap of DESIGN 4.5 or a mend undone,
 * are held against the small scenarios, then against a few wider ones. Most breaks are those that the simulator and the named tests
 * have to notice too; docs/edges.md says which of theirs no scenario notices, and why.
 *
 * Invariant: only copies are broken, in a temporary folder.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { proofs } from '../engine/mutations.js';
import { copyOf, withChanges } from '../mutation/broken-copy.js';
import { type Mutation, mutations } from '../sim/mutations.js';
import type { FirstBroken } from './first-broken.js';

/** What first-broken.ts needs. */
const copied = ['lib', 'test/engine', 'test/interleavings', 'package.json', 'tsconfig.json'];

/** A broken engine that runs for ever is given away by nothing: nobody could tell it from a slow one. */
const mostMs = 600_000;

const lists: readonly Mutation[] = [...mutations, ...proofs];

function known(name: string): Mutation {
  const mutation = lists.find((candidate) => candidate.name === name);
  if (!mutation) throw new Error(`neither list of mutations has '${name}': take one that they have`);
  return mutation;
}

/** Engines that some scenario must give away. */
export const brokenEngines: readonly Mutation[] = [
  ...[
    'timers after the Put, only if it was done',
    'timers after D5 (D5 before D4)',
    'no record before the look',
    'a repeated trigger does not look',
    'no look after D5',
    'clock read after the Query',
    'acknowledge when busy mine',
    "take-over of one's own lease before it ends",
    'a run that another holds is settled all the same',
    'no D1 before a function',
    'match applied while code can go on',
    'C1 with status = active only',
    'clean-up on fencing',
    'a retry without cleanup',
    "a cancelled run taken for one's own write",
    'an early timer looks',
    'the go-on timer before the lease is written away',
    'a run goes on only by a lease',
    'a look that stops above its own item',
    'a floor where the cancel has a window',
    'a late trigger does not come back for its run',
    'replay by call order, not by seq',
    'a wait for all takes what is there when the first comes',
    'a wait for all is up at its first event',
    'a wait for all takes the last of each event',
  ].map(known),
  {
    name: 'a lease is taken over by request id',
    file: 'lib/engine/settle.ts',
    changes: [
      [
        'if (run.lease && !mine && run.lease.untilMs > seen.nowMs)',
        'if (run.lease && !mine && run.lease.requestId !== attempt.requestId && run.lease.untilMs > seen.nowMs)',
      ],
    ],
  },
  {
    name: 'a run is written whatever its rev',
    file: 'lib/memory/records.ts',
    changes: [['if (stored.rev !== seen.rev)', "if (stored.status !== 'active')"]],
  },
];

/** @returns whether each is given away. */
export async function heldAgainstBroken(only: string, say: (text: string) => void): Promise<boolean> {
  const copy = copyOf(copied);
  try {
    const unbroken = firstBroken(copy);
    if (unbroken) throw new Error(`the unbroken engine breaks the promise: ${unbroken.message}`);
    let survivors = 0;
    for (const mutation of brokenEngines.filter(({ name }) => name.includes(only))) {
      const broken = withChanges(copy, mutation, () => firstBroken(copy));
      if (!broken) survivors += 1;
      say(told(mutation, broken));
    }
    return survivors === 0;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function told({ name, file }: Mutation, broken: FirstBroken | undefined): string {
  if (!broken) return `${name} (${file})\n  NOT GIVEN AWAY`;
  const how = broken.by === 'schedule' ? `after ${broken.choices} choices` : 'even one at a time';
  return `${name} (${file})\n  ${broken.scenario}, ${how}: ${broken.message}`;
}

/** Asked in a process of its own: the engine is loaded once in each. */
function firstBroken(copy: string): FirstBroken | undefined {
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'test/interleavings/first-broken.ts'], {
    cwd: copy,
    encoding: 'utf8',
    timeout: mostMs,
    killSignal: 'SIGKILL',
  });
  if (stdout.trim() === '')
    throw new Error(`first-broken.ts said nothing within ${mostMs} ms: ${stderr.slice(-2_000)}`);
  return (JSON.parse(stdout) as { broken?: FirstBroken }).broken;
}
