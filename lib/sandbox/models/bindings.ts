/**
 * The REST protocols: which operation a method and a path mean, and the input that path, query, headers and body make.
 *
 * Owns: routes and members, as the models bind them. Must not know: what operations do, who calls.
 * Invariant: the input has the names of the model whatever they are called on the wire, and numbers where it has numbers.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { BoundMember, ServiceModel } from './model.js';
import { type ModelledService, models } from './requests.js';

interface Route {
  readonly service: ModelledService;
  readonly operation: string;
  readonly method: string;
  readonly path: RegExp;
  /** The members that the path names, in order. */
  readonly pathMembers: readonly string[];
}

export interface BoundRequest {
  readonly service: ModelledService;
  readonly operation: string;
  /** What the path names: a schedule, a function. */
  readonly name: string;
  /** Undefined: the body is no JSON object. */
  readonly input: Readonly<Record<string, unknown>> | undefined;
}

const routes: readonly Route[] = (['lambda', 'scheduler', 'ses'] as const).flatMap((service) =>
  Object.entries(models[service].operations).map(([operation, { method, uri }]) => {
    const pathMembers = [...uri.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
    const path = new RegExp(`^${uri.replace(/\{\w+\}/g, '([^/]+)').replace(/\/$/, '')}/?$`);
    return { service, operation, method, path, pathMembers };
  }),
);

/** @param body parses the body; undefined where it is no JSON object. */
export function bindRequest(
  method: string,
  url: URL,
  headers: IncomingHttpHeaders,
  body: () => Record<string, unknown> | undefined,
): BoundRequest | undefined {
  for (const route of routes) {
    const match = method === route.method ? route.path.exec(url.pathname) : null;
    if (match === null) continue;
    const inPath = Object.fromEntries(route.pathMembers.map((name, at) => [name, decoded(match[at + 1]!)]));
    const input = inputOf(route, inPath, url.searchParams, headers, body);
    return { service: route.service, operation: route.operation, name: Object.values(inPath)[0] ?? '', input };
  }
  return undefined;
}

function inputOf(
  { service, operation }: Route,
  inPath: Readonly<Record<string, string>>,
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
  body: () => Record<string, unknown> | undefined,
): Record<string, unknown> | undefined {
  const model: ServiceModel = models[service];
  const shape = model.shapes[model.operations[operation]!.input]!;
  const members = shape.type === 'structure' ? Object.entries(shape.members) : [];
  const bound = members.filter((entry): entry is [string, BoundMember] => typeof entry[1] !== 'string');
  // A body that is a member of its own (what a function is given) is nobody's business here.
  const inBody = bound.some(([, member]) => member.in === 'payload') ? {} : body();
  if (inBody === undefined) return undefined;
  const elsewhere = bound.flatMap(([name, member]) => {
    const text = textOf(member, inPath, query, headers);
    return text === undefined ? [] : [[name, typed(model, member.shape, text)] as const];
  });
  // A member that belongs elsewhere is not looked for in the body.
  const own = Object.entries(inBody).filter(([name]) => !bound.some(([member]) => member === name));
  return Object.fromEntries([...own, ...elsewhere]);
}

function textOf(
  { in: place, as }: BoundMember,
  inPath: Readonly<Record<string, string>>,
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
): string | undefined {
  if (place === 'uri') return inPath[as];
  if (place === 'querystring') return query.get(as) ?? undefined;
  const header = place === 'header' ? headers[as.toLowerCase()] : undefined;
  return typeof header === 'string' ? header : undefined;
}

/** Text that is no number stays text: the model then refuses its type. */
function typed(model: ServiceModel, shapeName: string, text: string): unknown {
  const type = model.shapes[shapeName]!.type;
  return (type === 'integer' || type === 'long') && /^-?\d+$/.test(text) ? Number(text) : text;
}

/** A path that is badly encoded names what it says. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
