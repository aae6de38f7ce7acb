/**
 * The shape of a file: its length, the length of its functions, its opening comment, its name. The bounds, and the short
 * list of exceptions with their reasons, stand here and nowhere else.
 */
import { functionLengths, type SourceFile } from './source.js';

export const mostFileLines = 300;
export const mostFunctionLines = 60;

export interface Exception {
  readonly file: string;
  /** Name of the function; without it the exception is for the file's own length. */
  readonly function?: string;
  readonly mostLines: number;
  /** Why it reads better whole. */
  readonly reason: string;
}

export const exceptions: readonly Exception[] = [];

/** Words that say nothing of what a file owns, each with what to do. */
const emptyNames = /(?:^|[-._/])(?:utils?|helpers?|managers?|misc|common)(?=[-._/]|$)/i;

/** @returns one sentence per file or function that is too long. */
export function tooLong(source: SourceFile, allowed: readonly Exception[] = exceptions): string[] {
  const bound = (name?: string) =>
    allowed.find((exception) => exception.file === source.file && exception.function === name)?.mostLines;
  const fileLines = source.text.replace(/\n$/, '').split('\n').length;
  const mostLines = bound() ?? mostFileLines;
  const file = fileLines > mostLines ? [`${source.file} has ${fileLines} lines, more than ${mostLines}`] : [];
  const functions = functionLengths(source).flatMap(({ name, line, lines }) => {
    const most = bound(name) ?? mostFunctionLines;
    return lines > most ? [`${source.file}:${line} ${name} has ${lines} lines, more than ${most}`] : [];
  });
  return [...file, ...functions];
}

/** @returns the exceptions that are not needed any more: they would hide the next growth. */
export function staleExceptions(
  sources: readonly SourceFile[],
  allowed: readonly Exception[] = exceptions,
): Exception[] {
  return allowed.filter((exception) => {
    const source = sources.find(({ file }) => file === exception.file);
    const without = allowed.filter((other) => other !== exception);
    return !source || tooLong(source, without).length === tooLong(source, allowed).length;
  });
}

/** @returns a sentence when the file does not open with a doc comment (below a #! line, if it has one). */
export function withoutOpening(source: SourceFile): string[] {
  const opening = /^(?:#!.*\n)?\/\*\*(?<comment>[\s\S]*?)\*\//.exec(source.text)?.groups?.comment ?? '';
  return /\w{3}/.test(opening) ? [] : [`${source.file} does not open with a comment that says what it owns`];
}

/** @returns a sentence when the file's name says nothing. */
export function emptyName({ file }: Pick<SourceFile, 'file'>): string[] {
  const words = file.replace(/([a-z])([A-Z])/g, '$1-$2');
  return emptyNames.test(words) ? [`${file}: name the file after what it owns`] : [];
}
