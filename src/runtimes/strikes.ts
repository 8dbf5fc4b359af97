/** What decides a window, from the feed that does: its strike, and the mean that will settle it. */
import { NEVER, type Observable, concatMap, defer, map, of, tap } from "rxjs";
import { UNFILTERED, withPrice } from "../streams/caches/index.ts";
import {
  COINS,
  type Coin,
  type Connections,
  type Link,
  type Log,
  type ReferencePrice,
  type SettlementMean,
  causeOf,
  eachCoin,
  formatMicro,
  isPowerOfTen,
  whyNot,
} from "../types/index.ts";
import { klines } from "../venue/binance/index.ts";
import { broken } from "../venue/index.ts";
import {
  namesOf,
  type CredentialsHolder,
  type DecodeWarning,
  PRICES_TIMING,
  type Series,
  type Window,
  coinsOf,
  priceStream,
  type Addresses,
} from "../venue/polymarket/index.ts";
import type { Runtime } from "../app/index.ts";

export interface StrikeOptions {
  readonly series: readonly Series[];
  readonly addresses: Pick<Addresses, "binanceRest" | "priceSocket">;
  readonly credentials: Pick<CredentialsHolder, "read">;
  readonly onDecodeWarning: (warning: DecodeWarning) => void;
}

export interface Strikes extends Pick<Connections, "settlement"> {
  /**
   * Where the venue has not published it yet: the strike, or in words why it is not known. A mean
   * decides it only once the settlement connection has brought it.
   */
  readonly strikeOf: (window: Window, series: Series) => Observable<ReferencePrice | string>;
}

type Given = Pick<Runtime, "clock" | "scheduler"> & { readonly log: Log };

export function strikes(options: StrikeOptions, given: Given): Strikes {
  const { series, addresses } = options;
  const { binanceRest, priceSocket } = addresses;
  const candles = candleStrikes(binanceRest, given);
  const means = eachCoin((coin) =>
    priceSocket === null ? NO_MEANS : meanStrikes(priceSocket, coin, options, given),
  );
  const meansOf = (coin: Coin): MeanStrikes => means.get(coin) ?? NO_MEANS;
  const byMean = coinsOf(series.filter(({ settledBy }) => settledBy === "twap60"));
  const settlementOf = (coin: Coin) => (byMean.includes(coin) ? meansOf(coin).settlement() : NEVER);
  return {
    strikeOf: (window, { coin, settledBy }) => {
      switch (settledBy) {
        case "candle":
          return candles(window, coin);
        case "spot":
          return of(UNKNOWN);
        case "twap60":
          return meansOf(coin).strikeOf(window);
      }
    },
    settlement: byMean.length > 0 ? (coin = COINS[0]) => settlementOf(coin) : null,
  };
}

const UNKNOWN = "its strike is not known yet";
const NO_SOCKET = "no priceSocket is given among the addresses of the venue";
const ANSWER_MS = 5_000;

/** Of one coin. */
interface MeanStrikes {
  readonly strikeOf: (window: Window) => Observable<ReferencePrice | string>;
  readonly settlement: () => Observable<Link<SettlementMean>>;
}

const NO_MEANS: MeanStrikes = {
  strikeOf: () => of(UNKNOWN),
  settlement: () => broken(NO_SOCKET),
};

/** An hourly window resolves by its own candle, so its strike is the price the candle opened at. */
function candleStrikes(origin: string, { scheduler }: Given) {
  const ask = klines({ origin, answerMs: ANSWER_MS }, scheduler);
  return ({ opensAt }: Window, coin: Coin): Observable<ReferencePrice | string> =>
    ask({ symbol: namesOf(coin).binance, interval: "1h", since: opensAt, limit: 1 }).pipe(
      map((answer) => {
        if (answer.type !== "answered") return causeOf("its candle", whyNot(answer));
        const [candle] = answer.value;
        return candle?.opensAt === opensAt ? candle.open : "Binance has no candle of it yet";
      }),
    );
}

/** Ten minutes of one price a second: a window is discovered soon after it opens. */
const MEANS_MAX = 600;

/** Clocks may differ; a mean from further ahead would count as the last one of its window. */
const AHEAD_MS_MAX = 5_000;

/** Not replayed by the venue: a window that began before we did waits for the venue's own strike. */
function meanStrikes(url: string, coin: Coin, options: StrikeOptions, given: Given): MeanStrikes {
  const { credentials, onDecodeWarning } = options;
  const { clock, scheduler, log } = given;
  const symbol = namesOf(coin).settledIn;
  const known = new Map<number, ReferencePrice>();
  let filter = UNFILTERED;
  let failing = "";
  let early = 0;
  /** A strike that comes late is the venue's own; a wrong one would price the whole window. */
  const believed = (link: Link<SettlementMean>): readonly Link<SettlementMean>[] => {
    if (link.type === "opened") failing = "";
    if (link.type !== "item") return [link];
    const { at, mean } = link.item;
    const aheadMs = at - clock.now().epochMs;
    if (aheadMs > AHEAD_MS_MAX) {
      early += 1;
      if (isPowerOfTen(early)) {
        log.warn({ coin, aheadMs, count: early }, "settlement mean from the future dropped");
      }
      return [];
    }
    const { holds } = filter;
    filter = withPrice(filter, mean, clock.now().monotonicMs, 0);
    if (filter.holds > holds && isPowerOfTen(filter.holds)) {
      log.warn({ coin, mean: formatMicro(mean), count: filter.holds }, "settlement mean held");
    }
    if (filter.held !== null) return [];
    known.set(at, mean);
    const [oldest] = known.keys();
    if (known.size > MEANS_MAX && oldest !== undefined) known.delete(oldest);
    return [link];
  };
  return {
    strikeOf: ({ opensAt }) => defer(() => of(known.get(opensAt) ?? causeOf(UNKNOWN, failing))),
    settlement: () =>
      priceStream(
        { url, symbol, credentials, onDecodeWarning, timing: PRICES_TIMING },
        { clock, scheduler },
      ).pipe(
        concatMap(believed),
        tap({
          error: (cause: unknown) => {
            failing = `price socket: ${causeOf(cause)}`;
          },
        }),
      ),
  };
}
