/**
 * Ctrl-C and its like, as an AbortSignal: the first one stops what is under way and lets it clean up, a second one kills.
 * Owns: the process's signals, for a verification.
 */
import { setMaxListeners } from 'node:events';

class Stopped extends Error {}

export function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  // One for each command under way.
  setMaxListeners(0, controller.signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      process.stderr.write(`\n${signal}: stopping, and cleaning up\n`);
      controller.abort(new Stopped(`stopped by ${signal}`));
    });
  }
  return controller.signal;
}

/** Runs a command's main function; that it was stopped is told in one line. */
export async function endWell(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 130;
  }
}
