/** What a dead letter is to people: which of them nobody waits for any more. */
import type { EngineEvent } from '../../lib/engine/stored/event.js';
import { isAnsweredCall, type Letter } from '../../lib/inspect/dead-letters.js';

const call = { id: '1'.repeat(32), caller: 'cnVu' };
const letterOf = (event: Partial<EngineEvent>, refusal?: string): Letter => ({
  messageId: 'm',
  sentAtMs: 0,
  mark: { tries: 1 },
  letter: { origin: 'function', functionArn: 'arn', payload: {}, ...(refusal !== undefined && { refusal }) },
  event: { id: 'e', name: 'sojourn/invoked.called', data: {}, source: 's', timeMs: 0, hops: 1, ...event },
});

test('a refused call is answered: its caller was told', () => {
  expect(isAnsweredCall(letterOf({ call }, 'no key'))).toBe(true);
});

test('fails to be one: a call that failed otherwise, one that nobody made, and any other event', () => {
  expect(isAnsweredCall(letterOf({ call }))).toBe(false);
  expect(isAnsweredCall(letterOf({}, 'no key'))).toBe(false);
  expect(isAnsweredCall(letterOf({ call, name: 'sojourn/returned.called' }, 'no key'))).toBe(false);
});
