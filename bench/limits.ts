/** One step of the account, which hears that an order of one of so many markets has changed, beside reading what it hears. */
import { type AccountInput, type MarketDigest, initial, step } from "../src/account/index.ts";
import { type MarketId, MICRO, marketId, microShares, microUsdc } from "../src/types/index.ts";
import { accountConfig, digest, openedMarket } from "../test/account/builders.ts";
import { dollars, instant } from "../test/support/builders.ts";
import { type Figure, figure, timed } from "./figure.ts";

const FLOOR = "floor: reading what it hears";
const MARKETS = [1, 20, 200] as const;
const WARM_UP = 20_000;

/** Every limit is counted, and none is hit. */
const LIMIT = { max: 1_000_000, action: "halt" } as const;
const CONFIG = accountConfig({
  limits: {
    lossPerWindowUsd: LIMIT,
    lossPerDayUsd: LIMIT,
    drawdownUsd: LIMIT,
    worstLossUsd: LIMIT,
    exposurePerPercentUsd: LIMIT,
    exposurePerSigmaUsd: LIMIT,
    refusalsPerMinute: LIMIT,
    failedTradesPerMinute: LIMIT,
    differencesPerMinute: LIMIT,
  },
});

export async function* limitsFigures(): AsyncGenerator<Figure> {
  const [one, some, many] = MARKETS.map(stepsOf);
  if (!one || !some || !many) throw new Error("a number of markets is missing");
  // In turns, as the compiled code has to serve all of them.
  for (let round = 0; round < WARM_UP; round += 1) [one, some, many].forEach((of) => of.step());
  const times = await timed({ one: one.step, some: some.step, many: many.step, floor: many.read });
  const beside = { [FLOOR]: times.floor };
  yield figure("limits.step.1", "us", times.one, beside);
  yield figure("limits.step.20", "us", times.some, { ...beside, "with one market": times.one });
  yield figure("limits.step.200", "us", times.many, { ...beside, "with one market": times.one });
}

interface Steps {
  readonly step: () => number;
  readonly read: () => number;
}

/** Markets of ten ends take turns; in each step the live orders of one have changed, and its limits stay. */
function stepsOf(count: number): Steps {
  const ids = Array.from({ length: count }, (_, at) => marketId(`market-${at}`));
  let state = initial(null, instant(0));
  const hear = (input: AccountInput): void => {
    state = step(state, input, CONFIG).state;
  };
  const cash = dollars(100_000);
  hear({ type: "cash.read", at: instant(1), cash, beganAt: instant(0).monotonicMs });
  for (const [at, market] of ids.entries()) {
    const endsAt = instant((1 + (at % 10)) * 60_000_000).epochMs;
    hear({ type: "market.opened", at: instant(2), ...openedMarket({ market, endsAt }) });
  }
  const seqs = new Map<MarketId, number>();
  let turn = 0;
  const next = (): Extract<AccountInput, { readonly type: "market.changed" }> => {
    turn += 1;
    const market = ids[turn % count] ?? marketId("");
    const seq = seqs.get(market) ?? 1;
    return { type: "market.changed", at: instant(3), market, digest: heardAt(turn, seq) };
  };
  const run = (): number => {
    const made = step(state, next(), CONFIG);
    for (const { market, limits } of made.limits) seqs.set(market, limits.seq);
    state = made.state;
    return made.limits.length;
  };
  return { step: run, read: () => readFrom(next().digest) };
}

function heardAt(turn: number, limitsSeq: number): MarketDigest {
  const shares = (turn % 7) * MICRO;
  return digest({
    limitsSeq,
    isQuiet: turn % 3 === 0,
    mayRest: true,
    reserved: microUsdc(shares / 2),
    worstUp: microShares(shares),
    worstDown: microShares(-shares),
    lostIf: { YES: microUsdc(shares / 2), NO: microUsdc(shares / 2) },
    deltaPerPercent: 0.2,
    deltaPerSigma: 0.4,
  });
}

function readFrom(heard: MarketDigest): number {
  const { spent, reserved, settledFlow, flow, worstUp, worstDown, stock, lostIf, counts } = heard;
  const ofBoth = stock.YES + stock.NO + lostIf.YES + lostIf.NO;
  const counted = counts.refusals + counts.failedTrades + counts.differences;
  return spent + reserved + settledFlow + flow + worstUp + worstDown + ofBoth + counted;
}
