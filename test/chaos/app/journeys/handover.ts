/** Started by what another journey sends: once for each parcel, however often that was sent or delivered. */
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
import { sendMail } from '../../../../lambda/mail.js';

export const journey = createJourney(
  { id: 'handover', triggers: [{ event: 'parcel/confirmed' }], key: 'data.parcel_id' },
  async ({ event, step }) => {
    await step.sleep('three-hours', '3h');
    await step.run('tell', () =>
      sendMail({ to: event.data.user.email, subject: 'Handed over', text: 'The carrier has it.' }),
    );
    return { outcome: 'handed over' };
  },
);

export const handler = serve(journey);
