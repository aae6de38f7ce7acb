/**
 * Reads source files for the tidy tests with TypeScript's own parser: which files there are, what a file imports, how
 * long its functions are. Judges nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

export const repository = path.resolve(import.meta.dirname, '../..');

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly file: string;
  readonly text: string;
}

/** A module that a file names in an import, an export-from, an import type, import() or require(). */
export interface ModuleReference {
  /** Undefined where only run time knows it. */
  readonly specifier: string | undefined;
  /** True where nothing of it is left in the compiled file. */
  readonly typesOnly: boolean;
  readonly line: number;
}

const sourceEnding = /\.(?:ts|mts|cts|js|mjs|cjs)$/;

/** Every source file under these folders of the repository, in a stable order. */
export function sourceFiles(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(repository, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && sourceEnding.test(entry.name))
      .map((entry) => path.relative(repository, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
      .sort()
      .map((file) => ({ file, text: readFileSync(path.join(repository, file), 'utf8') })),
  );
}

export function parse({ file, text }: SourceFile): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

export function lineOf(node: ts.Node): number {
  const source = node.getSourceFile();
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

export function moduleReferences(source: SourceFile): ModuleReference[] {
  const found: ModuleReference[] = [];
  walk(parse(source), (node) => {
    const reference = referenceOf(node);
    if (reference) found.push({ ...reference, line: lineOf(node) });
  });
  return found;
}

function referenceOf(node: ts.Node): Omit<ModuleReference, 'line'> | undefined {
  if (ts.isImportDeclaration(node)) return { specifier: literal(node.moduleSpecifier), typesOnly: importsTypes(node) };
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    return { specifier: literal(node.moduleSpecifier), typesOnly: exportsTypes(node) };
  }
  if (ts.isImportTypeNode(node)) {
    return {
      specifier: ts.isLiteralTypeNode(node.argument) ? literal(node.argument.literal) : undefined,
      typesOnly: true,
    };
  }
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    return { specifier: literal(node.moduleReference.expression), typesOnly: node.isTypeOnly };
  }
  if (ts.isCallExpression(node) && loadsModule(node.expression)) {
    return { specifier: literal(node.arguments[0]), typesOnly: false };
  }
  return undefined;
}

function loadsModule(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isPropertyAccessExpression(callee))
    return ts.isIdentifier(callee.expression) && callee.expression.text === 'require' && callee.name.text === 'resolve';
  return ts.isIdentifier(callee) && callee.text === 'require';
}

function importsTypes(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  if (clause.name || !clause.namedBindings || !ts.isNamedImports(clause.namedBindings)) return false;
  const { elements } = clause.namedBindings;
  return elements.length > 0 && elements.every((element) => element.isTypeOnly);
}

function exportsTypes(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true;
  if (!node.exportClause || !ts.isNamedExports(node.exportClause)) return false;
  const { elements } = node.exportClause;
  return elements.length > 0 && elements.every((element) => element.isTypeOnly);
}

function literal(node: ts.Node | undefined): string | undefined {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined;
}

export interface FunctionLength {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

export function functionLengths(source: SourceFile): FunctionLength[] {
  const found: FunctionLength[] = [];
  const parsed = parse(source);
  walk(parsed, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return;
    const line = lineOf(node);
    const lines = parsed.getLineAndCharacterOfPosition(node.getEnd()).line + 2 - line;
    found.push({ name: functionName(node), line, lines });
  });
  return found;
}

function functionName(node: ts.SignatureDeclaration): string {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (node.name) return node.name.getText();
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText();
  return 'a function without a name';
}
