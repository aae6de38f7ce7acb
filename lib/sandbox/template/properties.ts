/**
 * Reads the resolved properties of a CloudFormation resource with their types.
 *
 * Owns: the conversions (CloudFormation takes "3" for 3 and "true" for true).
 * Must not know: which resource it reads. Invariant: what is missing is undefined or empty, never an exception.
 */

export type Properties = Readonly<Record<string, unknown>>;

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(value: unknown, otherwise: number): number {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : otherwise;
}

export function recordOf(value: unknown): Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Properties) : {};
}

/** CloudFormation and IAM take one thing where they take a list of them. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
