/** Public frames of a market in the shape of the venue's, with check sums that are right. */
import { random } from "../src/sim/index.ts";
import {
  DOLLAR_BP,
  type Market,
  TOKENS,
  type Token,
  formatMicro,
  formatPriceBp,
  priceBp,
} from "../src/types/index.ts";
import { bookHash, type wire } from "../src/venue/polymarket/index.ts";

/** As in a window of five minutes: a whole book has about 3.4 kB, a change 600 bytes. */
const LEVELS = 50;
const CHANGES = 36;
/** A trade is followed by both books. */
const BOOK_EVERY = 12;
const MIDDLE = 5_000;
const STEP = 10;
/** Changes are this near to the touch. */
const NEAR = 6;

type Side = Map<number, string>;
interface Sides {
  readonly bids: Side;
  readonly asks: Side;
}

/** Repeats without a seam: it begins with both books as they were at the beginning. */
export function framesOf(market: Market, seed: number): readonly string[] {
  const chance = random(seed).fork("frames");
  const yes: Sides = { bids: new Map(), asks: new Map() };
  for (let n = 1; n <= LEVELS; n += 1) {
    yes.bids.set(MIDDLE - n * STEP, `${10 + n}.${n % 9}1`);
    yes.asks.set(MIDDLE + n * STEP, `${20 + n}.${n % 9}2`);
  }
  const frames: string[] = [];
  let at = 1_760_000_000_000;
  const bothBooks = (): void => {
    for (const token of TOKENS) frames.push(bookFrame(bookOf(market, token, yes, at)));
  };
  bothBooks();
  for (let n = 1; n <= CHANGES; n += 1) {
    at += 7;
    const isBid = chance.integer(0, 2) === 0;
    const price = MIDDLE + (isBid ? -1 : 1) * STEP * chance.integer(1, NEAR);
    // The touch itself never goes, so that the book stays one that nobody has to follow.
    const isGone = chance.integer(0, 4) === 0 && Math.abs(price - MIDDLE) > STEP;
    const size = isGone ? "0" : `${chance.integer(1, 900)}.${chance.integer(10, 99)}`;
    const side = isBid ? yes.bids : yes.asks;
    if (isGone) side.delete(price);
    else side.set(price, size);
    frames.push(changeFrame(market, yes, at, { isBid, price, size }));
    if (n % BOOK_EVERY === 0 && n < CHANGES) bothBooks();
  }
  return frames;
}

const LAST_TRADE = "0.50";
const decimal = (price: number): string => formatPriceBp(priceBp(price));

/** NO's book is YES's from the other side. */
function bookOf(market: Market, token: Token, yes: Sides, at: number): wire.BookSummaryWire {
  const isYes = token === "YES";
  const levels = (side: Side, isBid: boolean): wire.LevelWire[] =>
    [...side]
      .map(([price, size]) => ({ price: isYes ? price : DOLLAR_BP - price, size }))
      .toSorted((a, b) => (isBid ? a.price - b.price : b.price - a.price))
      .map(({ price, size }) => ({ price: decimal(price), size }));
  const book = {
    market: market.id,
    asset_id: market.tokenIds[token],
    timestamp: String(at),
    hash: "",
    bids: levels(isYes ? yes.bids : yes.asks, true),
    asks: levels(isYes ? yes.asks : yes.bids, false),
    min_order_size: formatMicro(market.rules.orderSizeMin),
    tick_size: decimal(market.rules.tick),
    neg_risk: false,
    last_trade_price: LAST_TRADE,
  };
  return { ...book, hash: bookHash(book) };
}

function bookFrame(book: wire.BookSummaryWire): string {
  const { market, asset_id, timestamp, hash, bids, asks, tick_size } = book;
  return JSON.stringify({
    market,
    asset_id,
    timestamp,
    hash,
    bids,
    asks,
    tick_size,
    event_type: "book",
    last_trade_price: LAST_TRADE,
  });
}

function changeFrame(
  market: Market,
  yes: Sides,
  at: number,
  {
    isBid,
    price,
    size,
  }: { readonly isBid: boolean; readonly price: number; readonly size: string },
): string {
  const best = { YES: [MIDDLE - STEP, MIDDLE + STEP], NO: [MIDDLE - STEP, MIDDLE + STEP] } as const;
  return JSON.stringify({
    market: market.id,
    price_changes: TOKENS.map((token) => ({
      asset_id: market.tokenIds[token],
      price: decimal(token === "YES" ? price : DOLLAR_BP - price),
      size,
      side: isBid === (token === "YES") ? "BUY" : "SELL",
      hash: bookOf(market, token, yes, at).hash,
      best_bid: decimal(best[token][0]),
      best_ask: decimal(best[token][1]),
    })),
    timestamp: String(at),
    event_type: "price_change",
  });
}
