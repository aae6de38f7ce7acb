/**
 * Runs inside a worker thread, before a function's bundle: one Lambda execution environment.
 *
 * Owns: the global Date (it follows the sandbox's clock), loading the handler, calling it, its output.
 * Must not know: anything of the sandbox but the messages below and the clock's memory (clock.ts: [0] instant or offset
 * in ms, [1] 1 when running). Plain CommonJS, because it runs as it is: no loader, no build.
 *
 * In:  { kind: 'invoke', requestId, payload (JSON text), functionArn, remainingMs }
 * Out: { kind: 'ready' } | { kind: 'log', line } | { kind: 'done', requestId, result (JSON text) }
 *      | { kind: 'failed', requestId, error: { errorType, errorMessage, trace } }
 */

const { isMainThread, parentPort, workerData } = require('node:worker_threads');

if (isMainThread) {
  // Whoever imports this file learns where it lies; a path is all that a Worker takes.
  module.exports = { bootPath: __filename };
} else {
  run(workerData);
}

function run({ clock, entryFile, exportName, context }) {
  followClock(new BigInt64Array(clock));
  captureOutput();
  const handler = loadHandler(entryFile, exportName);
  handler.then(
    () => parentPort.postMessage({ kind: 'ready' }),
    // Each invocation reports the failure; here it is only kept from ending the thread.
    () => parentPort.postMessage({ kind: 'ready' }),
  );
  parentPort.on('message', (message) => void invoke(handler, message, context));
}

/** Replaces the global Date. setTimeout, performance.now and what the SDK waits for stay real. */
function followClock(words) {
  const RealDate = Date;
  const now = () => {
    const word = Number(Atomics.load(words, 0));
    return Atomics.load(words, 1) === 1n ? RealDate.now() + word : word;
  };
  function VirtualDate(...args) {
    if (new.target === undefined) return new RealDate(now()).toString();
    return Reflect.construct(RealDate, args.length === 0 ? [now()] : args, new.target);
  }
  Object.defineProperty(VirtualDate, 'name', { value: 'Date' });
  Object.defineProperty(VirtualDate, 'length', { value: 7 });
  VirtualDate.now = now;
  VirtualDate.parse = RealDate.parse;
  VirtualDate.UTC = RealDate.UTC;
  VirtualDate.prototype = RealDate.prototype;
  RealDate.prototype.constructor = VirtualDate;
  globalThis.Date = VirtualDate;
}

/** Output goes the same way as results, so that a line never comes after the end of its invocation. */
function captureOutput() {
  for (const stream of [process.stdout, process.stderr]) {
    let rest = '';
    stream.write = (chunk, encoding, callback) => {
      const lines = (rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))).split('\n');
      rest = lines.pop();
      for (const line of lines) parentPort.postMessage({ kind: 'log', line });
      const done = typeof encoding === 'function' ? encoding : callback;
      if (typeof done === 'function') queueMicrotask(done);
      return true;
    };
  }
}

async function loadHandler(entryFile, exportName) {
  const exported = entryFile.endsWith('.mjs')
    ? await import(require('node:url').pathToFileURL(entryFile).href)
    : await loadScript(entryFile);
  const handler = exported[exportName] ?? exported.default?.[exportName];
  if (typeof handler === 'function') return handler;
  throw Object.assign(new Error(`${exportName} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' });
}

/** A bundle has no package.json above it in Lambda; here the project's own would decide what a .js file is. */
async function loadScript(file) {
  const { existsSync, readFileSync } = require('node:fs');
  const { dirname, join } = require('node:path');
  const manifest = join(dirname(file), 'package.json');
  if (!file.endsWith('.cjs') && existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).type === 'module') {
    return import(require('node:url').pathToFileURL(file).href);
  }
  const Module = require('node:module');
  const script = new Module(file);
  script.filename = file;
  script.paths = Module._nodeModulePaths(dirname(file));
  script._compile(readFileSync(file, 'utf8'), file);
  return script.exports;
}

async function invoke(handlerLoaded, { requestId, payload, functionArn, remainingMs }, fixed) {
  const deadline = performance.now() + remainingMs;
  const context = {
    ...fixed,
    awsRequestId: requestId,
    invokedFunctionArn: functionArn,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  };
  try {
    const handler = await handlerLoaded;
    const result = await handler(JSON.parse(payload), context);
    parentPort.postMessage({ kind: 'done', requestId, result: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    parentPort.postMessage({ kind: 'failed', requestId, error: describe(error) });
  }
}

function describe(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: String(error.stack ?? '').split('\n') };
}
