/** The strike of a window whose venue has not published it yet, from the price that will decide it. */
import { EMPTY, type Observable, defer, ignoreElements, map, of, tap } from "rxjs";
import { feed, feedBackoff } from "../streams/feeds/index.ts";
import { UNFILTERED, withPrice } from "../streams/caches/index.ts";
import { type Log, type ReferencePrice, causeOf, formatMicro, whyNot } from "../types/index.ts";
import { klines } from "../venue/binance/index.ts";
import {
  type CredentialsHolder,
  type DecodeWarning,
  PRICES_TIMING,
  type Series,
  type Window,
  priceStream,
  type Addresses,
} from "../venue/polymarket/index.ts";
import type { Runtime } from "../app/index.ts";

export interface StrikeOptions {
  readonly series: Series;
  readonly addresses: Pick<Addresses, "binanceRest" | "priceSocket">;
  readonly credentials: Pick<CredentialsHolder, "read">;
  readonly onDecodeWarning: (warning: DecodeWarning) => void;
}

export interface Strikes {
  /** The strike, or in words why it is not known. */
  readonly strikeOf: (window: Window) => Observable<ReferencePrice | string>;
  /** What has to run for strikes to be known. Subscribe once; it never completes. */
  readonly background$: Observable<never>;
}

type Given = Pick<Runtime, "clock" | "scheduler" | "chance"> & { readonly log: Log };

export function strikes(options: StrikeOptions, given: Given): Strikes {
  const { series, addresses } = options;
  if (series.settledBy === "candle") return candleStrikes(addresses.binanceRest, given);
  return addresses.priceSocket === null
    ? { strikeOf: () => of(UNKNOWN), background$: EMPTY }
    : twapStrikes(addresses.priceSocket, options, given);
}

const UNKNOWN = "its strike is not known yet";
const ANSWER_MS = 5_000;

/** An hourly window resolves by its own candle, so its strike is the price the candle opened at. */
function candleStrikes(origin: string, { scheduler }: Given): Strikes {
  const ask = klines({ origin, answerMs: ANSWER_MS }, scheduler);
  return {
    background$: EMPTY,
    strikeOf: ({ opensAt }) =>
      ask({ symbol: "BTCUSDT", interval: "1h", since: opensAt, limit: 1 }).pipe(
        map((answer) => {
          if (answer.type !== "answered") return causeOf("its candle", whyNot(answer));
          const [candle] = answer.value;
          return candle?.opensAt === opensAt ? candle.open : "Binance has no candle of it yet";
        }),
      ),
  };
}

/** Ten minutes of one price a second: a window is discovered soon after it opens. */
const TWAPS_MAX = 600;

/** The TWAP that ends as the window begins. Not replayed: started later, we wait for the venue's own. */
function twapStrikes(url: string, options: StrikeOptions, given: Given): Strikes {
  const { credentials, onDecodeWarning } = options;
  const { clock, scheduler, log } = given;
  const known = new Map<number, ReferencePrice>();
  let filter = UNFILTERED;
  let failing = "";
  const link$ = feed(
    () =>
      priceStream(
        { url, credentials, onDecodeWarning, timing: PRICES_TIMING },
        { clock, scheduler },
      ),
    { confirmedBy: "opened", reconnect: feedBackoff(given.chance) },
    clock,
    scheduler,
  );
  return {
    strikeOf: ({ opensAt }) => defer(() => of(known.get(opensAt) ?? causeOf(UNKNOWN, failing))),
    background$: link$.pipe(
      tap((event) => {
        if (event.type === "item") {
          const { holds } = filter;
          filter = withPrice(filter, event.item.mean, event.at.monotonicMs, 0);
          if (filter.holds > holds && /^10*$/.test(String(filter.holds))) {
            const mean = formatMicro(event.item.mean);
            log.warn({ mean, count: filter.holds }, "settlement mean held");
          }
          // A strike that comes late is the venue's own; a wrong one would price the whole window.
          if (filter.held !== null) return;
          known.set(event.item.at, event.item.mean);
          const [oldest] = known.keys();
          if (known.size > TWAPS_MAX && oldest !== undefined) known.delete(oldest);
        } else if (event.type === "failed") {
          const { cause, tries } = event;
          failing = `price socket: ${cause}`;
          log.warn({ cause, tries }, "price socket not connected");
        } else if (event.type === "lost") {
          failing = `price socket: ${event.cause}`;
          log.warn({ cause: event.cause }, "price socket lost");
        } else if (event.type === "restored") {
          failing = "";
          log.info({ session: event.session }, "price socket restored");
        }
      }),
      ignoreElements(),
    ),
  };
}
