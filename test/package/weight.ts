/**
 * What an installation weighs: which packages an entry of ours needs, by its imports and the lock file, and how many bytes
 * they are here.
 *
 * Owns: following imports from an entry, and dependencies from a package. Judges nothing. What is measured differs a little from
 * machine to machine: binaries are of its platform.
 */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageEntries } from '../tidy/rooms.js';
import { moduleReferences, repository, type SourceFile } from '../tidy/source.js';

interface Locked {
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const { packages } = JSON.parse(readFileSync(path.join(repository, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};

/** @returns names of the packages that are imported, types included, from this file on. */
export function packagesFrom(
  file: string,
  read: (file: string) => SourceFile | undefined = sourceOf,
  seen = new Set<string>(),
): Set<string> {
  if (seen.has(file)) return new Set();
  seen.add(file);
  const source = read(file);
  const specifiers = source ? moduleReferences(source).map(({ specifier }) => specifier ?? './unknown') : [];
  return new Set(
    specifiers.flatMap((specifier) => {
      const ours = fileOf(specifier, file);
      if (ours !== undefined) return [...packagesFrom(ours, read, seen)];
      return specifier.startsWith('node:') ? [] : [packageOf(specifier)];
    }),
  );
}

/** The file of ours that is imported; undefined for a package. */
function fileOf(specifier: string, from: string): string | undefined {
  if (Object.hasOwn(packageEntries, specifier)) return packageEntries[specifier];
  if (!specifier.startsWith('.')) return undefined;
  return path.posix.join(path.posix.dirname(from), specifier).replace(/\.js$/, '');
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function sourceOf(file: string): SourceFile | undefined {
  const name = ['.ts', '.cjs', ''].map((ending) => file + ending).find((one) => isFile(path.join(repository, one)));
  if (name === undefined || name.endsWith('.d.ts')) return undefined;
  return { file: name, text: readFileSync(path.join(repository, name), 'utf8') };
}

/** @returns where these packages and all that they bring along are installed, as the lock file has it. */
export function installedWith(names: Iterable<string>): string[] {
  const found = new Set<string>();
  const add = (name: string, from: string): void => {
    const place = placeOf(name, from);
    if (place === undefined || found.has(place)) return;
    found.add(place);
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = packages[place]!;
    const peers = Object.keys(peerDependencies ?? {}).filter((peer) => !peerDependenciesMeta?.[peer]?.optional);
    for (const next of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) add(next, place);
  };
  for (const name of names) add(name, '');
  return [...found].sort();
}

/** Where Node would find it: the nearest node_modules. */
function placeOf(name: string, from: string): string | undefined {
  for (let at = from; ; at = at.includes('/node_modules/') ? at.slice(0, at.lastIndexOf('/node_modules/')) : '') {
    const place = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (packages[place]) return place;
    if (at === '') return undefined;
  }
}

export function licenceOf(place: string): string {
  return packages[place]?.license ?? 'none told';
}

/** Of the files of a package that is installed here, without packages inside it; 0 for another platform's. */
export function bytesOf(place: string): number {
  const bytesIn = (folder: string): number =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.name !== 'node_modules' && !entry.isSymbolicLink())
      .reduce((sum, entry) => {
        const file = path.join(folder, entry.name);
        return sum + (entry.isDirectory() ? bytesIn(file) : lstatSync(file).size);
      }, 0);
  const folder = path.join(repository, place);
  return existsSync(folder) ? bytesIn(folder) : 0;
}

function isFile(file: string): boolean {
  return existsSync(file) && lstatSync(file).isFile();
}
