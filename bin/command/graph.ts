/**
 * sojourn graph: the journeys of an app, drawn as Mermaid, from what their functions carry in the synthesized template.
 *
 * Owns: finding them, and what is printed. The pictures are lib/journey/graph's. Nothing of a journey's code is run.
 */
import { resolve } from 'node:path';
import { declarationMetadata, definitionMetadata } from '../../lib/contract.js';
import type { DeclaredJourney } from '../../lib/journey/declared/form.js';
import type { JourneyDefinition } from '../../lib/journey/definition.js';
import { toMermaid } from '../../lib/journey/graph.js';
import { readAssembly } from '../../lib/sandbox/template/assembly.js';
import { Mistake } from './mistake.js';
import { synthesize } from './synthesize.js';

export interface GraphOptions {
  /** Undefined: all journeys of the app. */
  readonly journey: string | undefined;
  readonly assembly: string | undefined;
  readonly context: Readonly<Record<string, string>>;
  readonly verbose: boolean;
}

export async function graph(options: GraphOptions): Promise<void> {
  const assemblyDir =
    options.assembly === undefined
      ? await synthesize({ ...options, projectDir: process.cwd(), outDir: '.sojourn/graph' })
      : resolve(options.assembly);
  process.stdout.write(tellGraphs(graphsOf(assemblyDir), options.journey));
}

/** @returns journey id -> its picture, in the order of the ids. */
export function graphsOf(assemblyDir: string): Readonly<Record<string, string>> {
  const resources = readAssembly(assemblyDir).stacks.flatMap(({ template }) => Object.values(template.Resources ?? {}));
  const found = resources.flatMap(({ Metadata = {} }): [string, string][] => {
    const definition = Metadata[definitionMetadata] as JourneyDefinition | undefined;
    if (definition === undefined) return [];
    return [[definition.id, toMermaid(definition, Metadata[declarationMetadata] as DeclaredJourney | undefined)]];
  });
  return Object.fromEntries(found.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** One picture as it is, ready for a tool; several as Markdown, each with its journey's id as heading. */
export function tellGraphs(graphs: Readonly<Record<string, string>>, journey: string | undefined): string {
  const ids = Object.keys(graphs);
  if (journey === undefined) return ids.map((id) => `## ${id}\n\n${fenced(graphs[id]!)}\n`).join('\n');
  if (!Object.hasOwn(graphs, journey)) {
    throw new Mistake(`the app has no journey ${journey}. It has: ${ids.join(', ') || 'none'}`);
  }
  return `${graphs[journey]}\n`;
}

/** As GitHub and many others draw it within a page. */
export function fenced(picture: string): string {
  return `\`\`\`mermaid\n${picture}\n\`\`\``;
}
