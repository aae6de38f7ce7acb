/**
 * `npm run verify:emulator`: deploys the app of this repository to MiniStack, an emulator that we did not write, with the
 * real CDK CLI, plays the five stories there with the AWS CLI, and takes everything away again.
 *
 * Owns: start and end. Ends with the plain line `N passed, N failed`; says SKIPPED, and why, where Python is missing.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { verifyOnEmulator } from './emulated.js';
import { runFolder, startMiniStack } from './ministack.js';
import { pythonTools } from './python.js';
import { LineReport } from './report.js';
import { endWell, stopOnSignals } from './signals.js';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../.sojourn/emulator');

async function main(): Promise<void> {
  const stopped = stopOnSignals();
  const found = await pythonTools(folder, stopped);
  if (found.status === 'missing') {
    process.stdout.write(`SKIPPED verify:emulator: ${found.why}\n`);
    return;
  }
  const report = new LineReport((line) => process.stdout.write(`${line}\n`));
  const own = runFolder(folder);
  const ministack = await startMiniStack(found.tools, own);
  report.tell(`MiniStack at ${ministack.url}`);
  try {
    await verifyOnEmulator(ministack, found.tools, own, report, stopped);
  } finally {
    if (report.failed > 0) process.stdout.write(`the end of MiniStack's log:\n${ministack.log().slice(-4_000)}\n`);
    await ministack.stop();
  }
  process.stdout.write(`${report.passed} passed, ${report.failed} failed\n`);
  if (report.failed > 0) process.exitCode = 1;
}

// The SDK's warning about Node 20 would clutter the report.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
await endWell(main);
