/** The embedded venue and its price, as the ports of a runtime. */
import type { Observable } from "rxjs";
import { rebased, recording, replayed } from "../record/index.ts";
import {
  type Simulation,
  type SimulationOptions,
  noFaults,
  random,
  simulation,
  syntheticReference,
  uniformLatency,
} from "../sim/index.ts";
import { MICRO, type ReferenceItem, microUsdc, referencePrice } from "../types/index.ts";
import { decodeBinance } from "../venue/binance/index.ts";
import type { DaemonConfig } from "./config.ts";
import type { Runtime } from "./runtime.ts";

/** Values of a recording held in memory; a day of book tickers is about ten million. */
const RECORDED_VALUES_MAX = 10_000_000;

/** Half a percent an hour or so: a calm day of BTC. */
const SYNTHETIC_VOLATILITY = 0.00009;
const SYNTHETIC_START = referencePrice(60_000 * MICRO);
const SYNTHETIC_TICK_MS = 80;

/** @throws ConfigError if the recording is of no use. */
export function referenceSource(
  { referenceFile, speed, seed }: DaemonConfig["simulation"],
  { scheduler }: Pick<Runtime, "scheduler">,
): { readonly reference$: Observable<ReferenceItem>; readonly text: string } {
  if (referenceFile === null) {
    return {
      reference$: syntheticReference(
        {
          seed,
          startPrice: SYNTHETIC_START,
          volatilityPerSqrtSecond: SYNTHETIC_VOLATILITY,
          tickMs: SYNTHETIC_TICK_MS,
        },
        scheduler,
      ),
      text: `a synthetic path (seed ${seed}); --reference FILE replays a recorded one`,
    };
  }
  const recorded = recording(referenceFile, (frame) => decodeBinance(frame).items, {
    valuesMax: RECORDED_VALUES_MAX,
  });
  const seconds = Math.round(recorded.durationMs / 1_000);
  return {
    reference$: replayed(recorded, { speed, splice: rebased, scheduler }),
    text: `${referenceFile}, ${recorded.values.length} prices over ${seconds} s, at ${speed} times its speed, looping`,
  };
}

/** A venue with plausible delays and, unless asked for, no faults. */
export function simulatedVenue(
  {
    seed,
    windowMs,
    faults = noFaults,
    audit,
  }: Pick<SimulationOptions, "seed" | "windowMs"> & Partial<SimulationOptions>,
  reference$: Observable<ReferenceItem>,
  { scheduler, clock }: Pick<Runtime, "scheduler" | "clock">,
): Simulation {
  const latencies = random(seed).fork("latency");
  return simulation(
    {
      seed,
      windowMs,
      account: { cash: microUsdc(1_000 * MICRO) },
      latency: {
        request: uniformLatency(latencies.fork("request"), { minMs: 10, maxMs: 40 }),
        response: uniformLatency(latencies.fork("response"), { minMs: 10, maxMs: 40 }),
        channel: uniformLatency(latencies.fork("channel"), { minMs: 10, maxMs: 60 }),
        reference: uniformLatency(latencies.fork("reference"), { minMs: 5, maxMs: 25 }),
      },
      volatilityPerSqrtSecond: SYNTHETIC_VOLATILITY,
      faults,
      ...(audit ? { audit } : {}),
    },
    { scheduler, clock, reference$ },
  );
}
