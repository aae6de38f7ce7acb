/**
 * Sends a plain-text mail with Amazon SES. The one place of these examples that knows how.
 *
 * A step that sends may be repeated when its process dies before its result is committed, and SES knows no idempotency
 * key: in that rare case the mail goes out twice.
 */
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

// Once per execution environment. Making it opens no connection.
const ses = new SESv2Client({});

/** The sender is the address that bin/app.ts was given, and the only one that it allows. */
export async function sendMail({ to, subject, text }: Mail): Promise<{ messageId: string | undefined }> {
  const { MessageId } = await ses.send(
    new SendEmailCommand({
      FromEmailAddress: process.env.MAIL_SENDER,
      Destination: { ToAddresses: [to] },
      Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: text } } } },
    }),
  );
  return { messageId: MessageId };
}
