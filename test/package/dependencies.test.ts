/** What is installed with the package is what its code imports: nothing is missing, nothing is dragged along. */
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { packageEntries } from '../tidy/rooms.js';
import { moduleReferences, repository, type SourceFile, sourceFiles } from '../tidy/source.js';

const manifest = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8'));
const installed = Object.keys({
  ...manifest.dependencies,
  ...manifest.optionalDependencies,
  ...manifest.peerDependencies,
});

/** Dependencies that no import names, each with the reason. */
const withoutImport: Readonly<Record<string, string>> = {};

/** What `npm run build` compiles into dist. */
const built = [
  ...sourceFiles('lib'),
  ...sourceFiles('bin').filter(({ file }) => file === 'bin/sojourn.ts' || file.startsWith('bin/command/')),
];

/** Names of the packages that these files import. A type counts too: it stands in a .d.ts that users compile against. */
function packagesOf(sources: readonly SourceFile[]): Set<string> {
  const specifiers = sources.flatMap((source) => moduleReferences(source).map(({ specifier }) => specifier ?? '.'));
  const packages = specifiers
    .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .filter((specifier) => !Object.hasOwn(packageEntries, specifier))
    .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'));
  return new Set(packages);
}

describe('the dependencies of package.json', () => {
  const imported = packagesOf(built);

  test('hold every package that the built code imports', () => {
    expect(imported.size).toBeGreaterThan(3);
    expect([...imported].filter((name) => !installed.includes(name))).toEqual([]);
  });

  test('hold no package that the built code does not import', () => {
    expect(installed.filter((name) => !imported.has(name) && !Object.hasOwn(withoutImport, name))).toEqual([]);
    expect(Object.keys(withoutImport).filter((name) => imported.has(name))).toEqual([]);
  });

  test('are read from imports of values, of types, of parts of a package and of scoped packages', () => {
    const text = `
      import dynalite from 'dynalite';
      import type { StandardSchemaV1 } from '@standard-schema/spec';
      export * from 'aws-cdk-lib/aws-iam';
      const x = await import('@aws-sdk/client-scheduler/dist-cjs/x.js');
      import './other.js';
      import fs from 'node:fs';
      import { serve } from 'sojourn/lambda';`;
    expect([...packagesOf([{ file: 'lib/a.ts', text }])]).toEqual([
      'dynalite',
      '@standard-schema/spec',
      'aws-cdk-lib',
      '@aws-sdk/client-scheduler',
    ]);
  });
});

describe('the built code', () => {
  test('names modules of Node with node:, so that no package can take their place', () => {
    const bare = [...packagesOf(built)].filter((name) => builtinModules.includes(name));
    expect(bare).toEqual([]);
  });

  test('has a source for every file of dist that package.json names', () => {
    const outputs = [...JSON.stringify(manifest).matchAll(/"\.\/dist\/(?:esm|cjs)\/(?<file>[^"]+)"/g)];
    const sources = outputs.map((match) => (match.groups?.file ?? '').replace(/(?:\.d)?\.[jt]s$/, '.ts'));
    expect(sources).toContain('lib/journey/index.ts');
    expect([...new Set(sources)].filter((file) => !existsSync(path.join(repository, file)))).toEqual([]);
  });
});
