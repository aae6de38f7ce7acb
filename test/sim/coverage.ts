/**
 * How often each branch of the engine was taken in this process, counted by V8 while the histories are played.
 *
 * Must not import the engine, nor be loaded after it: what V8 has compiled before the counting began has no counters.
 */
import { Session } from 'node:inspector/promises';
import { SourceMap } from 'node:module';
import { type Branch, branchesOf, type CountedBlock } from './branches.js';

/** File of lib/engine -> its branches, with their lines. */
export type Coverage = Record<string, readonly CoveredBranch[]>;

export type CoveredBranch = Pick<Branch, 'what' | 'taken'> & { readonly line: number };

const engineFile = /\/lib\/engine\/((?:[\w-]+\/)?[\w-]+\.ts)$/;

export class Counters {
  private readonly session = new Session();

  async start(): Promise<void> {
    this.session.connect();
    await this.session.post('Profiler.enable');
    await this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** @returns what was taken, file by file. Once, at the end: to read a script's text takes V8 its counters. */
  async take(): Promise<Coverage> {
    const { result } = await this.session.post('Profiler.takePreciseCoverage');
    const coverage: Coverage = {};
    for (const { url, scriptId, functions } of result) {
      const [, file] = engineFile.exec(url) ?? [];
      if (file === undefined) continue;
      coverage[file] = withLines(
        await this.text(scriptId),
        functions.flatMap(({ ranges }) => ranges),
      );
    }
    return coverage;
  }

  /** The script as V8 has it, which is not the file: tsx has made JavaScript of it. */
  private async text(scriptId: string): Promise<string> {
    await this.session.post('Debugger.enable');
    const { scriptSource } = await this.session.post('Debugger.getScriptSource', { scriptId });
    return scriptSource;
  }
}

function withLines(text: string, blocks: readonly CountedBlock[]): CoveredBranch[] {
  const [, map] = /sourceMappingURL=data:application\/json;base64,(\S+)\s*$/.exec(text) ?? [];
  if (map === undefined)
    throw new Error('A script of the engine has no source map: is it loaded by something else than tsx?');
  const source = new SourceMap(JSON.parse(Buffer.from(map, 'base64').toString()));
  return branchesOf(text, blocks).map(({ what, at, taken }) => {
    const before = text.slice(0, at);
    const line = before.split('\n').length - 1;
    const entry = source.findEntry(line, at - (before.lastIndexOf('\n') + 1));
    return { what, taken, line: 'originalLine' in entry ? entry.originalLine + 1 : 0 };
  });
}

/** Both hold the same branches, in one order, wherever both hold a file. */
export function addCoverage(to: Coverage, more: Coverage): void {
  for (const [file, branches] of Object.entries(more)) {
    const before = to[file];
    to[file] = before ? branches.map((branch, i) => ({ ...branch, taken: branch.taken + before[i]!.taken })) : branches;
  }
}
