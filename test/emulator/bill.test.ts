/** The bill of a verification: literal usage, literal dollars. */
import { billLines, billOf } from '../../bin/verify/bill.js';

const counted = {
  events: 30,
  timers: 10,
  mails: 10,
  invocations: 50,
  billedMs: 40_000,
  memoryMiB: 256,
  writeUnits: 60,
  readUnits: 40,
  logBytes: 30_000,
  queueCalls: 100,
};

test('each thing that was counted costs its list price', () => {
  const dollars = Object.fromEntries(billOf(counted).map(({ what, dollars }) => [what, dollars.toFixed(9)]));
  expect(dollars).toEqual({
    '30 events put': '0.000030000',
    '10 timers fired': '0.000010000',
    '10 mails': '0.001000000',
    '50 invocations': '0.000010000',
    '10.0 GB-seconds': '0.000133334',
    '60 write units': '0.000037500',
    '40 read units': '0.000005000',
    '30.0 KB of logs': '0.000015000',
    '100 calls of SQS': '0.000040000',
  });
});

test('the last line is the sum', () => {
  expect(billLines(counted).at(-1)?.trim()).toMatch(/^in all +\$0\.001281$/);
});
