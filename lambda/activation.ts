/**
 * Activation: somebody signed up and, three days later, has not yet done the one thing that shows what the product is for:
 * a message that helps them to begin.
 */
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
import { sendMail } from './mail.js';

export const journey = createJourney(
  {
    id: 'activation',
    triggers: [{ event: 'user/signed.up' }],
    key: 'data.user_id',
    waitsFor: ['user/key.action'],
  },
  async ({ event, step }) => {
    const keyAction = await step.waitForEvent('wait-for-key-action', { event: 'user/key.action', timeout: '3d' });
    if (keyAction !== null) return { outcome: 'activated' };
    await step.run('send-first-steps', () =>
      sendMail({
        to: event.data.user.email,
        subject: 'Your first steps',
        text: 'You signed up three days ago. Here is how to get the first result in five minutes.',
      }),
    );
    return { outcome: 'helped' };
  },
);

export const handler = serve(journey);
