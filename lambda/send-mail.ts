/**
 * Sends the mail that it is handed: a function of its own, for journeys that are declared without code and invoke it.
 */
import { type Mail, sendMail } from './mail.js';

export const handler = (mail: Mail): Promise<{ messageId: string | undefined }> => sendMail(mail);
