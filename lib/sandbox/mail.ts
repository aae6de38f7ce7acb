/**
 * SESv2 SendEmail: an outbox instead of a mail.
 *
 * Owns: the mails that were sent. Must not know: who reads them. Nothing leaves the machine.
 */

import { AwsError } from './http/aws-error.js';
import { listOf, recordOf, textOf } from './template/properties.js';
import type { Author, OutboxMail, Report } from './time/activity.js';
import type { SeededRandom } from './time/random.js';
import type { Timeline } from './time/timeline.js';

export class MailService {
  private readonly mails: OutboxMail[] = [];

  constructor(
    private readonly timeline: Timeline,
    private readonly random: SeededRandom,
    private readonly report: Report,
  ) {}

  /** Oldest first. */
  outbox(): readonly OutboxMail[] {
    return this.mails;
  }

  answer(operation: string, request: Readonly<Record<string, unknown>>, by: Author | undefined): unknown {
    if (operation !== 'SendEmail') throw new Error(`ses:${operation} is in the model but not here`);
    const content = recordOf(request.Content);
    const simple = recordOf(content.Simple);
    const destination = recordOf(request.Destination);
    if ([content.Simple, content.Raw, content.Template].filter((one) => one !== undefined).length !== 1) {
      throw new AwsError('BadRequestException', 'Exactly one of Simple, Raw and Template must be in Content');
    }
    const to = addresses(destination.ToAddresses);
    const cc = addresses(destination.CcAddresses);
    const bcc = addresses(destination.BccAddresses);
    if (content.Raw === undefined && to.length + cc.length + bcc.length === 0) {
      throw new AwsError('BadRequestException', 'Missing required parameter: Destination');
    }
    if (content.Raw === undefined && textOf(request.FromEmailAddress) === undefined) {
      throw new AwsError('BadRequestException', 'Missing required parameter: FromEmailAddress');
    }
    const body = recordOf(simple.Body);
    const mail: OutboxMail = {
      messageId: this.random.uuid('mail'),
      atMs: this.timeline.nowMs(),
      from: textOf(request.FromEmailAddress),
      to,
      cc,
      bcc,
      subject: textOf(recordOf(simple.Subject).Data),
      text: textOf(recordOf(body.Text).Data),
      html: textOf(recordOf(body.Html).Data),
      by,
      request,
    };
    this.mails.push(mail);
    this.report({ kind: 'mail-sent', mail });
    return { MessageId: mail.messageId };
  }
}

function addresses(value: unknown): string[] {
  return listOf(value).filter((address) => typeof address === 'string');
}
