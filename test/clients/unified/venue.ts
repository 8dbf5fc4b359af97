/** A served venue in real time, which is what this client has to be in, and what the client needs to know of it. */
import { type EnvironmentConfig, forkEnvironmentConfig } from "@polymarket/client";
import { onTestFinished } from "vitest";
import { syntheticReference } from "../../../src/sim/index.ts";
import {
  type Endpoints,
  type Generation,
  venueServer,
  type WindowSeries,
} from "../../../src/sim/server/index.ts";
import type { ExchangeState } from "../../../src/sim/exchange/state.ts";
import { MICRO, microUsdc, referencePrice } from "../../../src/types/index.ts";
import { chooseSigner } from "../../../src/venue/polymarket/sign/index.ts";
import { systemClock, systemScheduler } from "../../../src/runtimes/system.ts";

const VOLATILITY = 0.00009;
const ignore = (): void => undefined;
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export interface Venue {
  readonly at: Endpoints;
  readonly environment: EnvironmentConfig;
  /** What is really so. */
  readonly state: () => ExchangeState;
  readonly end: () => void;
}

export async function started(
  series: readonly WindowSeries[],
  generation: Generation = "v1",
): Promise<Venue> {
  const { endpoints$, state } = venueServer(
    {
      port: 0,
      host: "127.0.0.1",
      isPublic: false,
      seed: 1,
      series,
      generation,
      cash: microUsdc(1_000 * MICRO),
      volatilityPerSqrtSecond: VOLATILITY,
    },
    {
      scheduler: systemScheduler,
      clock: systemClock,
      signer: await chooseSigner(silent),
      log: silent,
      reference$: syntheticReference(
        {
          seed: 1,
          startPrice: referencePrice(60_000 * MICRO),
          volatilityPerSqrtSecond: VOLATILITY,
          tickMs: 80,
        },
        systemScheduler,
      ),
    },
  );
  return new Promise((resolve, reject) => {
    const running = endpoints$.subscribe({
      next: (at) => {
        const end = () => running.unsubscribe();
        resolve({ at, environment: environmentAt(at), state, end });
      },
      error: reject,
    });
  });
}

/** The same, for the length of one test. */
export async function startedHere(...options: Parameters<typeof started>): Promise<Venue> {
  const venue = await started(...options);
  onTestFinished(venue.end);
  return venue;
}

/** Every address the client knows; what the venue does not serve is nowhere rather than elsewhere. */
function environmentAt({ rest, gamma, marketSocket, userSocket }: Endpoints): EnvironmentConfig {
  const nowhere = { rest: `${rest}/nowhere`, ws: `${marketSocket}/nowhere` };
  return forkEnvironmentConfig({
    name: "tandem",
    rpc: nowhere.rest,
    clob: { rest, market: { ws: marketSocket }, user: { ws: userSocket } },
    gamma: { rest: gamma },
    relayer: nowhere,
    data: nowhere,
    combos: { ...nowhere, collateralReturn: nowhere },
    perps: nowhere,
    rtds: nowhere,
    sports: nowhere,
  });
}
