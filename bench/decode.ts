/** The cost of decoding a frame from text to our types; most of it is JSON.parse. */
import { readMarketFrame } from "../src/venue/polymarket/decode/index.ts";
import { decodeUserFrame } from "../src/venue/polymarket/index.ts";
import { CREDENTIALS, LISTING, MARKET } from "./account.ts";
import { type Figure, figure, timed } from "./figure.ts";
import { WALLET, bookFrame, priceChangeFrame, userOrderFrame, userTradeFrame } from "./frames.ts";

const US = { apiKey: CREDENTIALS.key, wallet: WALLET, isOurs: () => false };
const TRADED = { ...MARKET, feeRate: LISTING.feeRate };

const WARM_CALLS = 5_000;

interface Read {
  readonly items: readonly unknown[];
  readonly warnings: readonly unknown[];
}

export async function* decodeFigures(): AsyncGenerator<Figure> {
  const market = (text: string): Read => readMarketFrame(text, MARKET);
  const user = (text: string): Read => decodeUserFrame(text, TRADED, US);
  yield* frameFigure("priceChange", priceChangeFrame({ ask: "0.500", size: "30" }), 1, market);
  yield* frameFigure("book.100", bookFrame(MARKET.tokenIds.YES, 50), 1, market);
  yield* frameFigure("book.200", bookFrame(MARKET.tokenIds.YES, 100), 1, market);
  yield* frameFigure("userOrder", userOrderFrame(), 1, user);
  yield* frameFigure("userTrade", userTradeFrame(), 1, user);
}

async function* frameFigure(
  name: string,
  text: string,
  items: number,
  decode: (text: string) => Read,
): AsyncGenerator<Figure> {
  const read = decode(text);
  if (read.items.length !== items || read.warnings.length > 0) {
    throw new Error(`${name} was read as ${JSON.stringify(read).slice(0, 500)}`);
  }
  // Compiled, as after the first minute of a channel: a round below is too short for that.
  for (let n = 0; n < WARM_CALLS; n += 1) decode(text);
  const { ours, json } = await timed({ ours: () => decode(text), json: () => JSON.parse(text) });
  yield figure(`decode.${name}`, "us", ours, {
    [`floor: JSON.parse of its ${text.length} characters`]: json,
  });
}
