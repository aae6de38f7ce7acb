/**
 * What the app's policies grant against what is used of it: the five stories, and everything that goes wrong with them, are
 * played on the sandbox; each action on each resource that a statement allows must have been needed by somebody.
 *
 * What is not used stands in `unused`, with its reason; a reason that is not needed any more fails the test too.
 */
import { enforcePolicies } from '../../lib/sandbox/iam/enforce.js';
import { matchesResource, matchesText } from '../../lib/sandbox/iam/pattern-text.js';
import type { Statement } from '../../lib/sandbox/iam/statement.js';
import { readTemplatePolicies } from '../../lib/sandbox/iam/template-policies.js';
import type { AuthorizeBy, UsedStatement } from '../../lib/sandbox/seams.js';
import type { SandboxResources } from '../../lib/sandbox/template/resources.js';
import { appAssembly, beforehand } from '../e2e/assembly.js';
import { type AppEvent, dayMs, hourMs, ofKind, type Stand, start } from '../e2e/stand.js';
import { resourcesOf } from './app.js';

beforehand(appAssembly);

/** Grants that the stories do not use, by the names below. */
const unused: readonly { readonly grant: RegExp; readonly reason: string }[] = [
  {
    grant: /FunctionRole\w+, OwnRuns: dynamodb:GetItem on /,
    reason: 'a conditional write on a run that is gone is answered without the item: it is then looked for, once',
  },
  {
    grant: /^(Activation|SalesFollowUp)FunctionRole\w+, OwnRuns: dynamodb:UpdateItem on /,
    reason: 'the write that cancels: the engine of a journey that no event cancels is the same',
  },
  {
    grant: /, SendMail: ses:SendEmail on .*identity\/example\.com$/,
    reason:
      'an account has verified the address or its domain; the sandbox takes the address, which either may stand for',
  },
  {
    grant: /ForwardPolicy\w+, ForwardToItsVersions: lambda:InvokeFunction on .*:\*$/,
    reason: 'only after a second deployment, while runs of the first one wait: test/e2e/versions.test.ts',
  },
  {
    grant: /SchedulerRole\w+, InvokeItsFunction: lambda:InvokeFunction on .*function:[^:]+$/,
    reason: 'a run that somebody starts by invoking the function without a version sets its timers on that',
  },
];

interface Grant {
  readonly statement: Statement;
  readonly action: string;
  /** Undefined in a trust policy. */
  readonly resource: string | undefined;
}

/** Every action on every resource that some policy of the template allows. */
function grantsOf(resources: SandboxResources): Grant[] {
  const { roles, resources: ofResources } = readTemplatePolicies(resources);
  const statements = [
    ...[...roles.values()].flatMap(({ trust, identity }) => [...trust, ...identity]),
    ...[...ofResources.values()].flat(),
  ];
  return statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap((statement) =>
      statement.actions.values.flatMap((action) =>
        (statement.resources?.values ?? [undefined]).map((resource) => ({ statement, action, resource })),
      ),
    );
}

function isUsed({ statement, action, resource }: Grant, used: readonly UsedStatement[]): boolean {
  const how = { wildcards: true, ignoreCase: true, variableOf: undefined };
  return used.some(
    (one) =>
      one.policy === statement.policy &&
      one.statement === statement.name &&
      matchesText(action, one.action, how) === 'yes' &&
      (resource === undefined || matchesResource(resource, one.resource, undefined) === 'yes'),
  );
}

function nameOf({ statement, action, resource }: Grant): string {
  return `${statement.policy}, ${statement.name}: ${action} on ${resource ?? 'itself'}`;
}

/** Where each journey's events get their key from: all of them, in every event. */
const data = (key: string) => ({
  cart_id: key,
  basket_id: key,
  user_id: key,
  lead_id: key,
  user: { email: `${key}@example.com` },
});
const triggers = ['cart/product.added', 'basket/product.added', 'user/signed.up', 'lead/entered', 'user/active'];
const awaited = ['cart/purchased', 'basket/purchased', 'user/key.action', 'sales/outreach.logged'];
const events = (names: readonly string[], key: string): AppEvent[] => names.map((name) => ({ name, data: data(key) }));

async function playTheStories(app: Stand): Promise<void> {
  await app.send(...events(triggers, 'forgotten'), ...events(triggers, 'bought'), ...events(triggers, 'twice'));
  await app.advance(hourMs);
  await app.send(...events(awaited, 'bought'), ...events(triggers, 'twice'));
  await app.advance(60 * dayMs);
}

/** No event reaches a function for a day, then no timer; a table that does not answer; an event without its key. */
async function playWhatGoesWrong(app: Stand): Promise<void> {
  app.sandbox.setFaults({ undelivered: 1 });
  await app.send(...events(triggers, 'undelivered'));
  await app.advance(26 * hourMs);
  app.sandbox.setFaults({});
  await app.advance(2 * hourMs);
  await app.send(...events(triggers, 'late'));
  app.sandbox.setFaults({ undelivered: 1 });
  await app.advance(40 * dayMs);
  app.sandbox.setFaults({});
  await app.advance(2 * dayMs);
  app.sandbox.setFaults({ outage: { service: 'dynamodb', for: '1h' } });
  await app.send(...events(triggers, 'outage'));
  await app.advance(dayMs);
  // Timers that fall due while no function can do anything: they come back by the function's dead letters.
  await app.send(...events(triggers, 'at its timer'));
  for (const hours of [24, 24, 24, 95, 600]) {
    await app.advance(hours * hourMs - hourMs);
    app.sandbox.setFaults({ outage: { service: 'dynamodb', for: '2h' } });
    await app.advance(hourMs * 2);
  }
  await app.advance(2 * dayMs);
  await app.send(...triggers.map((name) => ({ name, data: {} })));
  await app.advance(hourMs);
}

test('nothing that is granted is unused, or it is named with its reason; and nothing is refused', async () => {
  const used: UsedStatement[] = [];
  const recording: AuthorizeBy = (resources, nowMs) => {
    const authorize = enforcePolicies(resources, nowMs);
    return (call) => {
      const answer = authorize(call);
      if (answer.allowed) used.push(...(answer.by ?? []));
      return answer;
    };
  };
  const app = await start(await appAssembly(), { authorize: recording });
  await playTheStories(app);
  await playWhatGoesWrong(app);
  const grants = grantsOf(resourcesOf(await appAssembly()));
  expect(grants.length).toBeGreaterThan(50);
  const left = grants.filter((grant) => !isUsed(grant, used)).map(nameOf);
  expect(left.filter((name) => !unused.some(({ grant }) => grant.test(name)))).toEqual([]);
  expect(unused.filter(({ grant }) => !left.some((name) => grant.test(name)))).toEqual([]);
  expect(ofKind(app.activities, 'access-denied')).toEqual([]);
});
