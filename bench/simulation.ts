/** CPU time of simulated time: a window of the whole program, and a world with its faults and checkers. */
import { SYNTHETIC_VOLATILITY, simulatedVenue } from "../src/runtimes/inProcess.ts";
import {
  type TradersName,
  syntheticReference,
  virtualClock,
  virtualScheduler,
} from "../src/sim/index.ts";
import { MICRO, referencePrice } from "../src/types/index.ts";
import { world } from "../test/sim/world.ts";
import { type Figure, figure } from "./figure.ts";
import { simulatedWindow } from "./windows.ts";

const SIMULATED_MS = 300_000;
const SEED = 7;
/** Rounds of a window, in turns with its floor; the fastest counts. */
const ROUNDS = 3;
/** Worlds differ by what is drawn for them, so they are a mean. */
const WORLD_SEEDS = [1, 2, 3, 4, 5, 6];
const EPOCH_START_MS = 1_795_305_600_000;
const FLOOR = "floor: the exchange and its traders alone";

export async function* simulationFigures(): AsyncGenerator<Figure> {
  yield* windowFigures("calm");
  yield* windowFigures("busy");
  yield* worldFigures();
}

async function* windowFigures(traders: TradersName): AsyncGenerator<Figure> {
  const options = { seed: SEED, traders, lengthMs: SIMULATED_MS };
  await simulatedWindow(options);
  let [window, floor] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round += 1) {
    window = Math.min(window, await cpuSecondsOf(() => simulatedWindow(options)));
    floor = Math.min(floor, await cpuSecondsOf(() => venueAlone(SEED, traders)));
  }
  const [real, realOfFloor] = [window, floor].map((seconds) => SIMULATED_MS / 1_000 / seconds);
  yield figure(`simulation.window.${traders}`, "s", window, { [FLOOR]: floor });
  yield figure(`simulation.window.${traders}.timesRealTime`, "ratio", real ?? NaN, {
    [FLOOR]: realOfFloor ?? NaN,
  });
}

async function* worldFigures(): AsyncGenerator<Figure> {
  const [first = SEED] = WORLD_SEEDS;
  await world({ seed: first, tradingMs: SIMULATED_MS });
  let [worlds, floor] = [0, 0];
  for (const seed of WORLD_SEEDS) {
    worlds += await cpuSecondsOf(() => world({ seed, tradingMs: SIMULATED_MS }));
    floor += await cpuSecondsOf(() => venueAlone(seed, "calm"));
  }
  const mean = (sum: number): number => sum / WORLD_SEEDS.length;
  yield figure("simulation.world", "s", mean(worlds), { [FLOOR]: mean(floor) });
}

/** The same market for as long, with nobody from here in it: no program, connections or reads. */
function venueAlone(seed: number, traders: TradersName): void {
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, EPOCH_START_MS);
  const path = {
    seed,
    startPrice: referencePrice(60_000 * MICRO),
    volatilityPerSqrtSecond: SYNTHETIC_VOLATILITY,
    tickMs: 80,
  };
  const { runtime } = simulatedVenue(
    { seed, traders, windowMs: SIMULATED_MS },
    syntheticReference(path, scheduler),
    { scheduler, clock, macrotask: scheduler },
  );
  const running = runtime().background$.subscribe();
  scheduler.runUntil(SIMULATED_MS);
  running.unsubscribe();
}

/** Not wall time: what else the machine does would count. */
async function cpuSecondsOf(run: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
