/**
 * The shell examples of a page (`sh` blocks): their commands, and whether each names only what there is.
 *
 * Owns: reading lines of shell as far as our pages use it, and the kinds of commands that are known: `sojourn`, `npm`, `npx`,
 * `curl` to the sandbox, `export`. What else a block has must say why it is not run: "```sh not run: reason".
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../tidy/source.js';
import { codeBlocks, type Page } from './pages.js';

export interface Command {
  readonly page: string;
  readonly words: readonly string[];
}

/** Pages whose blocks another check plays as a whole. */
export const playedElsewhere: Readonly<Record<string, string>> = { 'docs/aws-cli.md': 'test/models/aws-cli.ts' };

/** @throws Error for a block that is marked without a reason. */
export function commandsOf(page: Page): Command[] {
  if (Object.hasOwn(playedElsewhere, page.file)) return [];
  return codeBlocks(page).flatMap(({ info, text, line }) => {
    const [, mark] = /^sh(?:\s+(.*))?$/.exec(info) ?? [undefined, 'other'];
    if (mark === 'other') return [];
    if (mark !== undefined && !/^not run: \w{2,}/.test(mark)) {
      throw new Error(`${page.file}:${line - 1}: "${mark}" behind sh says nothing. Fix: "sh" or "sh not run: why"`);
    }
    return mark === undefined ? linesOf(text).map((words) => ({ page: page.file, words })) : [];
  });
}

/** Words of each command; comments are left out, `&&` begins a new one. */
function linesOf(text: string): string[][] {
  const lines: string[][] = [];
  const tokens = text.matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|(\\\n)|(?<=^|\s)#[^\n]*|(\n|&&)|([^\s'"\\]+)|[^\S\n]+/g);
  let words: string[] = [];
  let glued = false;
  for (const [whole, single, double, continued, end, plain] of tokens) {
    const word = single ?? double ?? plain;
    if (word !== undefined && glued) words.push(words.pop()! + word);
    else if (word !== undefined) words.push(word);
    glued = word !== undefined;
    if (end === undefined || continued !== undefined || whole === '') continue;
    lines.push(words);
    words = [];
  }
  return [...lines, words].filter(({ length }) => length > 0);
}

/** The words of the command `sojourn`, if it is that. */
export function sojournWords({ words }: Command): readonly string[] | undefined {
  if (words[0] === 'sojourn') return words.slice(1);
  return words[0] === 'npx' && words[1] === 'sojourn' ? words.slice(2) : undefined;
}

/** Method, route and body of a call of the sandbox, if it is one. */
export function sandboxCall({ words }: Command): { method: string; route: string; body?: string } | undefined {
  const at = words.findIndex((word) => /^(?:http:\/\/)?(?:localhost|127\.0\.0\.1):4010\//.test(word));
  if (words[0] !== 'curl' || at < 0) return undefined;
  const after = (flag: string) => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined);
  const body = after('-d');
  const method = after('-X') ?? (body === undefined ? 'GET' : 'POST');
  return { method, route: words[at]!.replace(/^.*?:4010/, ''), ...(body !== undefined && { body }) };
}

const { scripts } = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const stable = JSON.parse(readFileSync(path.join(repository, 'test/package/stable.json'), 'utf8')) as {
  readonly command: readonly string[];
};
const sharedFlags = ['--stack', '--endpoint', '--region', '--json', '--verbose', '--help'];

/** @returns what is wrong with it, in one sentence each. */
export function complaintsOf(command: Command): string[] {
  const { page, words } = command;
  const says = (what: string) => [`${page}: "${words.join(' ')}" ${what}`];
  const ours = sojournWords(command);
  if (ours) return unknownTo(ours).flatMap((word) => says(`names ${word}, which sojourn does not know`));
  if (sandboxCall(command)) return [];
  const [first = '', second = '', third = ''] = words;
  if (first === 'npm') {
    if (['ci', 'test', 'install', 'i'].includes(second) || Object.hasOwn(scripts, third)) return [];
    return says('runs a script that package.json does not have');
  }
  if (first === 'npx' && second === 'jest') {
    const gone = words.slice(2).filter((word) => word.startsWith('test/') && !existsSync(path.join(repository, word)));
    return gone.length === 0 ? [] : says('tests what is not there');
  }
  if (first === 'npx' && second === 'cdk')
    return contextOf(words).flatMap((name) => says(`sets ${name}, which bin/app.ts does not read`));
  if (first === 'export') return variablesOf(words).flatMap((name) => says(`sets ${name}, which nothing reads`));
  return says('is not known to this check. Fix: "```sh not run: why", or teach test/docs/commands.ts');
}

function unknownTo([name = '', ...rest]: readonly string[]): string[] {
  if (!stable.command.includes(name)) return [`the command ${name}`];
  const flags = rest.filter((word) => /^--?[a-z]/.test(word)).map((word) => (word === '-c' ? '--context' : word));
  return flags.filter((flag) => !sharedFlags.includes(flag) && !stable.command.includes(`${name} ${flag}`));
}

/** Context values that the app of this repository does not know. */
function contextOf(words: readonly string[]): string[] {
  const app = readFileSync(path.join(repository, 'bin/app.ts'), 'utf8');
  const names = words.flatMap((word, index) => (words[index - 1] === '-c' ? [word.split('=')[0]!] : []));
  return names.filter((name) => !new RegExp(`['"]${name}['"]`).test(app));
}

function variablesOf(words: readonly string[]): string[] {
  const command = ['bin/command/operate/command.ts', 'bin/sojourn.ts'].map((file) =>
    readFileSync(path.join(repository, file), 'utf8'),
  );
  const names = words.slice(1).map((word) => word.split('=')[0]!);
  return names.filter((name) => !command.some((text) => text.includes(name)));
}
