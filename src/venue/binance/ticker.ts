/** Best bid and ask over REST: the second source for a stream that is quiet. */
import type { ReferencePrice } from "../../types/index.ts";
import { midOf, parsed } from "./decode.ts";
import { restTickerWire } from "./wire/restTicker.ts";

/** The mid, as the stream's; null where the text makes no sense. */
export function decodeTicker(text: string): ReferencePrice | null {
  const ticker = restTickerWire.safeParse(parsed(text)).data;
  return ticker ? midOf(ticker.bidPrice, ticker.askPrice) : null;
}

/** `symbol` in upper case, as in `BTCUSDT`. */
export const tickerPath = (symbol: string): string => `/api/v3/ticker/bookTicker?symbol=${symbol}`;
