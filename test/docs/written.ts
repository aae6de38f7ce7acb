/**
 * A value as an example writes it in a comment: `{ outcome: 'reminded', ... }`.
 *
 * Owns: reading such a text (a literal of JavaScript, read and never run) and whether a value is so. `...` at the end of
 * an object or a list stands for whatever else is there; alone it stands for anything.
 */
import { isDeepStrictEqual } from 'node:util';
import ts from 'typescript';

const anything = Symbol('...');

/** @throws Error when the text is no literal. */
export function isAsWritten(value: unknown, written: string): boolean {
  return fits(jsonOf(value), read(written));
}

/** Dates and instances of classes as a reader sees them; undefined stays what it is. */
function jsonOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toJSON();
  if (Array.isArray(value)) return value.map(jsonOf);
  const members = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(members.map(([name, one]) => [name, jsonOf(one)]));
}

class Members {
  constructor(
    readonly entries: readonly (readonly [string, unknown])[],
    readonly isOpen: boolean,
  ) {}
}

class Elements {
  constructor(
    readonly list: readonly unknown[],
    readonly isOpen: boolean,
  ) {}
}

function fits(value: unknown, expected: unknown): boolean {
  if (expected === anything) return true;
  if (expected instanceof Elements) {
    const { list, isOpen } = expected;
    if (!Array.isArray(value) || (isOpen ? value.length < list.length : value.length !== list.length)) return false;
    return list.every((one, index) => fits(value[index], one));
  }
  if (expected instanceof Members) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const { entries, isOpen } = expected;
    if (!isOpen && Object.keys(value).length !== entries.length) return false;
    return entries.every(
      ([name, one]) => Object.hasOwn(value, name) && fits((value as Record<string, unknown>)[name], one),
    );
  }
  return isDeepStrictEqual(value, expected);
}

function read(written: string): unknown {
  // `...` is made an expression, so that TypeScript's parser reads the rest.
  const text = `(${written.replace(/'[^']*'|\.\.\./g, (found) => (found === '...' ? '...$' : found))})`;
  const source = ts.createSourceFile('written.ts', written === '...' ? '($)' : text, ts.ScriptTarget.ESNext, true);
  const [statement] = source.statements;
  const diagnostics = (source as unknown as { parseDiagnostics: readonly unknown[] }).parseDiagnostics;
  if (diagnostics.length > 0 || source.statements.length !== 1 || !statement || !ts.isExpressionStatement(statement)) {
    throw new Error(`"${written}" is no literal. Fix: write what is logged as JavaScript would, with ... for more`);
  }
  return literal(statement.expression, written);
}

function literal(node: ts.Expression, written: string): unknown {
  if (ts.isParenthesizedExpression(node)) return literal(node.expression, written);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    return -Number(literal(node.operand as ts.Expression, written));
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isIdentifier(node) && node.text === 'undefined') return undefined;
  if (ts.isIdentifier(node) && node.text === '$') return anything;
  if (ts.isArrayLiteralExpression(node)) {
    const list = node.elements.filter((one) => !ts.isSpreadElement(one)).map((one) => literal(one, written));
    return new Elements(list, node.elements.some(ts.isSpreadElement));
  }
  if (ts.isObjectLiteralExpression(node)) return membersOf(node, written);
  throw new Error(`"${written}" has ${node.getText()}, which is no literal`);
}

function membersOf(node: ts.ObjectLiteralExpression, written: string): Members {
  const entries = node.properties.flatMap((one): (readonly [string, unknown])[] => {
    if (ts.isSpreadAssignment(one)) return [];
    if (!ts.isPropertyAssignment(one)) throw new Error(`"${written}" has ${one.getText()}, which is no literal`);
    const name = ts.isComputedPropertyName(one.name) ? one.name.getText() : one.name.text;
    return [[name, literal(one.initializer, written)]];
  });
  return new Members(entries, node.properties.some(ts.isSpreadAssignment));
}
