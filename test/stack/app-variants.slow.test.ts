/** bin/app.ts with other contexts: each is a synth of its own. The app as it is: app.test.ts. */
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { synthesize } from './synthesized-app.js';

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
