/**
 * Compiles TypeScript that stands somewhere else than in a .ts file (a fixture, a code block of a page) as if it were a
 * file of this repository, with its tsconfig. Never writes.
 */
import path from 'node:path';
import ts from 'typescript';
import { repository } from '../tidy/source.js';

export interface Complaint {
  readonly file: string;
  readonly line: number;
  /** TypeScript's number, for example 2345. */
  readonly code: number;
  readonly message: string;
}

/**
 * @param texts by path relative to the repository; they need not exist, and may import one another.
 * @param options on top of the repository's own.
 */
export function complaints(texts: ReadonlyMap<string, string>, options: ts.CompilerOptions = {}): Complaint[] {
  const byPath = new Map([...texts].map(([file, text]) => [path.join(repository, file), text]));
  const compilerOptions: ts.CompilerOptions = { ...repositoryOptions(), ...options, noEmit: true };
  const host = ts.createCompilerHost(compilerOptions, true);
  const { fileExists, readFile } = host;
  host.fileExists = (file) => byPath.has(path.normalize(file)) || fileExists(file);
  host.readFile = (file) => byPath.get(path.normalize(file)) ?? readFile(file);
  const program = ts.createProgram({ rootNames: [...byPath.keys()], options: compilerOptions, host });
  return [...byPath.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return diagnostics.map((diagnostic) => complaintOf(file, diagnostic));
  });
}

function complaintOf(file: string, diagnostic: ts.Diagnostic): Complaint {
  const { file: source, start } = diagnostic;
  return {
    file: path.relative(repository, file).split(path.sep).join('/'),
    line: source && start !== undefined ? source.getLineAndCharacterOfPosition(start).line + 1 : 0,
    code: diagnostic.code,
    message: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
  };
}

function repositoryOptions(): ts.CompilerOptions {
  const file = path.join(repository, 'tsconfig.json');
  return ts.parseJsonConfigFileContent(ts.readConfigFile(file, ts.sys.readFile).config, ts.sys, repository).options;
}
