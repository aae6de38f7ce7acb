/** Our own rules: the app keeps them, and each finds the mistake that it is there for. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { appAssembly } from '../e2e/assembly.js';
import { builtInFindings, ownFindings, ownRules, type TemplateDocument } from './engine.js';
import { mistakes, Spoilable } from './mistakes.js';

let whole: TemplateDocument;
/** Two journeys and what they share: enough for every mistake, and quicker. */
let two: TemplateDocument;

beforeAll(async () => {
  whole = JSON.parse(readFileSync(path.join(await appAssembly(), 'Sojourn.template.json'), 'utf8'));
  const kept = Object.entries(whole.Resources).filter(([id]) => /^(?:Journeys|AbandonedCart|CartWeek)/.test(id));
  two = { Resources: Object.fromEntries(kept) };
});

/** `W3005`: the CDK lets a function depend on its role and on its policy by name; it also refers to the role. Harmless, not ours. */
const accepted = ['W3005'];

test('the app breaks none of our rules', () => {
  expect(ownFindings(whole)).toEqual([]);
});

test('the app breaks no built-in rule of the engine, warnings included', () => {
  expect(builtInFindings(whole).filter(({ rule }) => !accepted.includes(rule))).toEqual([]);
});

const fn = 'AWS::Lambda::Function';
const rule = 'AWS::Events::Rule';

test.each([
  ['a time out of range', fn, { Timeout: 9_999 }, 'F3034'],
  ['a runtime that is gone', fn, { Runtime: 'nodejs16.x' }, 'W2531'],
  ['a property that does not exist', rule, { Patern: {} }, 'F3002'],
  ['a reference to nothing', rule, { EventBusName: { Ref: 'No' } }, 'F1020'],
  ['an operator that patterns do not have', rule, { EventPattern: { source: [{ exits: false }] } }, 'E9014'],
])('fails when the template has %s (built in)', (_what, type, properties, found) => {
  const template = structuredClone(two);
  Object.assign(new Spoilable(template).the(type).Properties, properties);
  expect(builtInFindings(template).map((finding) => finding.rule)).toContain(found);
});

test('cdk.json turns the findings of the CDK’s own validator into errors', () => {
  const { context } = JSON.parse(readFileSync(path.join(__dirname, '../../cdk.json'), 'utf8'));
  expect(context['@aws-cdk/core:validateAgainstDefaultRules']).toBe(true);
});

describe('a check of the template', () => {
  test('has at least one seeded mistake for each of our rules', () => {
    expect([...new Set(mistakes.map(({ rule }) => rule))].sort()).toEqual(ownRules());
  });

  test.each(mistakes)('fails when $when ($rule)', ({ rule, spoil }) => {
    const template = structuredClone(two);
    spoil(new Spoilable(template));
    expect(new Set(ownFindings(template).map((finding) => finding.rule))).toEqual(new Set([rule]));
  });
});
