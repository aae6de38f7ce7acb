/**
 * An error that a service answers with, before it has taken a protocol's shape (wire.ts).
 *
 * Owns: code, text and HTTP status. Must not know: services, protocols.
 */

export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
    this.name = 'AwsError';
  }
}

/** The constraint errors of AWS's generated front ends. */
export function constraintError(violations: readonly string[]): AwsError {
  const count = `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected`;
  return new AwsError('ValidationException', `${count}: ${violations.join('; ')}`);
}
