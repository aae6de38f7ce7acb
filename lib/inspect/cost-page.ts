/**
 * The tables of docs/cost.md, as Markdown, from prices and counted runs. A test compares them with the page.
 *
 * Owns: their columns and how sums are rounded. Knows no price and counts nothing.
 */
import {
  type Assumptions,
  assumptions,
  type Bill,
  type BillLine,
  billOf,
  idleBill,
  totalOf,
  type Usage,
} from './cost.js';
import { alternatives } from './cost-alternatives.js';
import { priceList, prices } from './prices.js';

export interface CountedJourney {
  readonly journey: string;
  readonly runs: number;
  readonly matched: number;
  /** Of one run that matched, and of one that timed out. */
  readonly samples: readonly { readonly ending: string; readonly usage: Usage }[];
  /** Of all runs. */
  readonly usage: Usage;
  readonly bill: Bill;
}

/** By the name of the block in the page. @param others: journeys beside the cart. */
export function costTables(cart: CountedJourney, others: readonly CountedJourney[]): Readonly<Record<string, string>> {
  return {
    counted: countedTable(cart),
    sum: sumTable(cart.bill),
    changes: changesTable(cart),
    journeys: journeysTable([cart, ...others]),
    alternatives: alternativesTable(cart),
    prices: pricesTable(),
  };
}

function countedTable({ samples }: CountedJourney): string {
  const row = (what: string, pick: (usage: Usage) => number): string[] => [
    what,
    ...samples.map(({ usage }) => number(pick(usage))),
  ];
  return markdown(
    ['counted, of one run', ...samples.map(({ ending }) => ending)],
    [
      row('events put', (usage) => usage.events),
      row('invocations', (usage) => usage.invocations),
      row('write units', (usage) => usage.writeUnits),
      row('read units', (usage) => usage.readUnits),
      row('schedules created', (usage) => usage.calls['scheduler:CreateSchedule'] ?? 0),
      row('schedules deleted', (usage) => usage.calls['scheduler:DeleteSchedule'] ?? 0),
      row('timers that fire', (usage) => usage.timersFired),
      row('bytes of log, about', (usage) => Math.round((usage.logBytes ?? 0) / 100) * 100),
    ],
  );
}

function sumTable({ run, kept, usd }: Bill): string {
  const row = ({ what, item, quantity, usd: sum }: BillLine): string[] => [
    what,
    number(quantity),
    prices[item].per,
    dollars(sum),
  ];
  const subtotal = (what: string, sum: number): string[] => [`**${what}**`, '', '', `**${dollars(sum)}**`];
  return markdown(
    ['of a million runs', 'quantity', 'unit', 'sum'],
    [
      ...run.map(row),
      subtotal('what happens', totalOf(run)),
      ...kept.map(row),
      subtotal('what is kept', totalOf(kept)),
      subtotal('all in', usd),
    ],
  );
}

/** What other assumptions make of the sum. */
function changesTable({ usage, bill }: CountedJourney): string {
  const change = (what: string, other: Usage, assumed: Partial<Assumptions> = {}): string[] => {
    const { usd } = billOf(other, { ...assumptions, ...assumed });
    return [what, `${usd < bill.usd ? '−' : '+'}${dollars(Math.abs(usd - bill.usd))}`, dollars(usd)];
  };
  const keptDays = (days: number): Usage => ({ ...usage, tableGbMonths: ((usage.tableGbMonths ?? 0) * days) / 20 });
  const unwanted: Usage = {
    ...{ events: 1e6, timersFired: 0, invocations: 1e6, writeUnits: 1e6, readUnits: 1e6 },
    calls: {},
  };
  return [
    markdown(
      ['if', 'difference', 'all in'],
      [
        change('an invocation takes 180 ms instead of 80', usage, { billedMs: 180 }),
        change('the function has 512 MiB, and takes no less time', usage, { memoryMiB: 512 }),
        change('one in ten invocations is a cold start', usage, { coldShare: 0.1 }),
        change('records are kept for 53 days (maxDuration left at 35 days)', keptDays(53)),
        change('the table has no point-in-time recovery', usage, { backups: false }),
        change('the customer’s own events are not counted', { ...usage, events: 0 }),
      ],
    ),
    '',
    `A million events that are awaited but that no run waits for: ${dollars(billOf(unwanted).usd)}. ` +
      `A hub in which nothing happens: ${dollars(totalOf(idleBill()))} a month.`,
  ].join('\n');
}

/** What a step's call is called in a table. */
const stepNames: Readonly<Record<string, string>> = {
  'ses:SendEmail': 'mails',
  'lambda:Invoke': 'functions invoked',
};

function journeysTable(journeys: readonly CountedJourney[]): string {
  const rows = journeys.map(({ journey, matched, bill }) => [
    journey,
    matched === 0 ? 'none can' : `${number(matched * 100)} %`,
    dollars(totalOf(bill.run)),
    dollars(totalOf(bill.kept)),
    dollars(bill.usd),
    bill.steps
      .map(({ what, quantity, usd }) => `${number(quantity)} ${stepNames[what] ?? what}, ${dollars(usd)}`)
      .join(', '),
  ]);
  return markdown(['a million runs of', 'matched', 'what happens', 'what is kept', 'all in', 'beside it'], rows);
}

function alternativesTable({ runs, matched, bill }: CountedJourney): string {
  const sums = (lines: readonly BillLine[]): string =>
    lines.map(({ what, quantity, usd }) => `${number(quantity)} ${what} ${dollars(usd)}`).join('; ');
  const rows = alternatives(runs, matched).map(({ name, own, around, usd }) => [
    name,
    sums(own),
    dollars(totalOf(around)),
    dollars(usd),
    `${(usd / bill.usd).toFixed(1)} ×`,
  ]);
  const ours = ['Sojourn', 'none', dollars(bill.usd), dollars(bill.usd), '1.0 ×'];
  return markdown(['a million carts', 'the service itself', 'around it', 'all in', ''], [ours, ...rows]);
}

function pricesTable(): string {
  const rows = Object.values(prices).map(({ usd, per, page, knownFrom }) => [
    per,
    usd < 0.001 ? `$${Number((usd * 1e6).toFixed(4))} a million` : `$${usd}`,
    `[${page.replace(/^https:\/\/aws\.amazon\.com\/|\/pricing\/$/g, '')}](${page})`,
    knownFrom,
  ]);
  return markdown([`${priceList.region}, ${priceList.asOf}`, 'price', 'page', 'known from'], rows);
}

function markdown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });
}

function dollars(usd: number): string {
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}
