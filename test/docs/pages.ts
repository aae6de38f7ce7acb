/**
 * Reads the project's Markdown pages: which there are, their code blocks, their headings and their links.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../tidy/source.js';

export interface Page {
  /** Relative to the repository, with forward slashes. */
  readonly file: string;
  readonly text: string;
}

export interface CodeBlock {
  /** What stands behind the fence, for example 'ts' or 'ts ignore'. */
  readonly info: string;
  readonly text: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
}

/** The pages at the top and all below docs. */
export function pages(): Page[] {
  const top = readdirSync(repository).filter((name) => name.endsWith('.md'));
  const below = (readdirSync(path.join(repository, 'docs'), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.split(path.sep).join('/')}`);
  return [...top, ...below].sort().map((file) => ({ file, text: readFileSync(path.join(repository, file), 'utf8') }));
}

export function codeBlocks({ text }: Pick<Page, 'text'>): CodeBlock[] {
  const fenced = /^(?<indent> *)(?<fence>`{3,})(?<info>[^\n`]*)\n(?<code>[\s\S]*?)^\k<indent>\k<fence>$/gm;
  return [...text.matchAll(fenced)].map((match) => ({
    info: match.groups?.info?.trim() ?? '',
    text: (match.groups?.code ?? '').replaceAll(new RegExp(`^${match.groups?.indent}`, 'gm'), ''),
    line: text.slice(0, match.index).split('\n').length + 1,
  }));
}

/** Targets of links and images, outside of code. */
export function links({ text }: Pick<Page, 'text'>): string[] {
  const targets = withoutCode(text).matchAll(/\]\(\s*<?(?<target>[^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g);
  return [...targets].map((match) => match.groups?.target ?? '');
}

/** The anchors of a page: of its headings, as GitHub makes them, and those that it names itself. */
export function anchors({ text }: Pick<Page, 'text'>): Set<string> {
  const seen = new Map<string, number>();
  const headings = text.replace(/^ *(`{3,})[\s\S]*?^ *\1$/gm, '').matchAll(/^#{1,6} (?<title>.+)$/gm);
  const named = [...text.matchAll(/<a id="(?<id>[^"]+)">/g)].map((match) => match.groups?.id ?? '');
  const titled = [...headings].map((match) => {
    const title = (match.groups?.title ?? '')
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .trim()
      .toLowerCase();
    const anchor = title.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
  return new Set([...titled, ...named]);
}

function withoutCode(text: string): string {
  return text
    .replace(/^ *(`{3,})[\s\S]*?^ *\1$/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/`[^`\n]+`/g, '');
}
