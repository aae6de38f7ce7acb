/**
 * The rooms of the house and the arrows between them: the one place where the import table stands (ARCHITECTURE.md
 * explains it). Data and one pure judgement over it; which files exist is not known here.
 */
import path from 'node:path';
import type { ModuleReference } from './source.js';

export interface Room {
  /** Rooms it may import: all of one ('engine'), one file of it ('engine/ports'), or only its types ('engine (types)'). */
  readonly rooms: readonly string[];
  /** Packages it may import; a trailing * stands for any ending, '*' for any package. */
  readonly libraries: readonly string[];
  /** Whether import(...) and require(...) may take a value that is only known at run time. */
  readonly computedImports?: true;
}

const anyRoom = 'any room';

export const rooms: Readonly<Record<string, Room>> = {
  limits: { rooms: [], libraries: [] },
  turn: { rooms: [], libraries: [] },
  contract: { rooms: [], libraries: [] },
  // One file, so that no other can have the library of CEL.
  cel: { rooms: ['limits'], libraries: ['@marcbachmann/cel-js'] },
  // The times of cron expressions, for worlds that fire schedules themselves; no handler imports it.
  'cron-times': { rooms: [], libraries: ['croner'] },
  journey: { rooms: ['limits'], libraries: ['@standard-schema/spec (types)'] },
  // node:crypto for its hashes; its randomness is banned by name in ambient.ts.
  engine: { rooms: ['journey', 'limits', 'cel'], libraries: ['node:crypto', 'node:async_hooks'] },
  aws: {
    rooms: [
      'engine/handle',
      'engine/stored/event',
      'engine/stored/holders',
      'engine/stored/key',
      'engine (types)',
      'journey',
      'limits',
      'turn',
      'contract',
    ],
    libraries: ['@aws-sdk/*', '@aws-lambda-powertools/logger', 'node:crypto'],
  },
  memory: { rooms: ['engine', 'journey', 'limits', 'turn', 'cron-times'], libraries: [] },
  sandbox: { rooms: ['contract', 'limits', 'cron-times'], libraries: ['*'], computedImports: true },
  inspect: {
    rooms: [
      ...[
        'engine/ends/after',
        'engine/attempt',
        'engine/calls/call-identity',
        'engine/decision/channel',
        'engine/decision/decide',
        'engine/elsewhere/correlation',
        'engine/stored/event',
        'engine/decision/filter',
        'engine/stored/key',
        'engine/decision/timeouts',
        'engine (types)',
        'journey/filter/filter-assert',
        'journey (types)',
      ],
      ...['aws/reading', 'contract', 'limits'],
    ],
    libraries: [],
  },
  constructs: {
    rooms: ['journey', 'limits', 'contract'],
    libraries: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'esbuild', 'node:*'],
  },
  lambda: { rooms: ['journey', 'aws/serve'], libraries: ['@aws-sdk/*', 'zod', 'valibot'] },
  bin: { rooms: [anyRoom], libraries: ['*'], computedImports: true },
};

/** The package's own entries, as a user (and lambda/, and the docs) names them. */
export const packageEntries: Readonly<Record<string, string>> = {
  sojourn: 'lib/journey/index',
  'sojourn/lambda': 'lib/aws/serve',
  'sojourn/cdk': 'lib/constructs/index',
  'sojourn/testing': 'lib/memory/index',
};

/** @param file relative to the repository, with forward slashes. @returns undefined outside of the house. */
export function roomOf(file: string): string | undefined {
  const [top, second] = file.split('/');
  if (top !== 'lib') return top !== undefined && top in rooms ? top : undefined;
  const name = second?.replace(/\.[^.]*$/, '');
  return name !== undefined && Object.hasOwn(rooms, name) && name !== 'bin' && name !== 'lambda' ? name : undefined;
}

/** @returns one sentence per import of the file that the table does not allow. */
export function forbiddenImports(file: string, references: readonly ModuleReference[]): string[] {
  const name = roomOf(file);
  const room = name === undefined ? undefined : rooms[name];
  if (name === undefined || room === undefined) return [`${file} is in no room of the table in test/tidy/rooms.ts`];
  return references.flatMap((reference) => {
    const complaint = judge(file, name, room, reference);
    return complaint === undefined ? [] : [`${file}:${reference.line} ${complaint}`];
  });
}

function judge(file: string, name: string, room: Room, reference: ModuleReference): string | undefined {
  const { specifier, typesOnly } = reference;
  if (specifier === undefined) {
    return room.computedImports
      ? undefined
      : `imports something that only run time knows; ${name} must name its imports`;
  }
  const target = targetFile(file, specifier);
  if (target === undefined) {
    if (room.libraries.some((allowed) => allowsLibrary(allowed, specifier, typesOnly))) return undefined;
    return `imports '${specifier}'; ${name} may import ${list(room.libraries, 'no package')}`;
  }
  const targetRoom = roomOf(target);
  if (targetRoom === undefined) return `imports '${specifier}', which is in no room`;
  if (targetRoom === name || room.rooms.includes(anyRoom)) return undefined;
  if (room.rooms.some((allowed) => allowsFile(allowed, target, targetRoom, typesOnly))) return undefined;
  return `imports '${specifier}' (${targetRoom}); ${name} may import ${list(room.rooms, 'no other room')}`;
}

/** @returns the file that a specifier names, without its ending, or undefined for a package. */
function targetFile(file: string, specifier: string): string | undefined {
  if (Object.hasOwn(packageEntries, specifier)) return packageEntries[specifier];
  if (!specifier.startsWith('.')) return undefined;
  return path.posix.join(path.posix.dirname(file), specifier).replace(/\.(?:m|c)?[jt]s$/, '');
}

function allowsFile(allowed: string, target: string, targetRoom: string, typesOnly: boolean): boolean {
  const { name, ok } = withoutTypesMark(allowed, typesOnly);
  return ok && (name === targetRoom || `lib/${name}` === target);
}

function allowsLibrary(allowed: string, specifier: string, typesOnly: boolean): boolean {
  const { name, ok } = withoutTypesMark(allowed, typesOnly);
  return ok && (name.endsWith('*') ? specifier.startsWith(name.slice(0, -1)) : specifier === name);
}

function withoutTypesMark(allowed: string, typesOnly: boolean): { name: string; ok: boolean } {
  const marked = allowed.endsWith(' (types)');
  return { name: marked ? allowed.slice(0, -' (types)'.length) : allowed, ok: !marked || typesOnly };
}

function list(names: readonly string[], none: string): string {
  return names.length === 0 ? none : names.join(', ');
}
