/**
 * MiniStack, an emulator of AWS that we did not write, started for one run on loopback and ended with it.
 *
 * Owns: its process, its port, its certificate and its temporary folder. Knows nothing of Sojourn.
 * Invariants: it runs with AUTH, so that signatures and the policies of roles are judged (and with TLS, which the CDK's
 * bucket policy demands); it ends when we end, however we end (its wrapper watches our pipe).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { createServer } from 'node:net';
import path from 'node:path';
import { endGroup, output } from './command.js';
import type { PythonTools } from './python.js';

export interface SentMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
}

export interface MiniStack {
  readonly url: string;
  /** The certificate authority of this run. */
  readonly ca: string;
  /** What a program needs to reach it, and to reach nothing else: no credentials, no settings of this machine's user. */
  readonly environment: NodeJS.ProcessEnv;
  mails(): Promise<SentMail[]>;
  log(): string;
  stop(): Promise<void>;
}

export const emulatorAccount = '000000000000';
export const emulatorRegion = 'us-east-1';

const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;
const pollMs = 200;

/** Ends the whole process group when the pipe to its parent closes: a killed parent leaves nothing behind. */
const wrapper = `
import os, runpy, signal, sys, threading
def watch():
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=watch, daemon=True).start()
runpy.run_module("ministack.app", run_name="__main__")
`;

/** A folder for this run alone. Those of runs that were killed go. */
export function runFolder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const pid = Number(/^run-(\d+)$/.exec(name)?.[1] ?? process.pid);
    if (!isAlive(pid)) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
  return path.join(folder, `run-${process.pid}`);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** @param folder it is removed at the end. @throws Error when it does not get ready. */
export async function startMiniStack(tools: PythonTools, folder: string): Promise<MiniStack> {
  const home = path.join(folder, 'home');
  const temporary = path.join(folder, 'tmp');
  for (const made of [home, temporary]) mkdirSync(made, { recursive: true });
  // Its workers are CommonJS, and would be taken for ES modules below our package.json.
  writeFileSync(path.join(folder, 'package.json'), '{"type":"commonjs"}');
  const certificates = path.join(folder, 'certificates');
  mkdirSync(certificates);
  const make = ['-m', 'trustme', '--quiet', '--dir', certificates, '--identities', '127.0.0.1', 'localhost'];
  await output(tools.python, make, { environment: process.env, timeoutMs: startTimeoutMs });
  const caFile = path.join(certificates, 'client.pem');
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const environment = environmentOf({ url, caFile, home, temporary });
  const child = spawn(tools.python, ['-c', wrapper], {
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...environment,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      AUTH: 'true',
      CLOUDTRAIL_RECORDING: '1',
      USE_SSL: '1',
      MINISTACK_SSL_CERT: path.join(certificates, 'server.pem'),
      MINISTACK_SSL_KEY: path.join(certificates, 'server.key'),
      IOT_MTLS_ENABLED: '0',
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
    });
  }
  const ca = readFileSync(caFile, 'utf8');
  const get = getter(url, ca);
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(child, () => get('/_ministack/health'));
  } catch (error) {
    await stop();
    throw new Error(`MiniStack did not start: ${(error as Error).message}\n${log}`);
  }
  return {
    url,
    ca,
    environment,
    mails: async () => mailsOf(await get('/_ministack/ses/messages')),
    log: () => log,
    stop,
  };
}

function environmentOf(place: { url: string; caFile: string; home: string; temporary: string }): NodeJS.ProcessEnv {
  const none = path.join(place.home, 'none');
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: place.home,
    TMPDIR: place.temporary,
    AWS_ENDPOINT_URL: place.url,
    AWS_ENDPOINT_URL_S3: place.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: emulatorRegion,
    AWS_DEFAULT_REGION: emulatorRegion,
    AWS_CONFIG_FILE: none,
    AWS_SHARED_CREDENTIALS_FILE: none,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CA_BUNDLE: place.caFile,
    NODE_EXTRA_CA_CERTS: place.caFile,
    NODE_NO_WARNINGS: '1',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function ready(child: ChildProcess, health: () => Promise<unknown>): Promise<void> {
  const untilMs = Date.now() + startTimeoutMs;
  while (true) {
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
    try {
      await health();
      return;
    } catch (error) {
      if (Date.now() > untilMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const over = new Promise((resolve) => child.once('exit', resolve));
    endGroup(child, 'SIGTERM');
    const timer = setTimeout(() => endGroup(child, 'SIGKILL'), stopTimeoutMs);
    await over;
    clearTimeout(timer);
  }
  // The workers of functions are in its group, and may outlive it for a moment.
  endGroup(child, 'SIGKILL');
}

function getter(url: string, ca: string) {
  const agent = new Agent({ ca });
  return (route: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      request(`${url}${route}`, { agent, timeout: 5_000 }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(body));
          else reject(new Error(`${route}: ${response.statusCode} ${body}`));
        });
      })
        .once('error', reject)
        .end();
    });
}

function mailsOf(body: unknown): SentMail[] {
  const { messages } = body as { messages: Record<string, { Source: string; To: string[]; Subject: string }[]> };
  return Object.values(messages)
    .flat()
    .map(({ Source, To, Subject }) => ({ from: Source, to: To, subject: Subject }));
}
