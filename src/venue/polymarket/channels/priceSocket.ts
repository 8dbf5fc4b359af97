/** The price socket: one connection for each subscription. Reconnecting is the feed's. */
import { EMPTY, type Observable, concatMap, defer, of, timeout } from "rxjs";
import type { Link, SettlementMean } from "../../../types/index.ts";
import {
  FRAME_BYTES_MAX,
  SNAPSHOT_WAITING_MAX,
  type SocketTiming,
  type Time,
  broken,
  socket,
} from "../../index.ts";
import {
  type DecodeWarning,
  TWAP_CHANNEL,
  TWAP_SECONDS,
  decodePriceFrame,
} from "../decode/index.ts";
import type { CredentialsHolder } from "../http/index.ts";
import { type Credentials, withoutSecrets } from "../sign/index.ts";
import type { PriceAuthWire, PriceSubscriptionWire } from "../wire/index.ts";

/** The server pings only every 25 s and prices come at no documented rate, so we ping too. */
export const PRICES_TIMING: SocketTiming = { pingEveryMs: 5_000, silentMs: 15_000, openMs: 10_000 };

export interface PricesOptions {
  readonly url: string;
  /** As in `btcusd`. */
  readonly symbol: string;
  readonly credentials: Pick<CredentialsHolder, "read">;
  readonly onDecodeWarning: (warning: DecodeWarning) => void;
  readonly timing: SocketTiming;
}

/** A link, opened by the answer to the subscription. Errors with its cause; never completes. */
export function priceStream(
  { url, symbol, credentials, onDecodeWarning, timing }: PricesOptions,
  time: Time,
): Observable<Link<SettlementMean>> {
  return defer(() => {
    const used = credentials.read();
    let send = (_text: string): void => undefined;
    return socket(
      {
        url,
        pingText: null,
        waitingMax: SNAPSHOT_WAITING_MAX,
        frameBytesMax: FRAME_BYTES_MAX.prices,
        timing,
      },
      time,
    ).pipe(
      concatMap((event): Observable<Link<SettlementMean>> => {
        if (event.type === "opened") {
          ({ send } = event);
          send(authText(used));
          return EMPTY;
        }
        const frame = decodePriceFrame(withoutSecrets(event.text, used), symbol);
        switch (frame.type) {
          case "authed":
            send(subscriptionText(symbol));
            return EMPTY;
          case "subscribed":
            return of({ type: "opened" });
          case "refused":
            return broken(`the price socket refused: ${frame.code}`);
          case "price":
            return of({ type: "item", item: frame.item, at: event.at });
          case "notUnderstood":
            onDecodeWarning(frame.warning);
            return EMPTY;
        }
      }),
      timeout({
        first: timing.openMs,
        with: () => broken(`the subscription was not answered in ${timing.openMs} ms`),
        scheduler: time.scheduler,
      }),
    );
  });
}

const authText = ({ apiKey, secret, passphrase }: Credentials): string =>
  JSON.stringify({
    op: "auth",
    rid: "1",
    auth: { apiKey, secret: secret.reveal(), passphrase: passphrase.reveal() },
  } satisfies PriceAuthWire);

const subscriptionText = (symbol: string): string =>
  JSON.stringify({
    op: "subscribe",
    rid: "2",
    subscriptions: [{ channel: TWAP_CHANNEL, filter: { symbol, window_seconds: TWAP_SECONDS } }],
  } satisfies PriceSubscriptionWire);
