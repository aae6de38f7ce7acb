/** What is told of a dead letter: why it was refused, and of anything else only what kind of error it was. */
import { unwrapDeadLetter } from '../../lib/aws/dead-letter.js';
import { finalErrorTypes } from '../../lib/contract.js';

const letter = (errorType: string) =>
  unwrapDeadLetter(
    JSON.stringify({
      requestContext: {
        functionArn: 'arn:aws:lambda:us-east-1:1:function:cart:$LATEST',
        condition: 'RetriesExhausted',
      },
      requestPayload: { 'detail-type': 'cart/added' },
      responsePayload: { errorType, errorMessage: 'why it was' },
    }),
    {},
  );

test.each(finalErrorTypes)('the reason of %s is told: refusals hold nothing of the data', (errorType) => {
  expect(letter(errorType)).toMatchObject({ errorType, refusal: 'why it was' });
});

test.each(['Error', 'StepError', 'toString', ''])(
  'fails to tell the message of %j, which may quote data',
  (errorType) => {
    expect(letter(errorType)).toMatchObject({ errorType });
    expect(letter(errorType)).not.toHaveProperty('refusal');
  },
);
