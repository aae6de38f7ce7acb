/** A race of two waits, and then a step that fails twice before it succeeds. */
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
import { sendMail } from '../../../../lambda/mail.js';

export const journey = createJourney(
  {
    id: 'offer',
    triggers: [{ event: 'offer/made' }],
    key: 'data.offer_id',
    waitsFor: ['offer/accepted', 'offer/rejected'],
  },
  async ({ event, step }) => {
    const answer = await Promise.race([
      step.waitForEvent('acceptance', { event: 'offer/accepted', timeout: '2d' }),
      step.waitForEvent('rejection', { event: 'offer/rejected', timeout: '2d' }),
    ]);
    const outcome = answer === null ? 'silent' : (answer.name.split('/')[1] ?? '');
    await step.run('answer', ({ attempt }) => {
      if (attempt < 2) throw new Error('the mail server is busy');
      return sendMail({ to: event.data.user.email, subject: `Offer ${outcome}`, text: 'Thank you.' });
    });
    return { outcome };
  },
);

export const handler = serve(journey);
