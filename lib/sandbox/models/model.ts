/**
 * The form in which the constraints of AWS's public service models lie here (dynamodb.ts, events.ts, ...: generated).
 *
 * Owns: the types. Must not know: a service, what is done with a violation.
 * Invariant: a shape is named, and only what the input of an operation reaches is there.
 */

export interface StringShape {
  readonly type: 'string';
  readonly min?: number;
  readonly max?: number;
  /** As the model has it, in Java's dialect; the generator lets through only what JavaScript reads alike. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

export interface NumberShape {
  readonly type: 'integer' | 'long' | 'float' | 'double';
  readonly min?: number;
  readonly max?: number;
}

/** A blob is text in base64 on the wire; its bounds count bytes. */
export interface PlainShape {
  readonly type: 'boolean' | 'timestamp' | 'blob';
  readonly min?: number;
  readonly max?: number;
}

export interface ListShape {
  readonly type: 'list';
  readonly member: string;
  readonly min?: number;
  readonly max?: number;
}

export interface MapShape {
  readonly type: 'map';
  readonly key: string;
  readonly value: string;
  readonly min?: number;
  readonly max?: number;
}

/** A member that is not in the body: in the path, the query or a header, and how it is called there. */
export interface BoundMember {
  readonly shape: string;
  readonly in: 'uri' | 'querystring' | 'header' | 'payload';
  readonly as: string;
}

export interface StructureShape {
  readonly type: 'structure';
  readonly required?: readonly string[];
  readonly members: Readonly<Record<string, string | BoundMember>>;
}

export type Shape = StringShape | NumberShape | PlainShape | ListShape | MapShape | StructureShape;

export interface Operation {
  readonly method: string;
  /** Path, with its members in braces; `/` for the services that name the operation in a header. */
  readonly uri: string;
  /** Name of the structure that it takes. */
  readonly input: string;
}

export interface ServiceModel {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

export function shapeNameOf(member: string | BoundMember): string {
  return typeof member === 'string' ? member : member.shape;
}
