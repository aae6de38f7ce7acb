/**
 * The emulator in the part of an account: how it is entered, what bends, and what it can show that AWS does not.
 *
 * Owns: the extra policy that MiniStack's authorization needs. Invariant: that policy has only what `differences` names.
 */
import path from 'node:path';
import { Account } from './account.js';
import type { DeployedStack } from './deployment.js';
import { allDifferences } from './differences.js';
import { emulatorAccount, emulatorRegion, type MiniStack } from './ministack.js';
import type { PythonTools } from './python.js';
import { expectSame, type Report } from './report.js';
import { mailbox, type Scene, salesTeam } from './stories.js';
import { type Bend, verify } from './verification.js';

export const sender = 'shop@example.com';
const waitS = 30;
const patienceMs = 90_000;

/** Plays the whole verification on a running MiniStack. */
export async function verifyOnEmulator(
  ministack: MiniStack,
  tools: PythonTools,
  folder: string,
  report: Report,
  stopped: AbortSignal,
): Promise<void> {
  const account = new Account({
    name: 'MiniStack',
    accountId: emulatorAccount,
    region: emulatorRegion,
    environment: ministack.environment,
    endpoint: { url: ministack.url, ca: ministack.ca },
    differs: allDifferences,
    aws: tools.aws,
    stopped,
  });
  try {
    await account.cli('sesv2', 'create-email-identity', '--email-identity', sender);
    const options = { sender, salesTeam, waitS, patienceMs, assembly: path.join(folder, 'cdk.out') };
    const alsoCheck = (played: readonly Scene[], told: Report) => checkMails(ministack, played, told);
    await verify(account, { ...options, bend, alsoCheck }, report);
  } finally {
    account.close();
  }
}

const policyName = 'what-the-emulator-cannot-judge';

const bend: Bend = {
  async apply(account, stack) {
    const actions = ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule', 'ses:SendEmail'];
    const statement = { Effect: 'Allow', Action: actions, Resource: '*' };
    const document = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    for (const role of functionRoles(stack)) {
      const policy = ['--role-name', role, '--policy-name', policyName, '--policy-document', document];
      await account.cli('iam', 'put-role-policy', ...policy);
    }
  },
  async undo(account, stack) {
    for (const role of functionRoles(stack)) {
      await account.cli('iam', 'delete-role-policy', '--role-name', role, '--policy-name', policyName);
    }
  },
};

function functionRoles(stack: DeployedStack): string[] {
  return stack.resources
    .filter(({ type, logicalId }) => type === 'AWS::IAM::Role' && logicalId.includes('FunctionRole'))
    .map(({ physicalId }) => physicalId);
}

/** The emulator keeps what SES was given; AWS does not. */
async function checkMails(ministack: MiniStack, played: readonly Scene[], report: Report): Promise<void> {
  await report.check('SES was given exactly the mails of the stories', async () => {
    const line = (to: string, subject: string) => `${sender} -> ${to}: ${subject}`;
    const expected = played.flatMap(({ journey, key, mailSubjects }) =>
      mailSubjects.map((subject) => line(journey === 'sales-follow-up' ? salesTeam : mailbox(key), subject)),
    );
    const sent = (await ministack.mails()).map(({ to, subject }) => line(to.join(), subject));
    expectSame('mails', sent.sort(), expected.sort());
  });
}
