/**
 * A value as AWS repeats it in an error: as Java prints it.
 *
 * Owns: that notation. Must not know: what is wrong with the value.
 */

import { type ServiceModel, shapeNameOf } from './model.js';

/** Members that the service prints although its public model has not got them (seen in EventBridge's answers). */
const unpublished: Readonly<Record<string, readonly string[]>> = {
  PutEventsRequestEntry: ['kmsKeyIdentifier', 'internalMetadata'],
};

/** Longer values are cut: an error of a megabyte helps nobody. */
const longest = 20_000;

export function shown(shapes: ServiceModel['shapes'], shapeName: string, value: unknown): string {
  const text = written(shapes, shapeName, value);
  return text.length <= longest ? text : `${text.slice(0, longest)}...`;
}

function written(shapes: ServiceModel['shapes'], shapeName: string, value: unknown): string {
  const shape = shapes[shapeName];
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) {
    const member = shape?.type === 'list' ? shape.member : '';
    return `[${value.map((item) => written(shapes, member, item)).join(', ')}]`;
  }
  const given = value as Record<string, unknown>;
  if (shape?.type !== 'structure') {
    const of = shape?.type === 'map' ? shape.value : '';
    return `{${Object.entries(given)
      .map(([key, item]) => `${key}=${written(shapes, of, item)}`)
      .join(', ')}}`;
  }
  const members = Object.entries(shape.members).map(
    ([name, member]) =>
      `${name.charAt(0).toLowerCase()}${name.slice(1)}=${written(shapes, shapeNameOf(member), given[name] ?? null)}`,
  );
  const more = (unpublished[shapeName] ?? []).map((name) => `${name}=null`);
  return `${shapeName}(${[...members, ...more].join(', ')})`;
}
