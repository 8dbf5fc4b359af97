/** The simulated venue on loopback for a live run, with one window of four hours, which outlasts the tests. */
import { Subscription } from "rxjs";
import { syntheticReference } from "../../src/sim/index.ts";
import { MICRO, referencePrice } from "../../src/types/index.ts";
import { chooseSigner, type Addresses } from "../../src/venue/polymarket/index.ts";
import { type RecordingProxy, openRecordingProxy } from "./recordingProxy.ts";
import { servedVenue } from "../../src/runtimes/served.ts";
import { systemScheduler } from "../../src/runtimes/system.ts";

export interface RecordedVenue extends RecordingProxy {
  readonly addresses: Addresses;
}

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

const FOUR_HOURS_MS = 14_400_000;

/** Behind a proxy that records what it is sent. */
export async function openRecordedVenue(): Promise<RecordedVenue> {
  const reference$ = syntheticReference(
    {
      seed: 1,
      startPrice: referencePrice(60_000 * MICRO),
      volatilityPerSqrtSecond: 0.00009,
      tickMs: 80,
    },
    systemScheduler,
  );
  const running = new Subscription();
  const signer = await chooseSigner(silent);
  const port = await new Promise<number>((resolve) => {
    const endpoints$ = servedVenue(
      { seed: 1, windowMs: FOUR_HOURS_MS, reference$ },
      signer,
      silent,
    );
    running.add(endpoints$.subscribe((endpoints) => resolve(endpoints.port)));
  });
  const proxy = await openRecordingProxy(port);
  const at = `127.0.0.1:${proxy.port}`;
  return {
    ...proxy,
    addresses: {
      rest: `http://${at}`,
      gamma: `http://${at}/gamma`,
      marketSocket: `ws://${at}/ws/market`,
      userSocket: `ws://${at}/ws/user`,
      priceSocket: `ws://${at}/prices/ws`,
      binanceRest: `http://${at}`,
      binanceSocket: `ws://${at}`,
    },
    close: () => {
      proxy.close();
      running.unsubscribe();
    },
  };
}

function ignore(): void {
  return undefined;
}
