/** What is refused of a declared journey before any event comes. */
import { type DeclaredJourney, type DeclaredStep, interpret } from 'sojourn';

const end = (output: unknown): DeclaredStep => ({ kind: 'end', output: output as never });
const wait = (more: Partial<DeclaredStep & { kind: 'wait' }> = {}): DeclaredStep => ({
  kind: 'wait',
  id: 'paid',
  event: 'cart/paid',
  timeoutMs: 1_000,
  ...more,
});
const score: DeclaredStep = { kind: 'invoke', id: 'score', fn: 'arn:f', payload: {} };

function check(steps: readonly DeclaredStep[], more: Partial<DeclaredJourney> = {}): string {
  try {
    interpret({ id: 'cart', trigger: 'cart/added', key: 'data.cart_id', steps, ...more });
    return 'fits';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a declaration', () => {
  test('has the definition that its steps ask for', () => {
    const { definition } = interpret({
      id: 'cart',
      trigger: 'cart/added',
      key: 'data.cart_id',
      cancelOn: [{ event: 'cart/added', timeoutMs: 5_000 }, { event: 'cart/emptied' }],
      retries: 2,
      maxDurationMs: 86_400_000,
      steps: [wait({ onTimeout: [wait({ id: 'late' }), wait({ id: 'refund', event: 'cart/refunded' })] })],
    });
    expect(definition).toMatchObject({
      id: 'cart',
      triggers: [{ event: 'cart/added' }],
      waitsFor: ['cart/paid', 'cart/refunded'],
      cancelOn: [{ event: 'cart/added', timeoutMs: 5_000 }, { event: 'cart/emptied' }],
      retries: 2,
      maxDurationMs: 86_400_000,
    });
  });

  test.each<[string, readonly DeclaredStep[], Partial<DeclaredJourney>, string]>([
    ['it has no steps', [], {}, 'declares no steps'],
    ['a step is of no known kind', [{ kind: 'loop' } as never], {}, 'no known kind. Got: {"kind":"loop"}'],
    ['two steps have one id', [wait({ onMatch: [wait()] })], {}, 'Two steps have one id. Got: "paid"'],
    ['an id cannot be referred to', [wait({ id: 'a.b' })], {}, 'The id of a step cannot be used. Got: "a.b"'],
    ['an event has no name', [wait({ event: '' })], {}, "The event of wait 'paid' is not an event name"],
    ['a time is none', [wait({ timeoutMs: 0 })], {}, "The timeout of wait 'paid' is not a duration"],
    [
      'a wait outlasts the journey',
      [wait({ timeoutMs: 2_000 })],
      { maxDurationMs: 1_000 },
      'longer than the journey may last',
    ],
    ['a choice is empty', [{ kind: 'choice', id: 'c', when: [] }], {}, "Choice 'c' has nothing to choose from"],
    [
      'an invocation wants more retries',
      [{ ...score, retries: 5 }],
      {},
      "The retries of step 'score' cannot be used. Got: 5",
    ],
    ['a step stands behind the end', [end('x'), wait()], {}, "Step 'paid' is never reached"],
    [
      'a step stands behind two ends',
      [wait({ onMatch: [end(1)], onTimeout: [end(2)] }), end(3)],
      {},
      "The step 'end' is never reached",
    ],
    ['it waits without a key', [wait()], { key: undefined as never }, 'has no key'],
    [
      'a time is a token that is not there',
      [wait({ timeoutMs: { amount: '$.deployed.t0', unitMs: 1_000 } })],
      {},
      'names nothing that the deployment knows',
    ],
    [
      'a time refers to what is no token',
      [wait({ timeoutMs: { amount: '$.trigger.data.days', unitMs: 1_000 } })],
      {},
      "The timeout of wait 'paid' cannot be used",
    ],
    [
      'a time has no unit',
      [wait({ timeoutMs: { amount: '$.deployed.t0' } as never })],
      {},
      "The timeout of wait 'paid' cannot be used",
    ],
    ['a token is not there', [end('$.deployed.t0')], {}, 'names nothing that the deployment knows'],
  ])('fails when %s', (_what, steps, more, message) => {
    expect(check(steps, more)).toContain(message);
  });
});

describe('a reference', () => {
  test.each<[string, readonly DeclaredStep[]]>([
    ['to the trigger', [end(['$.trigger', '$.trigger.data.a.b', '$.run.id'])]],
    ['to an event in its own branch', [wait({ onMatch: [end('$.steps.paid.data.amount')] })]],
    [
      'to an event behind a wait whose timeout ends the run',
      [wait({ onTimeout: [end(1)] }), end('$.steps.paid.data.x')],
    ],
    ['to a result that may be missing, if it says so', [wait(), end('$.steps.paid.data.x?')]],
    [
      'to a result in the branch of a condition that asks for it',
      [
        wait(),
        {
          kind: 'choice',
          id: 'c',
          when: [{ condition: { test: 'exists', path: '$.steps.paid' }, steps: [end('$.steps.paid.id')] }],
        },
      ],
    ],
    ['to a result before it', [score, end('$.steps.score.result')]],
  ])('may lead %s', (_what, steps) => {
    expect(check(steps)).toBe('fits');
  });

  test.each<[string, readonly DeclaredStep[], string]>([
    [
      'leads to an event that did not come',
      [wait({ onTimeout: [end('$.steps.paid.data.x?')] })],
      'before this step on the same branch',
    ],
    ['leads to a later step', [end('$.steps.score.result'), score], 'before this step on the same branch'],
    ['leads to a step that is not there', [end('$.steps.other.result')], 'before this step on the same branch'],
    ['leads to what may be missing', [wait(), end('$.steps.paid.data.x')], "or write '$.steps.paid.data.x?'"],
    [
      'leads to a sleep',
      [{ kind: 'sleep', id: 's', ms: 1 }, end('$.steps.s.result')],
      'before this step on the same branch',
    ],
    [
      'stands in a condition and leads to nothing',
      [{ kind: 'choice', id: 'c', when: [{ condition: { test: 'exists', path: '$.steps.x' }, steps: [] }] }],
      'before this step',
    ],
    [
      'has no known root',
      [end('$.event.data.x')],
      'A reference of a declared journey cannot be read. Got: "$.event.data.x"',
    ],
    ['has a gap', [end('$.trigger..x')], 'cannot be read'],
    ['is broken within a text', [end('a {$.nowhere} b')], 'cannot be read. Got: "$.nowhere"'],
    ['names no field of an event', [end('$.trigger.detail.x')], 'one of id, name, data, source, time'],
    ['asks the run for more than its id', [end('$.run.status')], "Expected: '$.run.id'"],
  ])('fails when it %s', (_what, steps, message) => {
    expect(check(steps)).toContain(message);
  });
});
