/**
 * The branches of a script, and how often each was taken, from the counters that V8 keeps of its blocks.
 *
 * A branch is a function's body, an arm of `if` and `?:` (also the one that is not written), either way out of `&&`, `||` and `??`, a
 * case, a loop's body, a `catch`. V8 counts no `?.`, `??=` and default values, so these are left out.
 * Invariant: which branches there are follows from the text alone, so what was never reached is known by name.
 */
import ts from 'typescript';

/** A block and its counter, as V8 tells them: of two that contain a place, the inner one counts. */
export interface CountedBlock {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

export interface Branch {
  readonly what: string;
  /** Offset in the script. */
  readonly at: number;
  readonly taken: number;
}

/** @param blocks of the whole script. */
export function branchesOf(text: string, blocks: readonly CountedBlock[]): Branch[] {
  const counters = [...blocks].sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  const script = ts.createSourceFile('script.mjs', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const branches: Branch[] = [];
  const visit = (node: ts.Node): void => {
    if (isNameKeeper(node)) return;
    for (const { what, on, but } of waysOf(node)) {
      const at = on.getStart(script);
      branches.push({ what, at, taken: countAt(counters, at) - (but ? countAt(counters, but.getStart(script)) : 0) });
    }
    ts.forEachChild(node, visit);
  };
  visit(script);
  return branches;
}

interface Way {
  readonly what: string;
  /** As often as this was reached ... */
  readonly on: ts.Node;
  /** ... but not that. */
  readonly but?: ts.Node;
}

function waysOf(node: ts.Node): Way[] {
  if (ts.isIfStatement(node)) {
    const { thenStatement, elseStatement } = node;
    const otherwise = elseStatement ? { on: elseStatement } : { on: node, but: thenStatement };
    return [
      { what: 'if', on: thenStatement },
      { what: 'else', ...otherwise },
    ];
  }
  if (ts.isConditionalExpression(node))
    return [
      { what: '? yes', on: node.whenTrue },
      { what: '? no', on: node.whenFalse },
    ];
  if (ts.isBinaryExpression(node) && isShortCircuit(node.operatorToken.kind)) {
    const sign = node.operatorToken.getText();
    return [
      { what: `${sign} goes on`, on: node.right },
      { what: `${sign} stops`, on: node, but: node.right },
    ];
  }
  if (ts.isCaseOrDefaultClause(node)) return [{ what: ts.isCaseClause(node) ? 'case' : 'default', on: node }];
  if (ts.isIterationStatement(node, false)) return [{ what: 'loop', on: node.statement }];
  if (ts.isCatchClause(node)) return [{ what: 'catch', on: node.block }];
  if (ts.isFunctionLike(node) && 'body' in node && node.body) return [{ what: 'function', on: node.body as ts.Node }];
  return [];
}

function isShortCircuit(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  );
}

/** What esbuild puts in front of a script so that functions keep their names. */
function isNameKeeper(node: ts.Node): boolean {
  return ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && /^__(?:defProp|name)$/.test(node.name.text);
}

/** The counter of the innermost block around a place; they are sorted, and one lies inside another or beside it. */
function countAt(counters: readonly CountedBlock[], at: number): number {
  let count = 0;
  for (const block of counters) {
    if (block.startOffset > at) break;
    if (at < block.endOffset) count = block.count;
  }
  return count;
}
