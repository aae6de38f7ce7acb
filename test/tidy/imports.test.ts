/** The arrows between rooms may not turn: every import of bin, lib and lambda against the table in rooms.ts. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { forbiddenImports, packageEntries, roomOf, rooms } from './rooms.js';
import { moduleReferences, repository, sourceFiles } from './source.js';

const house = sourceFiles('bin', 'lib', 'lambda');

const readJson = (file: string) => JSON.parse(readFileSync(path.join(repository, file), 'utf8'));

/** What the table says of a file with this text, were it there. */
const judged = (file: string, text: string) => forbiddenImports(file, moduleReferences({ file, text }));

describe('the import table', () => {
  test('is kept by every file of bin, lib and lambda', () => {
    expect(house.length).toBeGreaterThan(0);
    expect(house.flatMap((source) => forbiddenImports(source.file, moduleReferences(source)))).toEqual([]);
  });

  test('names only rooms and files that exist', () => {
    const places = Object.entries(rooms).flatMap(([name, room]) => [name, ...room.rooms]);
    const unknown = places
      .map((place) => place.replace(' (types)', ''))
      .filter(
        (place) =>
          place !== 'any room' && !(place in rooms) && !existsSync(path.join(repository, 'lib', `${place}.ts`)),
      );
    expect(unknown).toEqual([]);
  });

  test('knows the same package entries as package.json and tsconfig.json', () => {
    const entries = Object.keys(readJson('package.json').exports).filter((entry) => entry !== './package.json');
    expect(entries.map((entry) => entry.replace(/^\./, 'sojourn'))).toEqual(Object.keys(packageEntries));
    const paths = Object.fromEntries(Object.entries(packageEntries).map(([name, file]) => [name, [`./${file}.ts`]]));
    expect(readJson('tsconfig.json').compilerOptions.paths).toEqual(paths);
  });

  test('lets a room import what it may', () => {
    expect(judged('lib/engine/a.ts', "import { durationMs } from '../journey/duration.js';")).toEqual([]);
    expect(judged('lib/engine/a.ts', "export * from './b.js';")).toEqual([]);
    expect(judged('lib/journey/a.ts', "import type { StandardSchemaV1 } from '@standard-schema/spec';")).toEqual([]);
    expect(judged('lambda/a.ts', "import { serve } from 'sojourn/lambda';")).toEqual([]);
    expect(judged('bin/a.ts', "import { x } from '../lib/memory/index.js';")).toEqual([]);
    expect(judged('lib/sandbox/worker.mjs', "import dynalite from 'dynalite'; await import(process.argv[2]);")).toEqual(
      [],
    );
  });

  test.each([
    ['an arrow that turns', 'lib/engine/a.ts', "import { x } from '../aws/store.js';"],
    ['a type import', 'lib/engine/a.ts', "import type { X } from '../aws/store.js';"],
    ['an inline type', 'lib/journey/a.ts', "let x: import('../engine/ports.js').Ports;"],
    ['an export from', 'lib/memory/a.ts', "export { x } from '../contract.js';"],
    ['a dynamic import', 'lib/constructs/a.ts', "const x = await import('../engine/handle.js');"],
    ['a require', 'lib/constructs/a.ts', "const x = require('../engine/handle.js');"],
    ['an import equals', 'lib/engine/a.ts', "import x = require('../aws/store.js');"],
    ['an import for its effect', 'lib/sandbox/a.ts', "import '../memory/index.js';"],
    ['a room by the name of its package entry', 'lib/engine/a.ts', "import { serve } from 'sojourn/lambda';"],
    ['a file of a room of which only another is open', 'lambda/a.ts', "import { x } from '../lib/aws/store.js';"],
    ['a package that is closed to the room', 'lib/engine/a.ts', "import { x } from '@aws-sdk/client-dynamodb';"],
    ['a module of Node in the author SDK', 'lib/journey/a.ts', "import { createHash } from 'node:crypto';"],
    ['a value where only types are open', 'lib/journey/a.ts', "import { x } from '@standard-schema/spec';"],
    ['anything in the contract', 'lib/contract.ts', "import { limits } from './limits.js';"],
    ['a module that only run time knows, in a pure room', 'lib/engine/a.ts', 'const x = await import(name);'],
    ['a place outside of the house', 'lib/engine/a.ts', "import { x } from '../../test/sim/model.js';"],
  ])('fails when a file imports %s', (_what, file, text) => {
    expect(judged(file, text)).toEqual([expect.stringContaining(`${file}:1 imports`)]);
  });

  test('fails when a file is in no room', () => {
    expect(judged('lib/misc/a.ts', '')).toEqual([expect.stringContaining('is in no room')]);
    expect(roomOf('lib/bin/a.ts')).toBeUndefined();
  });
});
