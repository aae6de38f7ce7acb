/**
 * The same million carts on AWS's own workflow services: what they would cost, by the arithmetic that is shown.
 *
 * Owns: how many transitions and operations a cart takes there. Pure. Invariants: the lean variant of each, and where a count
 * can be argued about, the one that favours them. Both need a function and a table of their own to find the waiting execution
 * by cart, as neither matches events by a key; neither sum has the cancellation by a newer product, the retries and the
 * dead letters that ours has.
 */
import { type Assumptions, assumptions, type BillLine, billOf, totalOf, type Usage } from './cost.js';
import { type PricedItem, prices } from './prices.js';

export interface Alternative {
  readonly name: string;
  /** What the service itself charges. */
  readonly own: readonly BillLine[];
  /** Events, functions, table and logs around it, priced as ours are. */
  readonly around: readonly BillLine[];
  readonly usd: number;
}

/** Of one cart, by how it ends. */
const stepFunctions = {
  // The task that waits with its token, and the end.
  transitionsMatched: 2,
  // The task that waits, the reminder that its timeout leads to, and the end.
  transitionsTimedOut: 3,
  // The trigger starts the execution and stores the token; the purchase finds it; or the reminder is sent.
  invocationsMatched: 2,
  invocationsTimedOut: 2,
  // Store the token; delete it when it was used.
  writesMatched: 2,
  writesTimedOut: 1,
  readsMatched: 1,
} as const;

const durableFunctions = {
  // start 1, waitForCallback 3.
  operationsMatched: 4,
  // start 1, waitForCallback 3, the step that reminds 1.
  operationsTimedOut: 5,
  bytesWritten: 4_000,
  historyMonths: 0.5,
  // Started, and resumed; matched: the function that finds the callback as well.
  invocationsMatched: 3,
  invocationsTimedOut: 2,
  writesMatched: 2,
  writesTimedOut: 1,
  readsMatched: 1,
} as const;

const gb = 1e9;

/** @param matched share of the carts that are purchased in time. */
export function alternatives(runs: number, matched: number, assumed: Assumptions = assumptions): Alternative[] {
  const [bought, forgotten] = [runs * matched, runs * (1 - matched)];
  const { transitionsMatched, transitionsTimedOut } = stepFunctions;
  const { operationsMatched, operationsTimedOut, bytesWritten, historyMonths } = durableFunctions;
  const writtenGb = (runs * bytesWritten) / gb;
  return [
    alternative(
      'Step Functions Standard with task tokens',
      [line('state transitions', 'stateTransition', bought * transitionsMatched + forgotten * transitionsTimedOut)],
      around(bought, forgotten, stepFunctions, assumed),
    ),
    alternative(
      'Lambda durable functions with callbacks',
      [
        line('operations', 'durableOperation', bought * operationsMatched + forgotten * operationsTimedOut),
        line('GB written', 'durableGbWritten', writtenGb),
        line('GB-months of history', 'durableGbMonth', writtenGb * historyMonths),
      ],
      around(bought, forgotten, durableFunctions, assumed),
    ),
  ];
}

interface PerCart {
  readonly invocationsMatched: number;
  readonly invocationsTimedOut: number;
  readonly writesMatched: number;
  readonly writesTimedOut: number;
  readonly readsMatched: number;
}

function around(bought: number, forgotten: number, cart: PerCart, assumed: Assumptions): readonly BillLine[] {
  const usage: Usage = {
    events: 2 * bought + forgotten,
    timersFired: 0,
    invocations: bought * cart.invocationsMatched + forgotten * cart.invocationsTimedOut,
    writeUnits: bought * cart.writesMatched + forgotten * cart.writesTimedOut,
    readUnits: bought * cart.readsMatched,
    calls: {},
  };
  const { run, kept } = billOf(usage, assumed);
  return [...run, ...kept].filter(({ usd }) => usd > 0);
}

function alternative(name: string, own: readonly BillLine[], others: readonly BillLine[]): Alternative {
  return { name, own, around: others, usd: totalOf([...own, ...others]) };
}

function line(what: string, item: PricedItem, quantity: number): BillLine {
  return { what, item, quantity, usd: quantity * prices[item].usd };
}
