/** cdk-nag's AwsSolutions: nothing is found in our constructs that is not answered; what an author adds still is. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Journey, JourneyHub } from 'sojourn/cdk';

interface Made {
  readonly app: App;
  readonly journey: Journey;
}

const outputs: string[] = [];
afterAll(() => {
  for (const output of outputs) rmSync(output, { recursive: true, force: true });
});

function make({ withKey = false, tracing = false, apart = false, references = 'strong' } = {}): Made {
  const outdir = mkdtempSync(path.join(tmpdir(), 'sojourn-nag-'));
  outputs.push(outdir);
  // Without the CDK's own validator, which rules.slow.test.ts runs: it takes seconds.
  const app = new App({
    outdir,
    builtinCloudFormationValidation: false,
    context: { '@aws-cdk/core:defaultCrossStackReferences': references },
  });
  const stack = new Stack(app, 'Shop');
  const hubStack = apart ? new Stack(app, 'Platform') : stack;
  const key = withKey && { encryptionKey: new kms.Key(hubStack, 'Key', { enableKeyRotation: true }) };
  const hub = new JourneyHub(hubStack, 'Hub', { ...key });
  return { app, journey: new Journey(stack, 'Cart', { hub, entry: 'lambda/abandoned-cart.ts', tracing }) };
}

interface Report {
  readonly violations: readonly { readonly ruleName: string }[];
  readonly suppressedViolations?: readonly { readonly ruleName: string; readonly reason: string }[];
}

/** Synthesizes with the checks, as any app would. */
function check({ app }: Made): Report {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  try {
    app.synth();
  } catch (error) {
    if (!String(error).includes('ValidationFailed') && !/Validation failed/.test(String(error))) throw error;
  }
  const report = JSON.parse(readFileSync(path.join(app.outdir, 'validation-report.json'), 'utf8'));
  return report.pluginReports.find(({ pluginName }: { pluginName: string }) => pluginName === 'AwsSolutions');
}

function found(made: Made): string[] {
  return check(made).violations.map(({ ruleName }) => ruleName);
}

test('finds nothing unanswered in a hub and its journey', () => {
  expect(found(make())).toEqual([]);
});

test.each(['strong', 'weak'])('finds nothing unanswered with %s references to a hub in another stack', (references) => {
  expect(found(make({ apart: true, references }))).toEqual([]);
});

test('finds nothing unanswered when a key of the author’s encrypts', () => {
  expect(found(make({ withKey: true }))).toEqual([]);
});

test('finds nothing unanswered when X-Ray traces', () => {
  expect(found(make({ tracing: true }))).toEqual([]);
});

test('fails when an author grants a wildcard, even in the role of a journey', () => {
  const made = make();
  made.journey.grantPrincipal.addToPrincipalPolicy(
    new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }),
  );
  expect(found(made)).toEqual(['AwsSolutions-IAM5[Resource::*]']);
});

test('is told each reason in a sentence that a reviewer can judge', () => {
  const { suppressedViolations = [] } = check(make());
  expect(suppressedViolations.map(({ ruleName }) => ruleName.split('[')[0]).sort()).toEqual([
    'AwsSolutions-IAM5',
    'AwsSolutions-IAM5',
    'AwsSolutions-IAM5',
  ]);
  for (const { reason } of suppressedViolations) expect(reason).toMatch(/^.{80,}\.$/s);
});
