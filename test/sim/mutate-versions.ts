/**
 * `node --import tsx test/sim/mutate-versions.ts [--runs N] [--only NAME]`: proves that histories with deployments and the named tests of versions
 * bite. Each change of the engine is made in a copy, and looked for by at most N histories and by test/engine/versions.test.ts.
 *
 * Exit code 0 when each was given away by one of them.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { copyOf, withChanges } from '../mutation/broken-copy.js';
import type { Mutation } from './mutations.js';

const forward = 'lib/engine/forward.ts';
const script = 'lib/engine/code/script.ts';
const mutations: readonly Mutation[] = [
  {
    name: 'every version settles every run',
    file: forward,
    changes: [['return codeVersion === undefined ||', 'return true || codeVersion === undefined ||']],
  },
  {
    name: 'nothing is forwarded',
    file: forward,
    changes: [
      ['if (isMine(attempt, run) || !attempt.forwarded', 'if (true || isMine(attempt, run) || !attempt.forwarded'],
    ],
  },
  {
    name: 'a forward that fails is acknowledged',
    file: forward,
    changes: [['      failed.set(run.position, error);', '      void error;']],
  },
  {
    name: 'a timer is never forwarded',
    file: forward,
    changes: [["own.role === 'timer' && run.position !== own.position", "own.role === 'timer'"]],
  },
  {
    name: 'a run that this cause has ended is left to nobody',
    file: forward,
    changes: [['return !isOver(run) || concernsMe(attempt, run);', 'return !isOver(run);']],
  },
  {
    name: 'the first of several other versions is enough',
    file: forward,
    changes: [['attempt.forwarded.has(forwardName(run.codeVersion!, own))', 'attempt.forwarded.size > 0']],
  },
  {
    name: 'a run whose version is gone is left',
    file: forward,
    changes: [['    attempt.gone.add(version);', '    attempt.forwarded!.add(version);']],
  },
  {
    name: 'a run is taken over without its version',
    file: forward,
    changes: [['return mine === undefined ? rest : { ...rest, codeVersion: mine };', 'return run;']],
  },
  {
    name: 'runs of other versions count as over for floors',
    file: 'lib/engine/look.ts',
    changes: [
      ['if (isOver(run)) over.add(run.position);', 'if (isOver(run) || !isMine(attempt, run)) over.add(run.position);'],
    ],
  },
  {
    name: 'a run whose version is there is taken over by newer code',
    file: forward,
    changes: [
      [
        'codeVersion === undefined ||',
        'codeVersion === undefined || Number(codeVersion) < Number(attempt.engine.codeVersion) ||',
      ],
    ],
  },
  {
    name: 'a run that is taken over begins anew',
    file: forward,
    changes: [
      [
        'return mine === undefined ? rest : { ...rest, codeVersion: mine };',
        'return codeVersion === mine ? run : { ...rest, codeVersion: mine!, steps: new Map(), nseq: 0 };',
      ],
    ],
  },
  {
    name: 'a step takes what is on record as of another kind',
    file: script,
    changes: [['if (recorded && labelOf(recorded) !== label())', 'if (false)']],
  },
  {
    name: 'a list of events takes what is on record as of any wait',
    file: 'lib/engine/code/several.ts',
    changes: [
      ["step.kind === 'wait' && step.takes === 'all'", "step.kind === 'wait' && step.seq === -1"],
      ["if (tool !== 'waitForAll' ||", "if (tool !== 'expectNone' || tool ||"],
    ],
  },
  {
    name: 'code may end without a step that is on record',
    file: script,
    changes: [['const unknown = this.uncalled();', 'const unknown = undefined as string | undefined;']],
  },
  {
    name: 'code may go on without a step that is on record',
    file: script,
    changes: [['if (pending.length === 0 || this.expectsRecorded() !== undefined)', 'if (pending.length === 0)']],
  },
  {
    name: 'results are passed to whatever step the code has called',
    file: script,
    changes: [
      [
        'const call = id === undefined ? undefined : this.calls.get(id);',
        'const call = id === undefined ? undefined : (this.calls.get(id) ?? [...this.calls.values()].find((one) => !one.settled));',
      ],
      ['if (!call?.recorded) return false;', 'if (!call) return false;'],
      ['this.pass(call, call.recorded);', 'this.pass(call, call.recorded ?? this.run.steps.get(id!)!);'],
    ],
  },
];

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '2000' }, only: { type: 'string', default: '' } },
});
const copied = ['lib', 'test/sim', 'test/engine', 'package.json', 'tsconfig.json', 'jest.config.cjs'];

const player = `
import { deployedAgain, deployedChanged } from './test/sim/deployments.js';
import { historyOf } from './test/sim/generate.js';
import { play } from './test/sim/world.js';
for (let seed = 1; seed <= ${values.runs}; seed += 1) {
  const { violation } = await play(deployedAgain(historyOf(seed)));
  const changed = violation ?? (await play(deployedChanged(historyOf(seed)))).violation;
  if (changed) { process.stdout.write('seed ' + seed + ' violates ' + changed.check + (violation ? '' : ', changed code')); break; }
}
`;

/** A change that makes a history run for ever gives nothing away: nobody could tell it from a slow one. */
const mostMs = 300_000;

let survivors = 0;
const copy = copyOf(copied);
try {
  writeFileSync(path.join(copy, 'play.ts'), player);
  for (const mutation of mutations.filter(({ name }) => name.includes(values.only))) {
    const [seed, named] = withChanges(copy, mutation, foundBy);
    if (seed === '' && named === 0) survivors += 1;
    process.stdout.write(
      `${mutation.name.padEnd(62)}${(seed || `not in ${values.runs}`).padEnd(44)}${named} named tests\n`,
    );
  }
} finally {
  rmSync(copy, { recursive: true });
}
process.exitCode = survivors === 0 ? 0 : 1;

/** @returns the first seed with what it violates, and how many named tests fail. */
function foundBy(): readonly [seed: string, named: number] {
  const limits = { timeout: mostMs, killSignal: 'SIGKILL' } as const;
  const run = (...args: string[]) =>
    spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', maxBuffer: 1e9, ...limits }).stdout;
  const seed = run('--import', 'tsx', 'play.ts').trim();
  const report = run('node_modules/jest/bin/jest.js', 'test/engine/versions', '--json', '--silent');
  if (report === '') return [seed, 0];
  return [seed, (JSON.parse(report) as { numFailedTests: number }).numFailedTests];
}
