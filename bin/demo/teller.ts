/**
 * Tells the demo's story: one line for what somebody did, and below it what came of it.
 *
 * Owns: words, times and colours. Colours only where a terminal is (and NO_COLOR is not set).
 */
import { styleText } from 'node:util';
import type { Activity } from '../../lib/sandbox/index.js';
import type { Run } from './client.js';

type Style = Parameters<typeof styleText>[0];
const coloured = process.stdout.isTTY === true && !process.env.NO_COLOR;

export function paint(style: Style, text: string): string {
  return coloured ? styleText(style, text) : text;
}

/** 'Mon 10:00:41' */
export function clockText(timeMs: number): string {
  const date = new Date(timeMs);
  return `${['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][date.getUTCDay()]} ${date.toISOString().slice(11, 19)}`;
}

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

export function headline(timeMs: number, text: string): void {
  say(`  ${paint('dim', clockText(timeMs))}  ${text}`);
}

export function effect(mark: string, text: string): void {
  say(`                  ${mark} ${text}`);
}

/** Tells of an activity what belongs to this story; the rest is plumbing. @returns whether there was something to tell. */
export function tellActivity(activity: Activity): boolean {
  const told = toldActivity(activity);
  if (told) effect(...told);
  return told !== undefined;
}

function toldActivity(activity: Activity): [mark: string, text: string] | undefined {
  switch (activity.kind) {
    case 'schedule-created':
      return ['⏱ ', paint('dim', `timer set for ${clockText(activity.fireAtMs)}`)];
    case 'schedule-deleted':
      return ['⏱ ', paint('dim', 'timer deleted')];
    case 'schedule-fired':
      return ['⏱ ', paint('dim', `the timer for ${clockText(activity.fireAtMs)} fires`)];
    case 'mail-sent':
      return ['✉ ', paint('yellow', `mail to ${activity.mail.to.join(', ')}: “${activity.mail.subject}”`)];
    case 'invoked':
      return activity.outcome === 'error'
        ? ['! ', paint('red', `${activity.functionName}: ${activity.error?.message}`)]
        : undefined;
    case 'dead-letter':
      return ['! ', paint('red', `dead letter: ${activity.reason}`)];
    default:
      return undefined;
  }
}

export function tellRun(run: Run, before: Run | undefined): void {
  if (before === undefined) effect('▶ ', 'a run begins and waits for the purchase');
  if (run.status === 'cancelled') {
    effect('✖ ', paint('magenta', `the run of ${clockText(Date.parse(run.startedAt))} is cancelled`));
  } else if (run.status === 'completed') {
    effect('✔ ', paint('green', `the run is completed: ${run.output?.outcome}`));
  } else if (run.status !== 'active') {
    effect('! ', paint('red', `the run has ${run.status}`));
  }
}

/** Columns as wide as their widest cell; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => String(row[column]).length)));
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, column) =>
        typeof cell === 'number' ? String(cell).padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ');
  say(`  ${paint('bold', line(header))}`);
  for (const row of rows) say(`  ${line(row)}`);
}
