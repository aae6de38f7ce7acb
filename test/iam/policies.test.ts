/**
 * What the app's policies allow, by the sandbox's evaluator: every call that its roles are for and nothing else; and what
 * each of the seeded mistakes changes, no more and no less. compare.ts puts the same questions to a simulator of others.
 */
import { enforcePolicies } from '../../lib/sandbox/iam/enforce.js';
import type { SandboxResources } from '../../lib/sandbox/template/resources.js';
import { appAssembly, beforehand } from '../e2e/assembly.js';
import { changed, resourcesOf } from './app.js';
import { callsOf } from './calls.js';
import { mistakes } from './mistakes.js';

beforehand(appAssembly);

const startMs = Date.parse('2027-01-04T10:00:00Z');

let resources: SandboxResources;
let before: readonly string[];
beforeAll(async () => {
  resources = resourcesOf(await appAssembly());
  before = allowed(resources);
});

/** Labels of the calls that are allowed. */
function allowed(of: SandboxResources): string[] {
  const authorize = enforcePolicies(of, () => startMs);
  return callsOf(resources).flatMap(({ label, call }) => (authorize(call).allowed ? [label] : []));
}

test('the app’s policies allow every call that its roles are for, and none of the others', () => {
  const right = callsOf(resources).flatMap(({ label, right: is }) => (is ? [label] : []));
  expect(right.length).toBeGreaterThan(100);
  expect(before).toEqual(right);
});

test('there are at least fifty mistakes, each with a name of its own', () => {
  expect(mistakes.length).toBeGreaterThanOrEqual(50);
  expect(new Set(mistakes.map(({ name }) => name)).size).toBe(mistakes.length);
});

test.each(mistakes.map((mistake) => [mistake.name, mistake] as const))(
  '%s: changes what it must, and nothing else',
  (_, mistake) => {
    const after = allowed(changed(resources, mistake.change));
    const named = (labels: readonly string[] = []) =>
      labels.map((label) => (/^(redriver|[a-z-]+): /.test(label) ? label : `abandoned-cart: ${label}`)).sort();
    expect({
      refuses: before.filter((label) => !after.includes(label)).sort(),
      admits: after.filter((label) => !before.includes(label)).sort(),
    }).toEqual({ refuses: named(mistake.refuses), admits: named(mistake.admits) });
  },
);
