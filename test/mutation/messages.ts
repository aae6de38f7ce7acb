/**
 * What a mutation run leaves alone: the words of a message.
 *
 * Owns: which nodes are words. A mutant there changes what a person reads and nothing that happens.
 * Invariant: an error's code, its class, and whether it is thrown are mutated like all else.
 */

/** As much of a Babel path as is asked for here. */
interface Path {
  readonly key: string | number;
  readonly listKey?: string;
  readonly parentPath: Path | null;
  readonly node: {
    readonly type: string;
    readonly callee?: { readonly type: string; readonly name?: string };
    readonly key?: { readonly name?: string };
  };
}

/** What makes errors -> the argument at which its words begin. */
const wordsFrom: Record<string, number> = {
  Error: 0,
  AggregateError: 1,
  Busy: 0,
  EarlyTimer: 0,
  JourneyError: 1,
  Refused: 2,
  UnreachableVersion: 2,
  nonDeterminism: 0,
  unstorable: 0,
};

/** Functions of the engine that take words among other things -> the argument that they are. */
const named: Record<string, number> = { assertFits: 0, durationMs: 1, lengthMs: 3 };

export const messages = {
  shouldIgnore(node: object): string | undefined {
    const path = node as Path;
    const parent = path.parentPath;
    if (!parent) return undefined;
    // The name of an error class is for logs.
    const isName = parent.node.type === 'ClassProperty' && parent.node.key?.name === 'name';
    return isName || isArgumentOfWords(path, parent) ? 'words of a message' : undefined;
  },
};

function isArgumentOfWords(path: Path, call: Path): boolean {
  if (path.listKey !== 'arguments') return false;
  const { type, name = '' } = call.node.callee ?? { type: '' };
  // The engine has no classes that extend anything but errors.
  if (type === 'Super') return true;
  return Number(path.key) >= (wordsFrom[name] ?? Number.POSITIVE_INFINITY) || path.key === named[name];
}
