/**
 * Plays a page: a sandbox in which happens what its comments say (`<!-- happens: {...} -->`), and the commands of its `console`
 * blocks, run one after the other.
 *
 * Owns: reading such a page, running its commands in this process, writing their output into it (UPDATE_PAGES=1), and what
 * is compared: words, not ids and times, which follow from names in the template. Must not know: what a page says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../../bin/command/mistake.js';
import { runCommand } from '../../bin/command/operate/command.js';
import { operatingCommands } from '../../bin/command/operate/index.js';
import { repository } from '../e2e/assembly.js';
import type { Stand } from '../e2e/stand.js';

export interface Played {
  readonly command: string;
  readonly printed: string;
  readonly inPage: string;
  readonly exitCode: number;
}

type Happening =
  | { readonly event: string; readonly data: object; readonly time?: string }
  | { readonly advance: string };

/** @param running is told of each command before it runs, and of its end. */
export async function play(
  page: string,
  stand: Stand,
  running: (command: string | undefined) => void = () => {},
): Promise<Played[]> {
  const file = path.join(repository, page);
  const text = readFileSync(file, 'utf8');
  const played: Played[] = [];
  let updated = text;
  for (const [whole, happening, block] of text.matchAll(/<!-- happens: (.*?) -->|```console\n([\s\S]*?)```/g)) {
    if (happening !== undefined) {
      await happen(stand, JSON.parse(happening) as Happening);
      continue;
    }
    const commands: Played[] = [];
    for (const { command, inPage } of commandsOf(block ?? '')) {
      running(command);
      const { printed, exitCode } = await sojournHere(stand.sandbox.url, wordsOf(command));
      running(undefined);
      await stand.sandbox.settle();
      commands.push({ command, inPage, printed, exitCode });
    }
    const transcript = commands.map(({ command, printed }) => `$ ${command}\n${printed}`).join('');
    updated = updated.replace(whole, () => `\`\`\`console\n${transcript}\`\`\``);
    played.push(...commands);
  }
  if (process.env.UPDATE_PAGES) writeFileSync(file, updated);
  return played;
}

/** What of a transcript does not follow from names in the template, and from how wide a column is. */
export function comparable(transcript: string): string {
  return transcript
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<id>')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{40}\b/g, '<timer>')
    .replace(/\bMj[\w-]{60,}/g, '<run>')
    .replace(/ +/g, ' ')
    .trim();
}

/** Runs `sojourn <words>` in this process, against a sandbox. */
export async function sojournHere(
  url: string,
  words: readonly string[],
): Promise<{ stdout: string; stderr: string; printed: string; exitCode: number }> {
  const [name, ...argv] = words;
  const command = operatingCommands.find((one) => one.name === name);
  if (!command) throw new Error(`a page runs ${words.join(' ')}, which is no command that operates a stack`);
  const output = { stdout: '', stderr: '', printed: '' };
  const listen = (stream: 'stdout' | 'stderr') =>
    jest.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      output[stream] += String(chunk);
      output.printed += String(chunk);
      return true;
    });
  const listening = [listen('stdout'), listen('stderr')];
  try {
    return { ...output, exitCode: await runCommand(command, [...argv, '--endpoint', url]), ...output };
  } catch (error) {
    fail(error, { verbose: false });
    const exitCode = Number(process.exitCode);
    process.exitCode = undefined;
    return { ...output, exitCode };
  } finally {
    for (const one of listening) one.mockRestore();
  }
}

async function happen(stand: Stand, happening: Happening): Promise<void> {
  if ('advance' in happening) {
    const hours = /^(\d+)h$/.exec(happening.advance)?.[1];
    return stand.advance(Number(hours) * 3_600_000);
  }
  const { event: name, data, time } = happening;
  await stand.send({ name, data, ...(time !== undefined && { timeMs: Date.parse(time) }) });
}

function commandsOf(block: string): { readonly command: string; readonly inPage: string }[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...lines] = part.split('\n');
      return { command, inPage: lines.join('\n') };
    });
}

/** The words of a command line, without `sojourn`; single quotes hold one together. */
function wordsOf(command: string): string[] {
  const words = command.match(/'[^']*'|\S+/g) ?? [];
  return words.slice(1).map((word) => word.replace(/^'|'$/g, ''));
}
