/**
 * What users of the package can name: the exports of its four entries and their members, read from the declarations that
 * the build would write.
 *
 * Owns: the list, and which types a public signature names that nobody can import. Judges nothing.
 */
import path from 'node:path';
import ts from 'typescript';
import { packageEntries } from '../tidy/rooms.js';
import { repository } from '../tidy/source.js';

export interface Surface {
  /** Entry -> `JourneyOptions`, `JourneyOptions.retries?`, ... sorted. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** Sentences: types that a public signature names, and that no entry exports. */
  readonly unnamed: readonly string[];
}

/** Where the declarations would lie; nothing is written there. */
const virtual = path.join(repository, 'declarations');

/** @param texts in place of the repository's files, by their paths: what a test of this reading needs. */
export function surfaceOf(
  files: Readonly<Record<string, string>> = packageEntries,
  texts?: ReadonlyMap<string, string>,
): Surface {
  const declarations = declarationsOf(
    Object.values(files).map((file) => `${file}.ts`),
    texts,
  );
  const roots = Object.values(files).map((file) => path.join(virtual, `${file}.d.ts`));
  const program = ts.createProgram({ rootNames: roots, options, host: hostOf(declarations) });
  const checker = program.getTypeChecker();
  const exported = Object.entries(files).map(([entry, file]) => {
    const source = program.getSourceFile(path.join(virtual, `${file}.d.ts`))!;
    const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!);
    return [entry, symbols.map((symbol) => [symbol.name, real(symbol, checker)] as const)] as const;
  });
  const everything = new Set(exported.flatMap(([, symbols]) => symbols.map(([, symbol]) => symbol)));
  const names = exported.map(([entry, symbols]) => [entry, symbols.flatMap(namesOf).sort()] as const);
  const unnamed = exported.flatMap(([entry, symbols]) =>
    symbols.flatMap(([name, symbol]) =>
      namedBy(symbol, checker)
        .filter((other) => !everything.has(other))
        .map((other) => `${name} of '${entry}' names ${other.name}, which no entry exports`),
    ),
  );
  return { names: Object.fromEntries(names), unnamed: [...new Set(unnamed)].sort() };
}

const options: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(
    ts.readConfigFile(path.join(repository, 'tsconfig.build.json'), ts.sys.readFile).config,
    ts.sys,
    repository,
  ).options,
  declaration: true,
  emitDeclarationOnly: true,
  stripInternal: true,
  skipLibCheck: true,
  types: [],
  rootDir: repository,
  outDir: virtual,
};

function declarationsOf(files: readonly string[], texts: ReadonlyMap<string, string> = new Map()): Map<string, string> {
  const sources = new Map([...texts].map(([file, text]) => [path.join(repository, file), text]));
  const host = hostOf(sources);
  const written = new Map<string, string>();
  host.writeFile = (file, text) => void written.set(path.normalize(file), text);
  ts.createProgram({ rootNames: files.map((file) => path.join(repository, file)), options, host }).emit();
  return written;
}

function hostOf(texts: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(options, true);
  const { fileExists, readFile, directoryExists } = host;
  host.fileExists = (file) => texts.has(path.normalize(file)) || fileExists(file);
  host.readFile = (file) => texts.get(path.normalize(file)) ?? readFile(file);
  host.directoryExists = (directory) =>
    path.normalize(directory).startsWith(virtual) || (directoryExists?.(directory) ?? true);
  // What others export is not read: it takes ten times as long, and nothing of it is told here.
  host.resolveModuleNameLiterals = (literals, from) =>
    literals.map(({ text }) => {
      const file = path.resolve(path.dirname(from), text).replace(/\.js$/, '');
      const extension = ['.ts', '.d.ts'].find((one) => text.startsWith('.') && host.fileExists(file + one));
      return { resolvedModule: extension ? { resolvedFileName: file + extension, extension } : undefined };
    });
  return host;
}

function real(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** The export and its own members; an optional one has a question mark, a static one a colon before it. */
function namesOf([name, symbol]: readonly [string, ts.Symbol]): string[] {
  const members = (symbol.declarations ?? []).flatMap((declaration) => {
    if (!ts.isInterfaceDeclaration(declaration) && !ts.isClassDeclaration(declaration)) return [];
    return [...declaration.members].filter(isPublic).flatMap(({ name: member, ...rest }) => {
      const node = { ...rest, name: member } as ts.ClassElement | ts.TypeElement;
      if (!member || ts.isComputedPropertyName(member)) return [];
      const optional = 'questionToken' in node && node.questionToken ? '?' : '';
      return [`${name}.${member.getText()}${optional}`];
    });
  });
  return [...new Set([name, ...members])];
}

function isPublic(member: ts.ClassElement | ts.TypeElement): boolean {
  return !(ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(({ kind }) => hidden.has(kind)));
}
const hidden = new Set([ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword]);

/** The symbols of this repository that stand in a declaration's types. */
function namedBy(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol[] {
  const found = new Set<ts.Symbol>();
  const note = (name: ts.Node) => {
    const at = checker.getSymbolAtLocation(name);
    const other = at && real(at, checker);
    const isOurs = other?.declarations?.some((one) => one.getSourceFile().fileName.startsWith(virtual));
    if (other && isOurs && !(other.flags & ts.SymbolFlags.TypeParameter) && other !== symbol) found.add(other);
  };
  const visit = (node: ts.Node): void => {
    if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword))
      return;
    if (ts.isTypeReferenceNode(node)) note(node.typeName);
    if (ts.isExpressionWithTypeArguments(node)) note(node.expression);
    if (ts.isTypeQueryNode(node)) note(node.exprName);
    if (ts.isImportTypeNode(node) && node.qualifier) note(node.qualifier);
    ts.forEachChild(node, visit);
  };
  for (const declaration of symbol.declarations ?? []) visit(declaration);
  return [...found];
}
