/** What an installation weighs is known, and nobody pays for what they do not use. `UPDATE_PAGES=1` writes docs/package.md. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { printedBlocks, updatePage } from '../inspect/generated.js';
import { repository } from '../tidy/source.js';
import { bytesOf, installedWith, packagesFrom } from './weight.js';

const page = 'docs/package.md';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}
const manifest = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as Manifest;
const { dependencies, optionalDependencies, peerDependencies } = manifest;

/** What stands in the first column -> the packages that it takes. */
const kinds: readonly (readonly [string, readonly string[]])[] = [
  [
    '`import "sojourn"`, `"sojourn/testing"`: what journeys and their tests load',
    [...entry('lib/memory/index'), ...entry('lib/journey/index')],
  ],
  ['`import "sojourn/lambda"`: what a handler is bundled of', [...entry('lib/aws/serve')]],
  ['`import "sojourn/cdk"`', [...entry('lib/constructs/index')]],
  ['`sojourn runs` and the others that ask a stack', [...entry('bin/command/operate/index')]],
  ['`sojourn dev`: the sandbox', [...entry('lib/sandbox/index')]],
  ['`npm install sojourn`', [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]],
  ['`npm install sojourn --omit=optional`', Object.keys(dependencies)],
  [
    '`npm install sojourn aws-cdk-lib constructs`',
    Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }),
  ],
];

function entry(file: string): Set<string> {
  return packagesFrom(file);
}

/** On this platform. */
function weightOf(names: readonly string[]): { readonly count: number; readonly megabytes: number } {
  const sizes = installedWith(names)
    .map(bytesOf)
    .filter((bytes) => bytes > 0);
  return { count: sizes.length, megabytes: sizes.reduce((sum, bytes) => sum + bytes, 0) / 1e6 };
}

const rows = kinds.map(([kind, names]) => ({ kind, ...weightOf(names) }));

test('docs/package.md says how many packages each use takes, and how much they weigh', () => {
  const lines = rows.map(
    ({ kind, count, megabytes }) => `| ${kind} | ${count} | ${megabytes < 1 ? '< 1' : Math.round(megabytes)} MB |`,
  );
  updatePage(page, { weights: ['| | packages | on disk |', '|---|---|---|', ...lines].join('\n') });
  const told = printedBlocks(page).weights?.split('\n').slice(2) ?? [];
  expect(told.map((line) => line.split(' | ')[0])).toEqual(kinds.map(([kind]) => `| ${kind}`));
  for (const [index, line] of told.entries()) {
    const [, count, megabytes] = /\| (\d+) \| (?:< )?(\d+) MB \|$/.exec(line) ?? [];
    const { kind, ...real } = rows[index]!;
    // Another platform has other binaries: a package more or less, some megabytes.
    expect([kind, Math.abs(Number(count) - real.count)]).toEqual([kind, expect.closeTo(0, -1)]);
    expect([kind, Math.abs(Number(megabytes) - real.megabytes) < 3 + 0.2 * real.megabytes]).toEqual([kind, true]);
  }
});

describe('what is imported', () => {
  const heavy = /^(?:@aws-sdk\/|@aws-lambda-powertools\/|aws-cdk-lib$|constructs$|dynalite$|esbuild$)/;
  const heavyOf = (file: string) => [...entry(file)].filter((name) => heavy.test(name)).sort();

  test('by the author SDK and the test kit is neither the AWS SDK nor the CDK', () => {
    expect(heavyOf('lib/journey/index')).toEqual([]);
    expect(heavyOf('lib/memory/index')).toEqual([]);
  });

  test('by the author SDK and the test kit is all that is put into the folder where npm run test:package tries them', () => {
    const script = readFileSync(path.join(repository, 'test/package/packed.mjs'), 'utf8');
    const [, list = ''] = /^const bareDependencies = \[(.*)\];$/m.exec(script) ?? [];
    const put = [...list.matchAll(/'([^']+)'/g)].map(([, name]) => `node_modules/${name}`).sort();
    expect(put).toEqual(installedWith([...entry('lib/journey/index'), ...entry('lib/memory/index')]));
  });

  test('by a handler is no CDK, no bundler and no sandbox', () => {
    expect(heavyOf('lib/aws/serve').filter((name) => !name.startsWith('@aws-'))).toEqual([]);
  });

  test('by the constructs is no SDK, and by what asks a stack no optional dependency', () => {
    expect(heavyOf('lib/constructs/index')).toEqual(['aws-cdk-lib', 'constructs', 'esbuild']);
    expect(heavyOf('bin/command/operate/index').filter((name) => !name.startsWith('@aws-'))).toEqual([]);
  });

  test('by all but the CDK and the sandbox is a plain dependency', () => {
    const optional = new Set([...Object.keys(optionalDependencies), ...Object.keys(peerDependencies)]);
    for (const file of ['lib/journey/index', 'lib/memory/index', 'lib/aws/serve', 'bin/command/operate/index']) {
      expect([...entry(file)].filter((name) => optional.has(name))).toEqual([]);
    }
    expect(Object.keys(peerDependencies).every((name) => manifest.peerDependenciesMeta[name]?.optional)).toBe(true);
  });

  test('is followed through files, types and import()', () => {
    const texts: Record<string, string> = {
      a: "import type { X } from './b/c.js'; await import('late/part');",
      'b/c': "import '../a.js'; export * from '@scope/name/deep'; import 'node:fs'; import 'sojourn';",
    };
    const read = (file: string) => (texts[file] === undefined ? undefined : { file: `${file}.ts`, text: texts[file] });
    expect([...packagesFrom('a', read)]).toEqual(['@scope/name', 'late']);
  });
});
