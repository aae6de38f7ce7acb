/** docs/aws-cli.md is read block by block, and an answer that differs from it is noticed. (`npm run verify:cli` runs them.) */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { models } from '../../lib/sandbox/models/requests.js';
import { differenceOf, readBlocks } from './page-blocks.js';

const page = readFileSync(path.resolve(__dirname, '../../docs/aws-cli.md'), 'utf8');
const block = (kind: 'json' | 'text', text: string) => ({ line: 1, commands: 'x', answer: { kind, text } });

test('the page has the commands that the sandbox promises, each with its answer', () => {
  const blocks = readBlocks(page);
  const commands = blocks.map((one) => one.commands).join('\n');
  for (const command of ['events put-events', 'scheduler list-schedules', 'dynamodb query', 'sqs receive-message']) {
    expect(commands).toContain(`aws ${command}`);
  }
  expect(blocks.filter(({ answer }) => answer === undefined)).toHaveLength(1);
});

test('the page’s table names every operation of the models, or the file that does', () => {
  const rows = {
    EventBridge: 'events',
    Scheduler: 'scheduler',
    DynamoDB: 'dynamodb',
    'SES v2': 'ses',
    CloudFormation: 'cloudformation',
  } as const;
  for (const [title, service] of Object.entries(rows)) {
    const row = page.split('\n').find((line) => line.startsWith(`| ${title} |`));
    const named = row!.split('|')[3]!.trim().split(', ').sort();
    expect(named).toEqual(Object.keys(models[service].operations).sort());
  }
});

test('an answer is what the page says, with ... for anything', () => {
  expect(
    differenceOf(block('json', '{"a": "x...z", "b": ["..."], "c": 1}'), '{"a":"xyz","b":[{"d":1}],"c":1}'),
  ).toBeUndefined();
  expect(differenceOf(block('text', 'An error ...\nof many'), 'An error of one or of many')).toBeUndefined();
  expect(differenceOf({ line: 1, commands: 'x', answer: undefined }, '')).toBeUndefined();
});

test.each<['json' | 'text', string, string]>([
  ['json', '{"a": 1}', '{"a": 2}'],
  ['json', '{"a": 1}', '{"a": 1, "b": 2}'],
  ['json', '{"a": 1, "b": "..."}', '{"a": 1}'],
  ['json', '["x..."]', '["yx"]'],
  ['json', '["..."]', '[]'],
  ['json', '{}', 'An error occurred'],
  ['json', '{}', ''],
  ['text', 'An error', 'An error occurred'],
  ['text', 'a.c', 'abc'],
])('fails when the page says %s %s and the command %s', (kind, text, got) => {
  expect(differenceOf(block(kind, text), got)).toContain('the page says');
});

test('fails when a command says something of which the page knows nothing', () => {
  expect(differenceOf({ line: 1, commands: 'x', answer: undefined }, 'An error')).toContain('the page says nothing');
});
