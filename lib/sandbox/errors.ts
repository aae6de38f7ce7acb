/**
 * What can go wrong before a sandbox runs: mistakes of its user, each said in one clear line.
 *
 * Owns: the error's type and its codes. Must not know: who throws it.
 */

export type SandboxErrorCode = 'BadAssembly' | 'BadTemplate' | 'PortInUse';

export class SandboxError extends Error {
  constructor(
    readonly code: SandboxErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'SandboxError';
  }
}
