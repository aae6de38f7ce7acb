/** Everything that is installed with the package may be used by anybody: by the lockfile, with all that they bring along. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../tidy/source.js';

/** Permissive: they ask for their text to be kept, and for nothing of yours. */
const permissive = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0'];

interface Locked {
  readonly dev?: boolean;
  readonly license?: string;
}

function installed(): [name: string, Locked][] {
  const { packages } = JSON.parse(readFileSync(path.join(repository, 'package-lock.json'), 'utf8'));
  return Object.entries<Locked>(packages).filter(([where, { dev }]) => where !== '' && !dev);
}

/** Names of those whose licence is not of the list, or is not told. */
function others(packages: readonly (readonly [string, Locked])[]): string[] {
  return packages
    .filter(([, { license }]) => !permissive.includes(license ?? ''))
    .map(([where, { license }]) => `${where.replace('node_modules/', '')}: ${license ?? 'none told'}`);
}

test('all of it is under a permissive licence', () => {
  expect(installed().length).toBeGreaterThan(20);
  expect(others(installed())).toEqual([]);
});

test('fails for a licence that asks for more, and for none', () => {
  const odd = [
    ['node_modules/a', { license: 'AGPL-3.0-only' }],
    ['node_modules/b', {}],
    ['node_modules/c', { license: 'MIT' }],
  ] as const;
  expect(others(odd)).toEqual(['a: AGPL-3.0-only', 'b: none told']);
});
