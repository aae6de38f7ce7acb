/**
 * How plain code gets its turn in a Node process: the port `Turn` of the engine, for Lambda and for the test kit alike.
 *
 * Owns: the process's event loop and its unhandled rejections while a turn lasts. Imports nothing.
 * Why the latter: replay settles results one by one, so a branch that the author awaits later may reject before anyone
 * listens. In plain JavaScript that could not happen so early; here it must not end the process, which serves other runs.
 */

export const nodeTurn = {
  /** Lets everything that is ready run: one macrotask. */
  macrotask: (): Promise<void> => quietly((done) => setImmediate(done)),
  /** Waits a moment of real time. */
  moment: (ms: number): Promise<void> => quietly((done) => setTimeout(done, ms)),
};

let turns = 0;
let kept: NodeJS.UnhandledRejectionListener[] = [];

function quietly(begin: (done: () => void) => void): Promise<void> {
  if (turns === 0) silence();
  turns += 1;
  return new Promise((resolve) => {
    begin(() => {
      turns -= 1;
      if (turns === 0) speak();
      resolve();
    });
  });
}

/** Listeners of the runtime (Lambda's ends the process) step aside for the turn; adding one would not be enough. */
function silence(): void {
  kept = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', ignore);
}

function speak(): void {
  process.removeListener('unhandledRejection', ignore);
  for (const listener of kept) process.on('unhandledRejection', listener);
}

function ignore(): void {}
