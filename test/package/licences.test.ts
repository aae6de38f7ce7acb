/** Everything that is installed with the package may be used by anybody: by the lockfile, with all that they bring along. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../tidy/source.js';
import { installedWith, licenceOf } from './weight.js';

/** Permissive: they ask for their text to be kept, and for nothing of yours. */
const permissive = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0'];

/** Peers too: somebody installs them with us. */
function installed(): (readonly [where: string, licence: string])[] {
  const manifest = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8'));
  const names = Object.keys({
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  });
  return installedWith(names).map((where) => [where, licenceOf(where)]);
}

/** Names of those whose licence is not of the list, or is not told. */
function others(packages: readonly (readonly [where: string, licence: string])[]): string[] {
  return packages
    .filter(([, licence]) => !choices(licence).some((one) => permissive.includes(one)))
    .map(([where, licence]) => `${where.replace('node_modules/', '')}: ${licence}`);
}

test('all of it is under a permissive licence', () => {
  expect(installed().length).toBeGreaterThan(80);
  expect(others(installed())).toEqual([]);
});

test('fails for a licence that asks for more, and for none', () => {
  const odd = [
    ['node_modules/a', 'AGPL-3.0-only'],
    ['node_modules/b', licenceOf('node_modules/b')],
    ['node_modules/c', 'MIT'],
    ['node_modules/d', '(MIT OR GPL-3.0-or-later)'],
    ['node_modules/e', '(MIT AND GPL-3.0-or-later)'],
  ] as const;
  expect(others(odd)).toEqual(['a: AGPL-3.0-only', 'b: none told', 'e: (MIT AND GPL-3.0-or-later)']);
});

/** `(MIT OR GPL-3.0-or-later)`: whoever uses it chooses. */
function choices(licence: string): string[] {
  return licence.replace(/^\((.*)\)$/, '$1').split(' OR ');
}
