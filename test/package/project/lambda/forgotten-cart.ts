/** A journey as a user of the packed package writes it. */
import { createJourney, eventType } from 'sojourn';
import { serve } from 'sojourn/lambda';

const purchased = eventType('cart/purchased');

export const journey = createJourney(
  { id: 'forgotten-cart', triggers: [{ event: 'cart/product.added' }], key: 'data.cart_id', waitsFor: [purchased] },
  async ({ event, step }) => {
    const purchase = await step.waitForEvent('wait-for-purchase', { event: purchased, timeout: '24h' });
    if (purchase !== null) return { outcome: 'purchased' as const };
    const sent = await step.run('send-reminder', () => ({ to: String(event.data.user.email), at: new Date(0) }));
    const at: string = sent.at;
    return { outcome: 'reminded' as const, to: sent.to, at };
  },
);

export const handler = serve(journey);
