/** The list of proofs is whole: `npm run prove` really makes the changes and sees the tests fail. */
import { readFileSync } from 'node:fs';
import { proofs, provenFiles } from './mutations.js';

const texts = provenFiles.map((file) => readFileSync(file, 'utf8'));
const titles = texts.flatMap((text) =>
  [...text.matchAll(/^ *test\('(.+)', (?:async )?\(/gm)].map(([, title]) => title!),
);

test('every named test has a change that it fails with, and every change a test', () => {
  const proven = proofs.flatMap(({ tests }) => tests);
  expect(titles.length).toBeGreaterThan(70);
  expect(titles.filter((title) => !proven.includes(title))).toEqual([]);
  expect(proven.filter((title) => !titles.includes(title))).toEqual([]);
});

test('the comment above a named test names its change and the file', () => {
  const silent = proofs.flatMap(({ name, file, tests }) =>
    tests.filter((title) => {
      const before = texts.find((text) => text.includes(`test('${title}'`))?.split(`test('${title}'`)[0] ?? '';
      return !before.split('\n').slice(-4).join('\n').includes(`// Fails with: ${name} (${file}).`);
    }),
  );
  expect(silent).toEqual([]);
});

test.each(proofs.map((proof) => [proof.name, proof] as const))('the change still applies: %s', (_name, proof) => {
  const text = readFileSync(proof.file, 'utf8');
  expect(proof.changes.filter(([from]) => !text.includes(from))).toEqual([]);
});
