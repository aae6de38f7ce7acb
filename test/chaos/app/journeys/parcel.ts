/** A chain: a mail, an event for another journey, a wait, perhaps another mail. */
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
import { sendMail } from '../../../../lambda/mail.js';

export const journey = createJourney(
  {
    id: 'parcel',
    triggers: [{ event: 'parcel/ordered' }],
    key: 'data.parcel_id',
    waitsFor: ['parcel/delivered'],
  },
  async ({ event, step }) => {
    const to: string = event.data.user.email;
    await step.run('confirm', () => sendMail({ to, subject: 'Parcel confirmed', text: 'It is on its way.' }));
    await step.sendEvent('tell', {
      name: 'parcel/confirmed',
      data: { parcel_id: event.data.parcel_id, user: { email: `handover.${to}` } },
    });
    const delivered = await step.waitForEvent('wait-for-delivery', { event: 'parcel/delivered', timeout: '2d' });
    if (delivered !== null) return { outcome: 'delivered' };
    await step.run('apologize', () => sendMail({ to, subject: 'Parcel late', text: 'We are looking for it.' }));
    return { outcome: 'late' };
  },
);

export const handler = serve(journey);
