/**
 * What SES asks IAM of SendEmail: the identity that sends, the configuration set, and who the mail is from and to.
 *
 * Owns: the condition keys of SES. Must not know: policies.
 * An identity is an address or its whole domain; which of the two an account has verified, no template says. Either may allow.
 */

import { listOf, type Properties, recordOf, textOf } from '../template/properties.js';
import type { SandboxResources } from '../template/resources.js';
import type { Question } from './question.js';

export function mailQuestions(input: Properties, { region, account }: SandboxResources): Question[] {
  const arn = (resource: string) => `arn:aws:ses:${region}:${account}:${resource}`;
  const { display, address } = mailbox(textOf(input.FromEmailAddress) ?? '');
  const identityArn = textOf(input.FromEmailAddressIdentityArn);
  const destination = recordOf(input.Destination);
  const keys = {
    'ses:ApiVersion': '2',
    'ses:FromAddress': address === '' ? undefined : address,
    'ses:FromDisplayName': display,
    'ses:FeedbackAddress': textOf(input.FeedbackForwardingEmailAddress),
    'ses:Recipients': [destination.ToAddresses, destination.CcAddresses, destination.BccAddresses]
      .flatMap(listOf)
      .map((one) => mailbox(String(one)).address),
  };
  const action = 'ses:SendEmail';
  const identity: Question =
    identityArn === undefined
      ? {
          action,
          resource: arn(`identity/${address}`),
          orResources: [arn(`identity/${address.slice(address.indexOf('@') + 1)}`)],
          keys,
        }
      : { action, resource: identityArn, keys };
  const set = textOf(input.ConfigurationSetName);
  return set === undefined ? [identity] : [identity, { action, resource: arn(`configuration-set/${set}`), keys }];
}

/** `Shop <shop@example.com>` */
function mailbox(text: string): { readonly display: string | undefined; readonly address: string } {
  const [, display, address] = /^\s*"?([^"<]*?)"?\s*<([^>]+)>\s*$/.exec(text) ?? [];
  return { display: display || undefined, address: (address ?? text).trim() };
}
