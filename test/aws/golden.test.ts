/**
 * Stored items outlive the code that wrote them: runs of several versions share a partition, and every version reads it whole
 * (docs/decisions/020). So what is stored may be added to, never changed: the items in golden/items.json were written once, and
 * today's code must read each as it was meant, and write the same document as the same item.
 *
 * When something new is stored, add an entry (`UPDATE_GOLDEN=1 npx jest test/aws/golden` writes the entries that are missing,
 * and only those). An entry that is there is never rewritten: a change that needs it breaks runs that live.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { claimItem, decodeClaim } from '../../lib/aws/claim-item.js';
import { decodeEvent, decodeRun, eventItem, type Item, isRunItem, runItem } from '../../lib/aws/item.js';
import type { Claim, EventRecord, RunDocument } from '../../lib/engine/stored/document.js';
import { goldenClaims, goldenEvents, goldenRuns } from './golden/documents.js';

interface Golden {
  readonly item: Item;
  /** The document as JSON, its steps as a list of entries. */
  readonly document: unknown;
}

const file = path.join(__dirname, 'golden', 'items.json');
const golden = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Golden>;
type Stored = RunDocument | EventRecord | Claim;
const documents: Readonly<Record<string, Stored>> = { ...goldenRuns, ...goldenEvents, ...goldenClaims };

const isRun = (document: Stored): document is RunDocument => 'steps' in document;
const isClaim = (document: Stored): document is Claim => 'holder' in document;
const encoded = (document: Stored): Item => {
  if (isClaim(document)) return claimItem(document);
  return isRun(document) ? runItem(document) : eventItem(document);
};
const decoded = (item: Item): Stored => {
  if (item.sk?.S === 'claim') return decodeClaim(item);
  return isRunItem(item) ? decodeRun(item) : decodeEvent(item);
};
const asJson = (document: Stored): unknown =>
  JSON.parse(JSON.stringify(isRun(document) ? { ...document, steps: [...document.steps] } : document));

if (process.env.UPDATE_GOLDEN === '1') {
  for (const [name, document] of Object.entries(documents))
    golden[name] ??= { item: encoded(document), document: asJson(document) };
  writeFileSync(file, `${JSON.stringify(golden, undefined, 2)}\n`);
}

test('every document that is written here has its golden item, and the other way round', () => {
  expect(Object.keys(golden).sort()).toEqual(Object.keys(documents).sort());
});

describe.each(Object.entries(golden))('an item of old: %s', (name, { item, document }) => {
  test('is read as it was meant', () => {
    expect(asJson(decoded(item))).toEqual(document);
  });

  test('is written the same today, to the byte', () => {
    expect(JSON.stringify(encoded(documents[name]!))).toBe(JSON.stringify(item));
  });
});
