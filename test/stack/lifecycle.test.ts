/** What a deployment leaves behind, protects and lets go: removal policies, and journeys that are to be retired. */
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Journey, JourneyHub, type JourneyHubProps } from 'sojourn/cdk';
import { cart, entryDirectory, lead } from './entry-files.js';

const entries = entryDirectory();

function templateOf(text: string, props: { retired?: boolean } = {}, hubProps: JourneyHubProps = {}): Template {
  const stack = new Stack(new App(), 'Shop');
  const hub = new JourneyHub(stack, 'Hub', hubProps);
  new Journey(stack, 'Cart', { hub, entry: entries.write('entry.ts', text), ...props });
  return Template.fromStack(stack);
}

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Types of the resources with this policy, once each. */
function typesWith(template: Template, policy: string | undefined): string[] {
  const resources = Object.values(template.toJSON().Resources as Record<string, Resource>);
  return [...new Set(resources.filter((one) => one.DeletionPolicy === policy).map(({ Type }) => Type))].sort();
}

const holdingData = ['AWS::DynamoDB::Table', 'AWS::Logs::LogGroup', 'AWS::SQS::Queue', 'AWS::Scheduler::ScheduleGroup'];

describe('what holds data', () => {
  test('stays when the stack is deleted, and when CloudFormation would replace it', () => {
    const template = templateOf(cart);
    expect(typesWith(template, 'Retain')).toEqual(holdingData);
    const resources = Object.values(template.toJSON().Resources as Record<string, Resource>);
    for (const resource of resources.filter(({ Type }) => holdingData.includes(Type))) {
      expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
  });

  test('goes with a stack that is a trial', () => {
    const template = templateOf(cart, {}, { removalPolicy: RemovalPolicy.DESTROY });
    expect(typesWith(template, 'Retain')).toEqual([]);
    expect(typesWith(template, 'Delete')).toEqual(holdingData);
  });

  test('has no name of ours that would keep the next deployment from making it', () => {
    const resources = Object.values(
      templateOf(cart).toJSON().Resources as Record<string, Resource & { Properties?: Record<string, unknown> }>,
    );
    for (const { Type, Properties = {} } of resources.filter((one) => holdingData.includes(one.Type))) {
      expect([Type, Properties.Name, Properties.TableName, Properties.QueueName, Properties.LogGroupName]).toEqual([
        Type,
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
    }
  });
});

describe('a retired journey', () => {
  const ruleOf = (template: Template) => Object.values(template.findResources('AWS::Events::Rule'))[0]!.Properties;

  test('is handed only the events that living runs await or are cancelled by, and knows it', () => {
    const template = templateOf(cart, { retired: true });
    expect(ruleOf(template)).toMatchObject({
      State: 'ENABLED',
      EventPattern: { 'detail-type': ['cart/purchased'] },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { SOJOURN_RETIRED: 'true' } },
    });
  });

  test('keeps a trigger that cancels', () => {
    const text = cart.replace('waitsFor:', "cancelOn: [{ event: 'cart/product.added' }], waitsFor:");
    expect(ruleOf(templateOf(text, { retired: true })).EventPattern['detail-type'].sort()).toEqual([
      'cart/product.added',
      'cart/purchased',
    ]);
  });

  test('has its rule switched off when its runs wait for time only', () => {
    const sleeper = lead
      .replace(", waitsFor: ['lead/called']", '')
      .replace(/const called[^;]+;/, 'const called = null;');
    expect(ruleOf(templateOf(sleeper, { retired: true }))).toMatchObject({ State: 'DISABLED' });
  });

  test('is otherwise the same: rights, timers, dead letters', () => {
    const without = (template: Template, ...types: string[]) =>
      Object.values(template.toJSON().Resources as Record<string, Resource>).filter(
        ({ Type }) => !types.includes(Type) && Type !== 'AWS::Lambda::Version',
      );
    const different = [
      'AWS::Lambda::Function',
      'AWS::Events::Rule',
      'AWS::Lambda::Alias',
      'AWS::Lambda::EventInvokeConfig',
    ];
    const json = (template: Template) =>
      JSON.stringify(without(template, ...different, 'AWS::Lambda::Permission')).replace(/CurrentVersion\w+/g, '');
    expect(json(templateOf(cart, { retired: true }))).toEqual(json(templateOf(cart)));
  });

  test('without it, nothing in the template speaks of it', () => {
    expect(JSON.stringify(templateOf(cart).toJSON())).not.toContain('SOJOURN_RETIRED');
  });
});
