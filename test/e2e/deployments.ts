/**
 * A small app that is deployed into a sandbox again and again, with other code each time (docs/decisions/020).
 *
 * Owns: its journey, its assemblies, and the calls about versions. Must not know: what a test expects.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Journey, JourneyHub } from 'sojourn/cdk';
import { runCommand } from '../../bin/command/operate/command.js';
import { versions as versionsCommand } from '../../bin/command/operate/versions.js';
import { entryDirectory } from '../stack/entry-files.js';
import { functionOf, hourMs, type Stand, start } from './stand.js';

const entries = entryDirectory();
export const outDir = mkdtempSync(path.join(tmpdir(), 'sojourn-versions-'));
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

/** Waits a day for a purchase, then takes a step; both are named by the generation. */
const journey = (generation: string) => `
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
export const journey = createJourney(
  {
    id: 'cart', triggers: [{ event: 'cart/added' }], key: 'data.cart_id', waitsFor: ['cart/purchased'],
    cancelOn: [{ event: 'cart/added' }],
  },
  async ({ step }) => {
    const bought = await step.waitForEvent('wait-${generation}', { event: 'cart/purchased', timeout: '24h' });
    const by = await step.run('step-${generation}', () => '${generation}');
    return { outcome: (bought === null ? 'reminded by ' : 'bought by ') + by };
  },
);
export const handler = serve(journey);
`;

/** As `cdk synth` does: always into one folder, in which the bundles of earlier deployments stay. */
export function synthesize(generation: string): string {
  const app = new App({ outdir: outDir });
  const stack = new Stack(app, 'Shop');
  const hub = new JourneyHub(stack, 'Hub');
  new Journey(stack, 'Cart', { hub, entry: entries.write('cart.ts', journey(generation)) });
  app.synth();
  return outDir;
}

export const added = (cart_id: string) => ({ name: 'cart/added', data: { cart_id } });
export const purchased = (cart_id: string) => ({ name: 'cart/purchased', data: { cart_id } });

/** What the timers that are set will invoke, by its qualifier. */
export function versionsOfTimers(stand: Stand): string[] {
  return stand.sandbox.schedules().map(({ targetArn }) => targetArn.split(':').at(-1)!);
}

export async function versions({ sandbox }: Stand): Promise<string[]> {
  const response = await fetch(`${sandbox.url}/2015-03-31/functions/${functionOf(sandbox, 'cart').name}/versions`);
  const { Versions } = (await response.json()) as { Versions: { Version: string }[] };
  return Versions.map(({ Version }) => Version);
}

/** What `sojourn versions --prune --json` answers, less its times. */
export async function prune({ sandbox }: Stand): Promise<object[]> {
  let text = '';
  const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    expect(await runCommand(versionsCommand, ['--endpoint', sandbox.url, '--prune', '--json'])).toBe(0);
  } finally {
    stdout.mockRestore();
  }
  const { versions: listed } = JSON.parse(text) as { versions: { publishedAt: string; isSpare: boolean }[] };
  return listed.map(({ publishedAt: _, isSpare: __, ...rest }) => rest);
}

export function remove({ sandbox }: Stand, version: string): Promise<Response> {
  const { name } = functionOf(sandbox, 'cart');
  return fetch(`${sandbox.url}/2015-03-31/functions/${name}?Qualifier=${version}`, { method: 'DELETE' });
}

/** A run of the first generation waits for each cart; then the second is deployed. */
export async function deployedTwice(...carts: string[]): Promise<Stand> {
  const stand = await start(synthesize('first'));
  await stand.send(...carts.map(added));
  await stand.advance(hourMs);
  await stand.sandbox.deploy(synthesize('second'));
  return stand;
}
