/** bin/app.ts, run as the CDK's CLI runs it: what is deployed, with the CDK's own validation. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';

const repository = path.resolve(__dirname, '../..');

interface Synthesized {
  readonly status: number | null;
  readonly stderr: string;
  readonly template: Template;
  readonly report:
    | {
        readonly pluginReports: readonly {
          readonly pluginName: string;
          readonly conclusion: string;
          readonly violations: readonly { readonly ruleName: string }[];
        }[];
      }
    | undefined;
}

/** Synthesizes the app in a process of its own, without network variables, credentials or a home directory. */
function synthesize(context: Record<string, string> = {}, validation = false): Synthesized {
  const outdir = mkdtempSync(path.join(tmpdir(), 'sojourn-app-'));
  try {
    const flags = JSON.parse(readFileSync(path.join(repository, 'cdk.json'), 'utf8')).context;
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
      cwd: repository,
      env: {
        PATH: process.env.PATH,
        CDK_OUTDIR: outdir,
        CDK_CONTEXT_JSON: JSON.stringify({ ...flags, ...context }),
        ...(!validation && { CDK_VALIDATION: 'false' }),
      },
      encoding: 'utf8',
    });
    const read = (name: string) => JSON.parse(readFileSync(path.join(outdir, name), 'utf8'));
    return {
      status,
      stderr,
      template: status === 0 ? Template.fromJSON(read('Sojourn.template.json')) : Template.fromJSON({}),
      report: validation && status === 0 ? read('validation-report.json') : undefined,
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

describe('the app', () => {
  const { status, template, report } = synthesize({}, true);

  test('passes the CDK’s own validation, and warns of nothing but the missing sender', () => {
    expect(status).toBe(0);
    // A plugin that found nothing, as the CDK's own validator, is not in the report; cdk-nag is, by what is acknowledged.
    const conclusions = report?.pluginReports.map(({ pluginName, conclusion }) => `${pluginName}: ${conclusion}`);
    expect(conclusions).toEqual(['AwsSolutions: success', 'Construct Annotations: success']);
    const unanswered = report?.pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName));
    expect(unanswered).toEqual(['Annotation::sojourn:sender']);
  });

  test('deploys the five journeys, each with its function and its rule', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    expect(functions.map(({ Properties }) => Properties.Environment.Variables.SOJOURN_JOURNEY)).toEqual([
      undefined, // The redriver.
      'abandoned-cart',
      'cart-week',
      'activation',
      'sales-follow-up',
      'win-back',
    ]);
    const rules = Object.values(template.findResources('AWS::Events::Rule'));
    expect(rules.map(({ Properties }) => Properties.EventPattern['detail-type'])).toEqual([
      ['cart/product.added', 'cart/purchased'],
      ['basket/product.added', 'basket/purchased'],
      ['user/signed.up', 'user/key.action'],
      ['lead/entered', 'sales/outreach.logged'],
      ['user/active'],
    ]);
  });

  test('shares one table, one bus and four queues of dead letters, and retains its data', () => {
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.resourceCountIs('AWS::Events::EventBus', 1);
    template.resourceCountIs('AWS::SQS::Queue', 4);
    template.allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Retain' });
    template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain' });
  });

  test('says where events go', () => {
    template.hasOutput('EventBusName', { Value: { Ref: Match.stringLikeRegexp('^JourneysBus') } });
    template.hasOutput('TableName', { Value: { Ref: Match.stringLikeRegexp('^JourneysRuns') } });
  });

  test('holds only what an emulator of AWS is likely to know', () => {
    const types = new Set(Object.values(template.toJSON().Resources).map((each) => (each as { Type: string }).Type));
    expect([...types].sort()).toEqual([
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::DynamoDB::Table',
      'AWS::Events::EventBus',
      'AWS::Events::Rule',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::Lambda::Alias',
      'AWS::Lambda::EventInvokeConfig',
      'AWS::Lambda::EventSourceMapping',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Lambda::Version',
      'AWS::Logs::LogGroup',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'AWS::Scheduler::ScheduleGroup',
    ]);
  });
});

describe('the app with its sales story declared', () => {
  const { status, template, report } = synthesize({ sales: 'declared', sender: 'shop@shop.example' }, true);

  test('passes the CDK’s own validation and warns of nothing', () => {
    expect(status).toBe(0);
    const unanswered = report?.pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName));
    expect(unanswered).toEqual([]);
  });

  test('sends that mail by a function of its own, which is all that the journey may invoke', () => {
    expect(mailStatements(template)).toHaveLength(5);
    const [mailer] = Object.keys(template.findResources('AWS::Lambda::Function')).filter((id) =>
      id.startsWith('Mailer'),
    );
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Sid: 'InvokeDeclaredFunctions', Resource: { 'Fn::GetAtt': [mailer, 'Arn'] } }),
        ]),
      },
    });
    template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain' });
  });

  test('fails the synth when the context value is neither', () => {
    const { status: failed, stderr } = synthesize({ sales: 'both' });
    expect(failed).toBe(1);
    expect(stderr).toContain('The context value sales is neither code nor declared. Got: both. Fix: -c sales=declared');
  });
});

describe('mails of the app', () => {
  test('come from the sender alone, as itself or by its domain', () => {
    const { template } = synthesize({ sender: 'shop@shop.example', salesTeam: 'sales@shop.example' });
    const mail = mailStatements(template);
    expect(mail).toHaveLength(5);
    for (const { Resource, Condition } of mail) {
      expect(Condition).toEqual({ StringEquals: { 'ses:FromAddress': 'shop@shop.example' } });
      expect(JSON.stringify(Resource).match(/:identity\/[^"]*/g)).toEqual([
        ':identity/shop.example',
        ':identity/shop@shop.example',
      ]);
    }
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { SALES_TEAM: 'sales@shop.example', MAIL_SENDER: 'shop@shop.example' } },
    });
  });

  test('fail the synth when the sender is no address', () => {
    const { status, stderr } = synthesize({ sender: 'Shop <shop@shop.example>' });
    expect(status).toBe(1);
    expect(stderr).toContain('The context value sender is not a mail address. Got: Shop <shop@shop.example>.');
  });

  test('of a trial may go to any identity of the account, still from the sender alone, and nothing outlives its function', () => {
    const { template } = synthesize({ sender: 'shop@shop.example', ephemeral: 'true' });
    // What belongs to one version of a function goes with the function.
    const ofVersions = /CurrentVersion/;
    const resources = Object.entries(template.toJSON().Resources).filter(([id]) => !ofVersions.test(id));
    expect(JSON.stringify(resources)).not.toContain('"Retain');
    for (const { Resource, Condition } of mailStatements(template)) {
      expect(Condition).toEqual({ StringEquals: { 'ses:FromAddress': 'shop@shop.example' } });
      expect(JSON.stringify(Resource)).toMatch(/:identity\/\*/);
    }
  });
});

function mailStatements(template: Template): { Resource: unknown; Condition: unknown }[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  return policies
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => Action === 'ses:SendEmail');
}
