/** package.json and its lock file say exactly what is installed, and nothing about where it came from. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from './source.js';

type Versions = Record<string, string>;
interface Manifest {
  readonly dependencies: Versions;
  readonly optionalDependencies: Versions;
  readonly devDependencies: Versions;
  readonly peerDependencies?: Versions;
}

const read = (file: string) => readFileSync(path.join(repository, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const exact = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;
const inexact = (versions: Versions) => Object.entries(versions).filter(([, version]) => !exact.test(version));

describe('package.json', () => {
  test('pins every version that it installs', () => {
    expect(inexact({ ...manifest.dependencies, ...manifest.optionalDependencies })).toEqual([]);
    expect(inexact(manifest.devDependencies)).toEqual([]);
  });

  test('names each dependency once', () => {
    const both = Object.keys(manifest.dependencies).filter((name) => name in manifest.devDependencies);
    expect(both).toEqual([]);
  });

  test('tests with every peer that it asks of its users', () => {
    const untested = Object.keys(manifest.peerDependencies ?? {}).filter((name) => !(name in manifest.devDependencies));
    expect(untested).toEqual([]);
  });

  test.each(['^1.2.3', '~1.2.3', '1.x', 'latest', '*', '>=1.2.3', 'file:../x', '1.2'])(
    'fails when a version is %s',
    (version) => {
      expect(inexact({ name: version })).toHaveLength(1);
    },
  );
});

describe('package-lock.json', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { optionalDependencies?: Versions }>;
  };

  test('names no registry, so that each machine installs from its own', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved"\s*:/);
  });

  test('holds the packages of every platform, for npm ci refuses a lock file without one of them', () => {
    const held = new Set(Object.keys(lock.packages).map((place) => place.replace(/^.*node_modules\//, '')));
    const asked = Object.values(lock.packages).flatMap((one) => Object.keys(one.optionalDependencies ?? {}));
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((name) => !held.has(name))).toEqual([]);
  });
});
