/** The app's context values that the verification deploys with: waits of seconds, a name of its own. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { synthesize } from '../../bin/command/synthesize.js';

const repository = path.resolve(__dirname, '../..');
const synthTimeoutMs = 120_000;
const outDir = mkdtempSync(path.join(tmpdir(), 'sojourn-fast-'));
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

interface Resource {
  readonly Type: string;
  readonly Properties?: { readonly Environment?: { readonly Variables: Record<string, unknown> } };
}

async function functions(name: string, context: Record<string, string>): Promise<Map<string, string | undefined>> {
  const assembly = await synthesize({ projectDir: repository, outDir: path.join(outDir, name), context });
  const template = path.join(assembly, `${context.name ?? 'Sojourn'}.template.json`);
  expect(existsSync(template)).toBe(true);
  const { Resources } = JSON.parse(readFileSync(template, 'utf8')) as { Resources: Record<string, Resource> };
  return new Map(
    Object.values(Resources).flatMap(({ Type, Properties }) => {
      const { SOJOURN_JOURNEY: journey, SOJOURN_TIMEOUTS: timeouts } = Properties?.Environment?.Variables ?? {};
      return Type === 'AWS::Lambda::Function' && typeof journey === 'string' ? [[journey, timeouts as string]] : [];
    }),
  );
}

/** Ids of the waits and sleeps that stand in the sources of lambda/, by journey. */
function writtenSteps(): Map<string, string[]> {
  const sources = readdirSync(path.join(repository, 'lambda')).map((file) =>
    readFileSync(path.join(repository, 'lambda', file), 'utf8'),
  );
  return new Map(
    sources.flatMap((text) => {
      const id = /createJourney\(\s*\{\s*id: '([^']+)'/.exec(text)?.[1];
      const steps = [...text.matchAll(/step\.(?:waitForEvent|sleep)\('([^']+)'/g)].map(([, step]) => step!);
      return id === undefined ? [] : [[id, steps]];
    }),
  );
}

test(
  '-c fast=45 makes every wait and sleep of every journey take 45 seconds, -c name names the stack',
  async () => {
    const deployed = await functions('fast', { sender: 'a@b.c', fast: '45', name: 'SojournFast' });
    const steps = writtenSteps();
    expect([...deployed.keys()].sort()).toEqual([...steps.keys()].sort());
    expect(deployed.size).toBe(5);
    for (const [journey, timeouts] of deployed) {
      const expected = Object.fromEntries(steps.get(journey)!.map((step) => [step, 45_000]));
      expect(Object.keys(expected).length).toBeGreaterThan(0);
      expect(JSON.parse(timeouts ?? '{}')).toEqual(expected);
    }
  },
  synthTimeoutMs,
);

test(
  'fails when -c fast is neither true nor seconds',
  async () => {
    await expect(functions('wrong', { sender: 'a@b.c', fast: 'soon' })).rejects.toThrow(
      'The context value fast is neither true nor seconds. Got: soon. Fix: -c fast=true, or -c fast=45',
    );
  },
  synthTimeoutMs,
);
