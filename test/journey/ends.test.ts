/** What a definition says of its ends, and what is refused. */
import { createJourney } from 'sojourn';
import { JourneyError } from '../../lib/journey/errors.js';

const trigger = { id: 'hold', triggers: [{ event: 'seat/held' }] } as const;
const body = (): void => {};

function codeOf(options: object): string | undefined {
  try {
    createJourney({ ...trigger, ...options } as never, body);
    return undefined;
  } catch (error) {
    return error instanceof JourneyError ? error.code : String(error);
  }
}

test('a definition says which ends are handled and how long a run may take, and nothing where it has none', () => {
  expect(createJourney(trigger, body).definition).not.toHaveProperty('handles');
  expect(createJourney(trigger, body).definition).not.toHaveProperty('timeouts');
  const { definition } = createJourney(
    { ...trigger, onCancel: body, onFailure: body, timeouts: { start: '10m', finish: '3d' } },
    body,
  );
  expect(definition).toMatchObject({
    handles: ['failed', 'cancelled'],
    timeouts: { startMs: 600_000, finishMs: 259_200_000 },
  });
});

test.each([
  ['a handler that is no function', { onCancel: 'release' }, 'InvalidDefinition'],
  ['timeouts that are none', { timeouts: '3d' }, 'InvalidTimeouts'],
  ['a timeout of a wait among them', { timeouts: { 'wait-for-purchase': '1h' } }, 'InvalidTimeouts'],
  ['a duration that is none', { timeouts: { start: 'soon' } }, 'InvalidDuration'],
  ['a run that may take longer than it may live', { maxDuration: '1d', timeouts: { finish: '2d' } }, 'InvalidTimeouts'],
  [
    'an event that would pass for a timeout',
    { key: 'data.seat', cancelOn: [{ event: 'sojourn/timeout.finish' }] },
    'InvalidCancelOn',
  ],
  [
    'an event that would pass for a person',
    { key: 'data.seat', cancelOn: [{ event: 'sojourn/cancelled-by-hand' }] },
    'InvalidCancelOn',
  ],
])('fails for %s', (_what, options, code) => {
  expect(codeOf(options)).toBe(code);
});
