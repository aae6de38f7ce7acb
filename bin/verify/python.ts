/**
 * The Python tools of the verification: MiniStack and the AWS CLI, in a virtual environment of this repository.
 *
 * Owns: which Python will do, and what is installed (requirements.txt, every version pinned). Invariant: a virtual
 * environment is used only when its installation was finished with the very same requirements.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { output, runToEnd } from './command.js';

export interface PythonTools {
  readonly python: string;
  readonly aws: string;
}

export type FoundPython =
  | { readonly status: 'found'; readonly tools: PythonTools }
  | { readonly status: 'missing'; readonly why: string };

const requirements = path.join(path.dirname(fileURLToPath(import.meta.url)), 'requirements.txt');
const probeTimeoutMs = 20_000;
const installTimeoutMs = 600_000;
/** MiniStack and the AWS CLI need it, and `venv` and `ensurepip` are packages of their own on some systems. */
const probe = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 3)';

/** @param folder where the virtual environment lies. @throws CommandFailed when Python is there but the tools cannot be installed. */
export async function pythonTools(folder: string, stopped?: AbortSignal): Promise<FoundPython> {
  const environment = process.env;
  const python = process.env.PYTHON ?? 'python3';
  try {
    const { code } = await runToEnd(python, ['-c', probe], { environment, timeoutMs: probeTimeoutMs, stopped });
    if (code !== 0) return missing(python, code === 3 ? 'is older than 3.10' : 'has no venv or no ensurepip');
  } catch {
    return missing(python, 'cannot be started');
  }
  const venv = path.join(folder, 'venv');
  const tools = { python: path.join(venv, 'bin/python'), aws: path.join(venv, 'bin/aws') };
  const wanted = readFileSync(requirements, 'utf8');
  const marker = path.join(venv, 'installed.txt');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return { status: 'found', tools };
  rmSync(venv, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const install = { environment, timeoutMs: installTimeoutMs, stopped };
  await output(python, ['-m', 'venv', venv], install);
  await output(tools.python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], install);
  writeFileSync(marker, wanted);
  return { status: 'found', tools };
}

function missing(python: string, why: string): FoundPython {
  return { status: 'missing', why: `${python} ${why}; Python 3.10 or newer with venv is needed` };
}
