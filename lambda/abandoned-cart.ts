/**
 * Abandoned cart: a product lies in a cart for a day and nobody buys: one reminder. A newer product in the same cart
 * cancels the run before it, so that the day always counts from the last one.
 */
import { createJourney } from 'sojourn';
import { serve } from 'sojourn/lambda';
import { sendMail } from './mail.js';

export const journey = createJourney(
  {
    id: 'abandoned-cart',
    triggers: [{ event: 'cart/product.added' }],
    key: 'data.cart_id',
    waitsFor: ['cart/purchased'],
    cancelOn: [{ event: 'cart/product.added', match: 'data.cart_id', timeout: '24h' }],
    // A run is over after a day; what is left of it is kept, and paid, for as long as this says (docs/cost.md).
    maxDuration: '2d',
  },
  async ({ event, step }) => {
    const purchased = await step.waitForEvent('wait-for-purchase', {
      event: 'cart/purchased',
      timeout: '24h',
      match: 'data.cart_id',
    });
    if (purchased !== null) return { outcome: 'purchased' };
    await step.run('send-reminder', () => sendCartReminder(event.data.user.email));
    return { outcome: 'reminded' };
  },
);

export const handler = serve(journey);

function sendCartReminder(to: string) {
  return sendMail({
    to,
    subject: 'You left something in your cart',
    text: 'Your cart is still here, with everything you put into it. Would you like to finish your order?',
  });
}
