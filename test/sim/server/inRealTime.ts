/** A served venue in real time, with one market that lasts a day, and its exchange's state. */
import { onTestFinished } from "vitest";
import { syntheticReference } from "../../../src/sim/index.ts";
import { type Endpoints, rollingWindows, venueServer } from "../../../src/sim/server/index.ts";
import { type Order } from "../../../src/sim/exchange/order.ts";
import { currentMarket, liveOrders } from "../../../src/sim/exchange/state.ts";
import { MICRO, microUsdc, referencePrice } from "../../../src/types/index.ts";
import { type Address } from "../../../src/venue/polymarket/index.ts";
import { systemClock, systemScheduler } from "../../../src/runtimes/system.ts";
import { signer } from "./served.ts";

const VOLATILITY = 0.00009;
/** So long that a window ends during a test only at midnight. */
export const DAY_MS = 86_400_000;
export const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export interface VenueInRealTime {
  readonly at: Endpoints;
  /** The orders of an account that rest. */
  readonly restingOf: (account: Address) => readonly Order[];
}

/** Until the test is finished. */
export async function venueInRealTime(): Promise<VenueInRealTime> {
  const startPrice = referencePrice(60_000 * MICRO);
  const path = { seed: 1, startPrice, volatilityPerSqrtSecond: VOLATILITY, tickMs: 80 };
  const { endpoints$, state } = venueServer(
    {
      port: 0,
      host: "127.0.0.1",
      isPublic: false,
      seed: 1,
      series: [rollingWindows(DAY_MS)],
      generation: "v1",
      cash: microUsdc(1_000 * MICRO),
      volatilityPerSqrtSecond: VOLATILITY,
    },
    {
      scheduler: systemScheduler,
      clock: systemClock,
      signer,
      log: silent,
      reference$: syntheticReference(path, systemScheduler),
    },
  );
  const at = await new Promise<Endpoints>((resolve, reject) => {
    const running = endpoints$.subscribe({ next: resolve, error: reject });
    onTestFinished(() => running.unsubscribe());
  });
  return {
    at,
    restingOf: (account) => {
      const market = currentMarket(state());
      return market ? liveOrders(market, account) : [];
    },
  };
}

function ignore(): void {
  return undefined;
}
