/** How a market is doing, and how it has ended: prices in YES on its grid, results in dollars. */
import { type ExecutorConfig, inputAges } from "../executor/index.ts";
import type { Attribution, Profit } from "../ledger/index.ts";
import {
  DOLLAR_BP,
  type Facts,
  type Intent,
  MICRO,
  type PriceBp,
  type ReferencePrice,
  SLOTS,
  type Slot,
  type Token,
  effective,
  formatMicro,
  microShares,
  netShares,
} from "../types/index.ts";
import {
  formatClock,
  formatDollars,
  formatOnGrid,
  formatReference,
  formatSeconds,
} from "./format.ts";
import type { LoadFigures, Quantiles } from "./loadFigures.ts";
import { type LogLine, lineAt } from "./logLine.ts";
import { type MarketRecord, resultOf } from "./marketRecord.ts";
import {
  type Quoting,
  type Side,
  type Told,
  hasLasted,
  inYes,
  quotingOf,
  withheldFacts,
} from "./quoting.ts";

const { info } = lineAt;

/** Fills and result, in micro-dollars. */
export interface Totals {
  readonly fills: number;
  readonly pnl: number;
}

export const NO_TOTALS: Totals = { fills: 0, pnl: 0 };

export function totalsWith({ fills, pnl }: Totals, record: MarketRecord): Totals {
  const { fills: own, sale } = resultOf(record);
  return { fills: fills + own, pnl: pnl + pnlOf(sale) };
}

export interface StatusContext {
  readonly config: ExecutorConfig;
  /** Of the whole run. */
  readonly run: Totals;
  readonly referencePrice: ReferencePrice | null;
  readonly settlementMean: ReferencePrice | null;
  readonly loadMs: LoadFigures;
}

/** Fields that change their width come last, so that the others can be read down as columns. */
export function statusLine(
  record: MarketRecord,
  told: Told,
  { config, run, referencePrice, settlementMean, loadMs }: StatusContext,
): LogLine {
  const { state, fairBp } = record;
  const { market, now } = state;
  const { sale, model, fills: own } = resultOf(record);
  const ages = inputAges(state);
  const quoting = settled(
    quotingOf(state, config),
    state.why.gate.length > 0 || hasLasted(told, state),
  );
  const reason = [...quoting.reasons.values()].join("; ");
  return info("status", {
    market: market.slug,
    left: formatClock(market.endsAt - now.epochMs),
    fair: fairBp === null ? "none" : formatOnGrid(fairBp, market.rules.tick),
    ...modelFacts(state.intent, market.rules.tick),
    bid: priceText(record, quoting, "bid"),
    ask: priceText(record, quoting, "ask"),
    ...ownedFacts(record),
    ...noBidFacts(record),
    fills: own,
    ...pnlFacts(sale),
    pnlAtFair: formatDollars(pnlOf(model) / MICRO),
    runFills: run.fills,
    runPnl: formatDollars(run.pnl / MICRO),
    reference: referencePrice === null ? "none" : formatReference(referencePrice),
    strike: formatReference(market.strike),
    ...(market.settledBy === "twap60" && {
      mean: settlementMean === null ? "none" : formatReference(settlementMean),
      meanAge: formatSeconds(ages.settlement),
    }),
    referenceAge: formatSeconds(ages.reference),
    yesAge: formatSeconds(ages.YES),
    noAge: formatSeconds(ages.NO),
    loopMs: quantilesText(loadMs.eventLoop),
    feedMs: quantilesText(loadMs.feeds),
    quote: quoting.verdict,
    ...Object.fromEntries(
      SLOTS.map((slot) => [`${slot}Size`, formatMicro(microShares(quoting.sides[slot].size))]),
    ),
    ...(reason === "" ? withheldFacts(quoting) : { reason }),
  });
}

/** The line of a market at its end, or as it is left before that. */
export function resultLine(record: MarketRecord): LogLine {
  const { state } = record;
  const { market, winner, inventory } = state;
  const { sale, fills } = resultOf(record);
  return info("market result", {
    market: market.slug,
    winner: winner ?? "unknown yet",
    fills,
    spread: formatDollars(sale.spread / MICRO),
    directional: formatDollars(sale.directional / MICRO),
    fees: formatDollars(sale.fees / MICRO),
    pnl: formatDollars(pnlOf(sale) / MICRO),
    ...ownedFacts(record),
    ...(winner === null
      ? noBidFacts(record)
      : { paid: formatDollars(effective(inventory, winner) / MICRO) }),
  });
}

/** With an open gate, nothing shown for a moment is a re-quote. */
function settled(quoting: Quoting, isSettled: boolean): Quoting {
  if (quoting.verdict !== "not quoting" || isSettled) return quoting;
  const moving = (side: Side): Side => ({ ...side, isMoving: true, withheld: [] });
  const { bid, ask } = quoting.sides;
  const sides = { bid: moving(bid), ask: moving(ask) };
  return { verdict: "re-quoting", reasons: new Map(), sides };
}

function priceText({ state }: MarketRecord, { verdict, sides }: Quoting, slot: Slot): string {
  const { order, isMoving } = sides[slot];
  if (order !== null) return formatOnGrid(inYes(order), state.market.rules.tick);
  return verdict === "re-quoting" && isMoving ? "re-quoting" : "none";
}

/** How sure fair is, and what it was before the market's own price was blended in. */
function modelFacts(intent: Intent | null, tick: PriceBp): Facts {
  const { fairErrorBp, modelBp } = intent ?? {};
  return {
    ...(fairErrorBp !== undefined && { error: (fairErrorBp / DOLLAR_BP).toFixed(3) }),
    ...(modelBp !== undefined && { model: formatOnGrid(modelBp, tick) }),
  };
}

const pnlOf = ({ realised, unrealised, fees }: Profit): number => realised + unrealised - fees;

const pnlFacts = (profit: Profit & Attribution): Facts => ({
  pnl: formatDollars(pnlOf(profit) / MICRO),
  realised: formatDollars(profit.realised / MICRO),
  unrealised: formatDollars(profit.unrealised / MICRO),
  fees: formatDollars(profit.fees / MICRO),
});

function ownedFacts({ state: { inventory } }: MarketRecord): Facts {
  const owned = (token: Token): string => formatMicro(microShares(effective(inventory, token)));
  return { yes: owned("YES"), no: owned("NO") };
}

/** The token that is owned and that nobody bids for: it is marked at nothing, or by the model. */
function noBidFacts({ state: { inventory }, touch }: MarketRecord): Facts {
  const net = netShares(inventory);
  const token = net > 0 ? "YES" : "NO";
  if (net === 0 || (touch !== null && touch[token].bid !== null)) return {};
  return { noBid: touch === null ? "not known yet" : token };
}

/** Median, 99th of a hundred, largest. */
const quantilesText = ({ p50, p99, max }: Quantiles): string =>
  [p50, p99, max].map(Math.round).join("/");
