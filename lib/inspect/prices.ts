/**
 * What AWS asks for what a journey uses, and for what it is compared with: one list, nothing else.
 *
 * Owns: the numbers, each with its unit, its page and how we know it. Pure; knows nobody's usage.
 * Invariants: US dollars, list prices of one region, without free tiers and discounts. Nobody here has an account: where a
 * price is known second hand, `knownFrom` says from where, and the page is where to look it up.
 */

export interface Price {
  readonly usd: number;
  /** What one of it is. */
  readonly per: string;
  /** AWS's own page. */
  readonly page: string;
  readonly knownFrom: string;
}

/** For all of them. */
export const priceList = { region: 'us-east-1', asOf: '2026-11-22' } as const;

const million = 1_000_000;
const page = (service: string): string => `https://aws.amazon.com/${service}/pricing/`;

export const prices = {
  customEvent: {
    usd: 1 / million,
    per: 'event put on a bus, for each 64 KB of it',
    page: page('eventbridge'),
    knownFrom: 'cloudburn.io, March 2026: $1.00 per million; delivery within the account is free',
  },
  timerFired: {
    usd: 1 / million,
    per: 'schedule that fires; creating and deleting are free',
    page: page('eventbridge'),
    knownFrom: 'cloudburn.io, March 2026: $1.00 per million, beyond 14 million free ones a month',
  },
  lambdaRequest: {
    usd: 0.2 / million,
    per: 'invocation',
    page: page('lambda'),
    knownFrom: 'public repositories of 2026: $0.20 per million',
  },
  lambdaGbSecondArm: {
    usd: 0.0000133334,
    per: 'GB-second on arm64, first tier',
    page: page('lambda'),
    knownFrom: 'public repositories of 2026: $0.0000133334',
  },
  writeUnit: {
    usd: 0.625 / million,
    per: 'write request unit, on demand (1 KB)',
    page: page('dynamodb'),
    knownFrom: 'agent-toolkit-for-aws of AWS, August 2026: $0.625 per million',
  },
  readUnit: {
    usd: 0.125 / million,
    per: 'read request unit, on demand (4 KB, strongly consistent)',
    page: page('dynamodb'),
    knownFrom: 'agent-toolkit-for-aws of AWS, August 2026: $0.125 per million',
  },
  tableGbMonth: {
    usd: 0.25,
    per: 'GB-month in the table',
    page: page('dynamodb'),
    knownFrom: 'agent-toolkit-for-aws of AWS, August 2026: $0.25',
  },
  backupGbMonth: {
    usd: 0.2,
    per: 'GB-month of point-in-time recovery',
    page: page('dynamodb'),
    knownFrom: 'public repositories of 2026: $0.20',
  },
  logGb: {
    usd: 0.5,
    per: 'GB of log taken in',
    page: page('cloudwatch'),
    knownFrom: 'public repositories of 2026: $0.50',
  },
  logGbMonth: {
    usd: 0.03,
    per: 'GB-month of log kept',
    page: page('cloudwatch'),
    knownFrom: 'public repositories of 2026: $0.03',
  },
  alarmMonth: {
    usd: 0.1,
    per: 'month of an alarm',
    page: page('cloudwatch'),
    knownFrom: 'widely quoted for years: $0.10 for an alarm on one metric',
  },
  mail: {
    usd: 0.1 / 1_000,
    per: 'mail sent with SES, without attachments',
    page: page('ses'),
    knownFrom: 'widely quoted for years: $0.10 per thousand',
  },
  queueRequest: {
    usd: 0.4 / million,
    per: 'request to a standard queue',
    page: page('sqs'),
    knownFrom: 'public repositories of 2026: $0.40 per million',
  },
  stateTransition: {
    usd: 0.025 / 1_000,
    per: 'state transition of a Standard workflow',
    page: page('step-functions'),
    knownFrom: 'public repositories of 2026: $0.025 per thousand',
  },
  durableOperation: {
    usd: 8 / million,
    per: 'operation of a durable function',
    page: page('lambda'),
    knownFrom: 'a copy of the page of September 2026: $8.00 per million',
  },
  durableGbWritten: {
    usd: 0.25,
    per: 'GB that a durable function writes',
    page: page('lambda'),
    knownFrom: 'a copy of the page of September 2026: $0.25',
  },
  durableGbMonth: {
    usd: 0.15,
    per: 'GB-month of a durable function’s history',
    page: page('lambda'),
    knownFrom: 'a copy of the page of September 2026: $0.15',
  },
} as const satisfies Readonly<Record<string, Price>>;

export type PricedItem = keyof typeof prices;
