/**
 * `npm run test:nodes [-- 22 24]`: the fast suite, and the demo (which runs the synthesized bundles), on the Node versions that we
 * promise. The version that runs this script is left out unless it is named: `npm test` is for that one.
 *
 * The binaries come from the npm package `node`, pinned, into .sojourn/nodes; without a registry that has them the
 * command says SKIPPED and why.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** Newest of each line when this was written. Lambda's nodejs24.x is the last. */
const pinned = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0' };

const own = process.versions.node.split('.')[0];
const named = process.argv.slice(2);
const wanted = named.length > 0 ? named : Object.keys(pinned).filter((line) => line !== own);
let failures = 0;

/** @returns the binary, or undefined when it cannot be had. */
function binaryOf(line) {
  const version = pinned[line];
  if (version === undefined) throw new Error(`Node ${line} is not one of ${Object.keys(pinned).join(', ')}`);
  const folder = path.resolve('.sojourn', 'nodes', version);
  const binary = path.join(folder, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefix', folder, `node@${version}`],
    {
      encoding: 'utf8',
    },
  );
  if (status === 0 && existsSync(binary)) return binary;
  process.stdout.write(`SKIPPED Node ${line}: npm could not install node@${version}\n${stderr.slice(-400)}\n`);
  return undefined;
}

function run(binary, what, args) {
  const version = spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim();
  process.stdout.write(`\n== ${what} on Node ${version}\n`);
  const env = { ...process.env, PATH: `${path.dirname(binary)}${path.delimiter}${process.env.PATH}` };
  const { status } = spawnSync(binary, args, { stdio: 'inherit', env });
  if (status !== 0) failures += 1;
}

for (const line of wanted) {
  const binary = binaryOf(line);
  if (binary === undefined) continue;
  run(binary, 'the fast suite', ['node_modules/jest/bin/jest.js', '--silent']);
  run(binary, 'the demo', ['--import', 'tsx', 'bin/demo.ts']);
}
process.exitCode = failures === 0 ? 0 : 1;
