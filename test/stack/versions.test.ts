/** The versions of a journey's function: published by what changes it, kept with all that they need (decisions/020). */
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Journey, JourneyHub, type JourneyProps } from 'sojourn/cdk';
import { cart, entryDirectory } from './entry-files.js';

const entries = entryDirectory();

function templateOf(text: string, props: Partial<JourneyProps> = {}): Template {
  const stack = new Stack(new App(), 'Shop');
  const hub = new JourneyHub(stack, 'Hub');
  new Journey(stack, 'Cart', { hub, entry: entries.write('entry.ts', text), ...props });
  return Template.fromStack(stack);
}

function versionOf(template: Template): string {
  const [id, ...others] = Object.keys(template.findResources('AWS::Lambda::Version'));
  expect(others).toEqual([]);
  return id!;
}

const ofVersion = { Ref: Match.stringLikeRegexp('^CartFunctionCurrentVersion') };
const number = { 'Fn::GetAtt': [Match.stringLikeRegexp('^CartFunctionCurrentVersion'), 'Version'] };
const isKept = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };

describe('a deployment', () => {
  test('publishes a version when code or settings changed, and none otherwise', () => {
    const first = versionOf(templateOf(cart));
    expect(versionOf(templateOf(cart))).toBe(first);
    expect(versionOf(templateOf(cart.replace('24h', '48h')))).not.toBe(first);
    expect(versionOf(templateOf(cart, { environment: { SHOP: 'north' } }))).not.toBe(first);
    expect(versionOf(templateOf(cart, { reservedConcurrentExecutions: 3 }))).toBe(first);
  });

  test('keeps the version before it, what fails there, and the redriver’s right to invoke it', () => {
    const template = templateOf(cart);
    template.hasResource('AWS::Lambda::Version', isKept);
    template.hasResource('AWS::Lambda::EventInvokeConfig', { ...isKept, Properties: { Qualifier: number } });
    template.hasResource('AWS::Lambda::Permission', { ...isKept, Properties: { FunctionName: ofVersion } });
  });

  test('makes it live once what fails at it is kept', () => {
    const [alias] = Object.values(templateOf(cart).findResources('AWS::Lambda::Alias'));
    expect(alias?.Properties).toMatchObject({ Name: 'live', FunctionVersion: expect.anything() });
    expect(alias?.DependsOn).toContainEqual(expect.stringMatching(/^CartFunctionCurrentVersionEventInvokeConfig/));
  });
});

test('what fails is kept alike, whether the live version was invoked or one by its number', () => {
  const configs = Object.values(templateOf(cart).findResources('AWS::Lambda::EventInvokeConfig'));
  expect(configs.map(({ Properties: { Qualifier, FunctionName, ...rest } }) => rest)).toEqual(
    Array(2).fill({
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching(/^HubFailedInvocations/), 'Arn'] } },
      },
      MaximumEventAgeInSeconds: 21_600,
      MaximumRetryAttempts: 2,
    }),
  );
});

test('a journey may invoke its own versions, and its rule waits for that', () => {
  const template = templateOf(cart);
  const [[id, policy]] = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([name]) =>
    name.startsWith('CartForwardPolicy'),
  ) as [[string, { Properties: object }]];
  expect(policy.Properties).toMatchObject({
    Roles: [{ Ref: expect.stringMatching(/^CartFunctionRole/) }],
    PolicyDocument: {
      Statement: [
        {
          Action: 'lambda:InvokeFunction',
          Effect: 'Allow',
          Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [expect.stringMatching(/^CartFunction/), 'Arn'] }, ':*']] },
        },
      ],
    },
  });
  const [rule] = Object.values(template.findResources('AWS::Events::Rule'));
  expect(rule?.DependsOn).toContain(id);
});
