/** The table of rights in SECURITY.md is what the constructs grant, statement by statement, with everything switched on. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Journey, JourneyHub, JourneyStep } from 'sojourn/cdk';
import { entryDirectory, lead } from '../stack/entry-files.js';
import { repository } from '../tidy/source.js';

const entries = entryDirectory();

interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
}

/** `function OwnRuns: dynamodb:GetItem, ...` */
function granted(): string[] {
  const stack = new Stack(new App(), 'Shop');
  const hub = new JourneyHub(stack, 'Hub', { encryptionKey: new kms.Key(stack, 'Key') });
  new Journey(stack, 'Lead', { hub, entry: entries.write('lead.ts', lead), tracing: true });
  new Journey(stack, 'Declared', {
    hub,
    trigger: { event: 'order/placed' },
    steps: [JourneyStep.invoke('tell', { fn: lambda.Function.fromFunctionName(stack, 'Teller', 'teller') })],
  });
  const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  const lines = policies.flatMap(([id, { Properties }]) => {
    const role = /Redriver/.test(id) ? 'redriver' : /SchedulerRole/.test(id) ? 'timers' : 'function';
    return (Properties.PolicyDocument.Statement as Statement[]).map(
      ({ Sid, Action }) => `${role} ${Sid}: ${[Action].flat().join(', ')}`,
    );
  });
  return [...new Set(lines)].sort();
}

function told(): string[] {
  const page = readFileSync(path.join(repository, 'SECURITY.md'), 'utf8');
  const [, table = ''] = /<!-- statements -->\n([\s\S]*?)<!-- end -->/.exec(page) ?? [];
  const rows = table.trim().split('\n').slice(2);
  return rows
    .map((row) => row.split('|').map((cell) => cell.trim()))
    .map(([, role, sid, actions]) => `${role} ${sid}: ${actions}`)
    .sort();
}

test('SECURITY.md tells each statement of each role, and none that there is not', () => {
  expect(told()).toEqual(granted());
});
