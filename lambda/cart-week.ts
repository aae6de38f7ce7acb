/**
 * Cart week: a reminder after a day, and a last one six days later, unless the cart is bought in between. A newer product
 * within the week starts the week again.
 *
 * It listens to events of its own (basket/...): beside abandoned-cart, the same cart would get two mails on the first day.
 */
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
import { sendMail } from './mail.js';

export const journey = createJourney(
  {
    id: 'cart-week',
    triggers: [{ event: 'basket/product.added' }],
    key: 'data.basket_id',
    waitsFor: ['basket/purchased'],
    cancelOn: [{ event: 'basket/product.added', match: 'data.basket_id', timeout: '7d' }],
  },
  async ({ event, step }) => {
    const to: string = event.data.user.email;

    const onFirstDay = await step.waitForEvent('first-day', { event: 'basket/purchased', timeout: '24h' });
    if (onFirstDay !== null) return { outcome: 'purchased', reminders: 0 };
    await step.run('remind', () =>
      sendMail({ to, subject: 'Still thinking it over?', text: 'Your cart is waiting for you.' }),
    );

    const inTheWeek = await step.waitForEvent('rest-of-the-week', { event: 'basket/purchased', timeout: '6d' });
    if (inTheWeek !== null) return { outcome: 'purchased', reminders: 1 };
    await step.run('remind-last', () =>
      sendMail({ to, subject: 'Last call for your cart', text: 'We keep your cart until the end of today.' }),
    );
    return { outcome: 'abandoned', reminders: 2 };
  },
);

export const handler = serve(journey);
