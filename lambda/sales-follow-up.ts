/**
 * Sales follow-up: a lead entered the pipeline and nobody reached out for a week: the sales team is reminded, once.
 */
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
import { sendMail } from './mail.js';

export const journey = createJourney(
  {
    id: 'sales-follow-up',
    triggers: [{ event: 'lead/entered' }],
    key: 'data.lead_id',
    waitsFor: ['sales/outreach.logged'],
  },
  async ({ event, step }) => {
    const outreach = await step.waitForEvent('wait-for-outreach', { event: 'sales/outreach.logged', timeout: '7d' });
    if (outreach !== null) return { outcome: 'contacted' };
    await step.run('remind-sales', () =>
      sendMail({
        to: process.env.SALES_TEAM ?? '',
        subject: `Lead ${event.data.lead_id} has been waiting for a week`,
        text: `Lead ${event.data.lead_id} entered the pipeline on ${event.time} and nobody has reached out since.`,
      }),
    );
    return { outcome: 'sales-reminded' };
  },
);

export const handler = serve(journey);
