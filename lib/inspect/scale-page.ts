/**
 * The tables of docs/scale.md, as Markdown, from the model. A test compares them with the page.
 *
 * Owns: their columns and how numbers are rounded. Knows no quota and no sum.
 */
import { breaksFirst, herdLateS, hotKey, load, lookUnits, type Use, waiting } from './scale.js';

export const loads = [10, 1_000, 100_000] as const;

/** By the name of the block in the page. */
export function scaleTables(): Readonly<Record<string, string>> {
  return { load: loadTable(), first: firstTable(), waiting: waitingTable(), herd: herdTable(), key: keyTable() };
}

function loadTable(): string {
  const columns = loads.map((eventsPerS) => load(eventsPerS));
  const rows = columns[0]!.map((use, row) => [
    use.service,
    use.what,
    use.sum,
    number(use.quota),
    ...columns.map((uses) => cell(uses[row]!)),
  ]);
  return markdown(['service', 'what', 'sum', 'quota', ...loads.map((each) => `${number(each)} events/s`)], rows);
}

function cell({ used, share }: Use): string {
  const text = `${number(used)} (${percent(share)})`;
  return share > 1 ? `**${text}**` : text;
}

function firstTable(): string {
  const rows = loads.map((eventsPerS) => {
    const first = breaksFirst(load(eventsPerS));
    const isOver = first[0]!.share > 1;
    const named = first.map(({ service, what, share }) => `${service}: ${what}, ${times(share)}`).join('; ');
    return [
      `${number(eventsPerS)} events/s`,
      isOver ? named : `nothing; closest: ${named}`,
      isOver ? first[0]!.beyond : '',
    ];
  });
  return markdown(['load', 'over its quota, the worst first', 'what the worst means'], rows);
}

function waitingTable(): string {
  const daysS = (days: number): number => days * 86_400;
  const rows = [1e6, 1e7, 1e8].map((runs) => {
    const { schedulesShare, tableGb, usdPerMonth, firesPerS } = waiting(runs);
    return [
      number(runs),
      percent(schedulesShare),
      `${number(tableGb)} GB`,
      `$${usdPerMonth.toFixed(2)}`,
      number(firesPerS(daysS(1))),
      number(firesPerS(daysS(30))),
    ];
  });
  return markdown(
    [
      'waiting runs',
      'of the schedules granted',
      'table',
      'a month',
      'fires/s, deadlines within a day',
      'within 30 days',
    ],
    rows,
  );
}

function herdTable(): string {
  const rows = [10_000, 100_000, 1_000_000, 10_000_000].map((timers) => [number(timers), duration(herdLateS(timers))]);
  return markdown(['timers of one minute', 'the last one is late by'], rows);
}

function keyTable(): string {
  const { latestWinsPerS, latestWinsLooksPerS, itemsAtOneLookPerS } = hotKey();
  return markdown(
    ['one key value', 'bound'],
    [
      ['triggers per second, latest-wins journey, by writes', number(latestWinsPerS)],
      ['triggers per second, latest-wins journey, by reads', number(latestWinsLooksPerS)],
      ...[10, 100, 1_000, 10_000].map((items) => [
        `read units of a look at ${number(items)} past items, other journeys`,
        number(lookUnits(items)),
      ]),
      ['past items at which a partition gives one look per second, other journeys', number(itemsAtOneLookPerS)],
    ],
  );
}

function markdown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 });
}

function percent(share: number): string {
  return `${(share * 100).toLocaleString('en-US', { maximumFractionDigits: share < 0.1 ? 1 : 0 })} %`;
}

function times(share: number): string {
  return share > 1 ? `${number(share)} times the quota` : percent(share);
}

function duration(seconds: number): string {
  if (seconds < 120) return `${number(seconds)} s`;
  return seconds < 7_200 ? `${number(seconds / 60)} min` : `${number(seconds / 3_600)} h`;
}
