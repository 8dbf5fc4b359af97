/** Checks that each socket opens, and that Binance answers. */
import { type Observable, catchError, defaultIfEmpty, defer, filter, map, of, timeout } from "rxjs";
import {
  type Coin,
  type Market,
  causeOf,
  epochMs,
  referencePrice,
  whyNot,
} from "../types/index.ts";
import { STREAM_TIMING, klines, referenceStream } from "../venue/binance/index.ts";
import {
  type Addresses,
  CHANNEL_TIMING,
  namesOf,
  type Identity,
  PRICES_TIMING,
  WATCHDOG_TIMING,
  fixedCredentials,
  polymarketChannels,
  priceStream,
} from "../venue/polymarket/index.ts";
import {
  ANSWER_MS,
  type Check,
  type Found,
  skipped,
  type Time,
  checked,
  timed,
} from "./doctorCheck.ts";
import { BINANCE_OUTAGE, type Finding, OUTAGE, fail, ok } from "./finding.ts";

/** Milliseconds that a socket is given to open. */
const OPEN_MS = 10_000;
const HOUR_MS = 3_600_000;
/** No check depends on the strike, or on the rule. */
const NO_STRIKE = referencePrice(1);
const ignore = (): void => undefined;

/** Skipped where the login has failed; those of a market where none is listed. */
export function socketChecks(
  { account }: Omit<Identity, "credentials">,
  { rest, marketSocket, userSocket, priceSocket }: Addresses,
  coins: readonly Coin[],
  time: Time,
): readonly Check[] {
  const channelsOf = ({ credentials, listing }: Found) => {
    if (credentials === null || listing === null) return null;
    const given = listing.strike ?? NO_STRIKE;
    const market: Market = { ...listing.market, strike: given, settledBy: "spot" };
    const channels = polymarketChannels(
      {
        marketUrl: marketSocket,
        userUrl: userSocket,
        credentials: fixedCredentials(credentials),
        wallet: account.maker,
        listings: new Map([[market.id, listing]]),
        origin: rest,
        onDecodeWarning: ignore,
        onWatchdogReport: ignore,
        timing: CHANNEL_TIMING,
        watchTiming: WATCHDOG_TIMING,
      },
      time,
    );
    return { market, channels };
  };
  return [
    (found) => {
      const known = channelsOf(found);
      if (known === null) return skipped();
      return opens("market socket", marketSocket, known.channels.market(known.market), time);
    },
    (found) => {
      const known = channelsOf(found);
      if (known === null) return skipped();
      return opens("user socket", userSocket, known.channels.user(known.market), time);
    },
    ...coins.map((coin): Check => ({ credentials }) => {
      if (credentials === null || priceSocket === null) return skipped();
      const options = {
        url: priceSocket,
        symbol: namesOf(coin).settledIn,
        credentials: fixedCredentials(credentials),
        onDecodeWarning: ignore,
      };
      const prices$ = priceStream({ ...options, timing: PRICES_TIMING }, time);
      return opens("price socket", `${priceSocket}, ${options.symbol}`, prices$, time);
    }),
  ];
}

export function binanceChecks(
  coin: Coin,
  { binanceRest, binanceSocket }: Addresses,
  time: Time,
): readonly Check[] {
  const symbol = namesOf(coin).binance;
  const ask = klines({ origin: binanceRest, answerMs: ANSWER_MS }, time.scheduler);
  const candle$ = defer(() => {
    const since = epochMs(Math.floor(time.clock.now().epochMs / HOUR_MS) * HOUR_MS);
    return ask({ symbol, interval: "1h", since, limit: 1 });
  });
  const stream$ = referenceStream(
    {
      origin: binanceSocket,
      symbol: symbol.toLowerCase(),
      onDecodeWarning: ignore,
      timing: STREAM_TIMING,
    },
    time,
  );
  return [
    () =>
      timed(candle$, time).pipe(
        map(({ answer, tookMs }) =>
          checked([
            answer.type === "answered"
              ? ok("binance", `${binanceRest}, ${symbol}, ${tookMs} ms`)
              : fail("binance", `${binanceRest}, ${symbol}: ${whyNot(answer)}`, BINANCE_OUTAGE),
          ]),
        ),
      ),
    () => opens("binance socket", `${binanceSocket}, ${symbol}`, stream$, time, BINANCE_OUTAGE),
  ];
}

/** How long it took to open, or why it did not. */
const opens = (
  name: string,
  url: string,
  link$: Observable<{ readonly type: string }>,
  time: Time,
  fix = OUTAGE,
): ReturnType<Check> =>
  timed(link$.pipe(filter(({ type }) => type === "opened")), time).pipe(
    map(({ tookMs }) => ok(name, `${url}, ${tookMs} ms`)),
    defaultIfEmpty(fail(name, `${url}: closed before it opened`, fix)),
    timeout({
      first: OPEN_MS,
      with: () => of(fail(name, `${url}: not open in ${OPEN_MS} ms`, fix)),
      scheduler: time.scheduler,
    }),
    catchError((cause: unknown): Observable<Finding> =>
      of(fail(name, `${url}: ${causeOf(cause)}`, fix)),
    ),
    map((finding) => checked([finding])),
  );
