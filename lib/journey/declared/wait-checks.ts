/**
 * What is wrong with the `if` and the `match` of a declared wait, before any run comes to it.
 *
 * Owns: these checks; a wait in code is checked at its step. Like written-checks.ts it is in no deployed bundle: synth has asked it.
 */
import type { JourneyDefinition } from '../definition.js';
import { JourneyError } from '../errors.js';
import { type Correlation, eventFilter } from '../filter/filter.js';
import { assertFilter } from '../filter/filter-assert.js';
import { assertWaitFound, findingOf } from '../filter/wait-finding.js';
import type { DeclaredWait } from './form.js';

/** @throws JourneyError InvalidFilter, UnsupportedMatch, InvalidDeclaration */
export function assertWaits(definition: JourneyDefinition, waits: readonly DeclaredWait[]): void {
  for (const wait of waits) {
    assertMatch(definition, wait);
    if (wait.if !== undefined) assertIf(definition, wait, wait.if);
  }
}

function assertIf(definition: JourneyDefinition, { id, event, match }: DeclaredWait, text: string): void {
  const what = `wait '${id}'`;
  const filter = eventFilter(text, what);
  assertFilter(text, ['event', 'async'], what);
  for (const trigger of definition.triggers) {
    const finding = findingOf(definition, trigger.event, { event, match }, filter);
    if (match === undefined) assertWaitFound(filter, finding, id, matching);
  }
}

/** It declares itself, so a match is all that is missing. */
function matching({ trigger, incoming }: Correlation): string {
  const match = trigger === incoming ? `'${incoming}'` : `{ '${incoming}': '$.trigger.${trigger}' }`;
  return `write match: ${match}`;
}

/** A value at the key's path could only be the key's own: it finds no other run. */
function assertMatch({ keyPaths, waitsFor }: JourneyDefinition, { id, event, match }: DeclaredWait): void {
  if (typeof match !== 'object' || match === null) return;
  const [path, ...more] = Object.keys(match);
  if (path !== undefined && more.length === 0 && !(waitsFor.includes(event) && keyPaths?.[event] === path)) return;
  throw new JourneyError('InvalidDeclaration', {
    what: `The match of wait '${id}' cannot be used.`,
    got: match,
    expected: "one path of the event, which is not the key's, with its value",
    fix: "write for example match: { 'data.payment_id': '$.steps.pay.result.id' }, or leave it out for the key",
  });
}
