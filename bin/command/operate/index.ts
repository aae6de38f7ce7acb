/** The commands that operate a stack, in the order in which the help tells them. */
import { cancel } from './cancel.js';
import { type OperatingCommand, sharedHelp } from './command.js';
import { deadLetters } from './dead-letters.js';
import { explain } from './explain.js';
import { forget } from './forget.js';
import { losses } from './losses.js';
import { redrive } from './redrive.js';
import { runs } from './runs.js';
import { show } from './show.js';
import { start } from './start.js';
import { versions } from './versions.js';

export const operatingCommands: readonly OperatingCommand[] = [
  runs,
  show,
  explain,
  start,
  cancel,
  deadLetters,
  redrive,
  forget,
  versions,
  losses,
];

/** Their part of `sojourn --help`. */
export function operatingHelp(): string {
  return [
    'Operate a deployed stack, or a sandbox (sojourn <command> --help tells more)',
    ...operatingCommands.map(({ name, summary }) => `  ${`sojourn ${name}`.padEnd(24)}  ${firstSentence(summary)}`),
    '',
    'Options of these commands',
    ...sharedHelp.map((line) => `  ${line}`),
  ].join('\n');
}

function firstSentence(text: string): string {
  return text.split(/[.:](?:\s|$)/)[0] ?? text;
}
