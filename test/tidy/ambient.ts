/**
 * Time, randomness, environment, timers and output are inputs in the author SDK and the engine, never reached for: what
 * is banned there, each with what to use in its place.
 */
import ts from 'typescript';
import { lineOf, parse, type SourceFile, walk } from './source.js';

const clock = 'take the time from the clock port (or as an argument in epoch milliseconds)';
const nonce = 'take a nonce from the port, or derive an id by hash from run, step and attempt';
const turn = 'ask the port that owns turns and time, or plan a timer';
const log = "return it as a value, or give it to the author's or the port's logger";
const configuration = 'take it as an argument: the room that reads the environment passes it in';

/** Free names that may not be used at all. */
export const bannedNames: Readonly<Record<string, string>> = {
  randomUUID: nonce,
  randomBytes: nonce,
  randomInt: nonce,
  getRandomValues: nonce,
  performance: clock,
  setTimeout: turn,
  setInterval: turn,
  setImmediate: turn,
  console: log,
  process: configuration,
  globalThis: 'name what is needed, and pass it in',
  fetch: 'ask a port',
};

/** Members of a global that may not be used, though the global may. */
export const bannedMembers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Date: { now: clock },
  Math: { random: nonce },
  crypto: { randomUUID: nonce, getRandomValues: nonce },
};

const bareDate = `${clock}; a Date is built from exactly one argument`;

/** @returns one sentence per use of something ambient. */
export function ambientUses(source: SourceFile): string[] {
  const found: string[] = [];
  walk(parse(source), (node) => {
    const use = ambientUse(node);
    if (use) found.push(`${source.file}:${lineOf(node)} uses ${use.what}; ${use.instead}`);
  });
  return found;
}

function ambientUse(node: ts.Node): { what: string; instead: string } | undefined {
  if (!ts.isIdentifier(node)) return undefined;
  const name = node.text;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    const owner = ts.isIdentifier(parent.expression) ? parent.expression.text : '';
    const instead = own(own(bannedMembers, owner), name);
    return instead === undefined ? undefined : { what: `${owner}.${name}`, instead };
  }
  if (!isValue(node)) return undefined;
  const instead = own(bannedNames, name);
  if (instead !== undefined) return { what: name, instead };
  if (name === 'Date' && !isHarmlessDate(node)) return { what: 'Date without a time', instead: bareDate };
  if (name === 'Math' && !isMemberAccess(node))
    return { what: 'Math as a whole', instead: 'name the function: Math.ceil(...)' };
  return undefined;
}

/** Not the name of a property, a label or a type. */
function isValue(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent) || ts.isTypeQueryNode(parent)) return false;
  if (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodSignature(parent)) {
    return !('name' in parent && parent.name === node);
  }
  if (ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent)) return parent.name !== node;
  return true;
}

function isHarmlessDate(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isNewExpression(parent)) return parent.expression !== node || parent.arguments?.length === 1;
  return isMemberAccess(node) || isRightOfInstanceof(node);
}

function isRightOfInstanceof(node: ts.Identifier): boolean {
  const { parent } = node;
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword;
}

function isMemberAccess(node: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node;
}

function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
