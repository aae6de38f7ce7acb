/**
 * Win-back: every activity of a user ends the run before it and starts 30 days of waiting. When they pass in silence, the
 * user gets an offer.
 */
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
import { sendMail } from './mail.js';

export const journey = createJourney(
  {
    id: 'win-back',
    triggers: [{ event: 'user/active' }],
    // Without a window: however late, the next activity ends this run.
    cancelOn: [{ event: 'user/active', match: 'data.user_id' }],
  },
  async ({ event, step }) => {
    await step.sleep('silence', '30d');
    await step.run('send-offer', () =>
      sendMail({
        to: event.data.user.email,
        subject: 'We have missed you',
        text: 'It has been a month. Come back this week, and the next one is on us.',
      }),
    );
    return { outcome: 'offered' };
  },
);

export const handler = serve(journey);
