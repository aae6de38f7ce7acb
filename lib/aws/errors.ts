/**
 * The coded errors of the AWS room: what cannot be understood or done here, and how to mend it.
 *
 * Thrown, never returned: the invocation fails, Lambda brings its cause back, and in the end it is kept as a dead letter.
 * A message names places and codes, never an event's data.
 */
export type AdapterErrorCode =
  | 'MissingVariable'
  | 'InvalidVariable'
  | 'UnknownDelivery'
  | 'ForeignItem'
  | 'RecordVanished'
  | 'DocumentTooLarge'
  | 'PublishFailed';

export class AdapterError extends Error {
  readonly code: AdapterErrorCode;

  constructor(
    code: AdapterErrorCode,
    parts: { readonly what: string; readonly got?: string; readonly expected: string; readonly fix: string },
  ) {
    const got = parts.got === undefined ? '' : ` Got: ${parts.got}.`;
    super(`${parts.what}${got} Expected: ${parts.expected}. Fix: ${parts.fix}. [${code}]`);
    this.name = code;
    this.code = code;
  }
}
