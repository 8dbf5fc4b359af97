/** From a frame to the order or the cancel that it causes, over loopback, with the venue in its own process. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Bot,
  cancelBot,
  cancelFloorBot,
  directBot,
  executorBot,
  floorBot,
  peerBot,
  pullBot,
} from "./bots.ts";
import { type Figure, figure } from "./figure.ts";
import { fastest } from "./sign.ts";
import { type Lap, STAGES, type Stage, stopwatch } from "./stopwatch.ts";
import type { Caused, StubMessage, Trial } from "./stub.ts";

const BOTS = {
  floor: floorBot,
  direct: directBot,
  executor: executorBot,
  peer: peerBot,
  cancelFloor: cancelFloorBot,
  cancel: cancelBot,
  pull: pullBot,
} as const satisfies Readonly<Record<string, Bot>>;
type Name = keyof typeof BOTS;
const NAMES = Object.keys(BOTS) as readonly Name[];
/** Of a bot that is not here, each frame causes an order. */
const CAUSES: Readonly<Partial<Record<Name, Caused>>> = {
  cancelFloor: "cancel",
  cancel: "cancel",
  pull: "pull",
};

/** Rounds of each bot, in turns; the first ones compile the code, which takes some 6,000 frames. */
const ROUNDS = 24;
/** Even, so that each trial begins with the same frame. */
const FRAMES = 300;
const TRIAL_MS_MAX = 60_000;
/** Time for the books to arrive and the connections to open. */
const CONNECT_MS = 2_000;

const FLOOR = "floor: the same frames, answered with prepared bytes";
const PEER = "peer: ws and @polymarket/clob-client-v2";
const CANCEL_FLOOR = "floor: a frame, answered with prepared bytes of a cancel";
const WITHOUT = "without strategy, executor, journal and gateway";

/** Milliseconds for each frame of a trial. */
interface Round {
  /** From the frame's send to the order's headers, at the stub. */
  readonly endToEnd: readonly number[];
  readonly laps: readonly Lap[];
}

export async function* wireFigures(): AsyncGenerator<Figure> {
  const rounds = await frameToOrder(NAMES);
  /** A percentile in nanoseconds, of the round that was disturbed least. */
  const of = (name: Name, share: number, valuesMs: (round: Round) => readonly number[]): number =>
    Math.min(...rounds[name].map((round) => below(share, valuesMs(round)))) * 1e6;

  for (const [percentile, share] of Object.entries({ p50: 0.5, p99: 0.99 })) {
    for (const [span, valuesMs] of Object.entries({ tickToOrder, endToEnd })) {
      const direct = of("direct", share, valuesMs);
      const beside = {
        [FLOOR]: of("floor", share, valuesMs),
        [PEER]: of("peer", share, valuesMs),
      };
      yield figure(`wire.${span}.${percentile}`, "us", direct, beside);
      const executor = of("executor", share, valuesMs);
      const others = { [WITHOUT]: direct, ...beside };
      yield figure(`wire.${span}.executor.${percentile}`, "us", executor, others);
    }
    for (const name of ["cancel", "pull"] as const) {
      yield figure(`wire.${name}.${percentile}`, "us", of(name, share, tickToOrder), {
        [CANCEL_FLOOR]: of("cancelFloor", share, tickToOrder),
        "an order, the whole way": of("executor", share, tickToOrder),
      });
    }
  }
  const [first] = rounds.executor;
  yield figure(
    "wire.tickToOrder.executor.first.p50",
    "us",
    below(0.5, first ? tickToOrder(first) : []) * 1e6,
    {
      "the same, once the code is compiled": of("executor", 0.5, tickToOrder),
    },
  );
  for (const stage of STAGES) {
    const others = {
      [WITHOUT]: of("direct", 0.5, lasting(stage)),
      [PEER]: of("peer", 0.5, lasting(stage)),
    };
    yield figure(`wire.stage.${stage}`, "us", of("executor", 0.5, lasting(stage)), {
      "the whole of wire.tickToOrder.executor.p50": of("executor", 0.5, tickToOrder),
      ...Object.fromEntries(Object.entries(others).filter(([, its]) => !Number.isNaN(its))),
    });
  }
}

const tickToOrder = ({ laps }: Round): readonly number[] => laps.map(({ write = NaN }) => write);
const endToEnd = (round: Round): readonly number[] => round.endToEnd;

/** From the end of the previous stage that this bot has; the first stage from the frame. */
const lasting =
  (stage: Stage) =>
  ({ laps }: Round): readonly number[] =>
    laps.map((lap) => {
      const before = STAGES.slice(0, STAGES.indexOf(stage)).map((each) => lap[each] ?? 0);
      return (lap[stage] ?? NaN) - Math.max(0, ...before);
    });

const below = (share: number, values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;

/** What each of these bots took for each frame. */
export async function frameToOrder(
  names: readonly Name[],
): Promise<Record<Name, readonly Round[]>> {
  const rounds: Record<Name, Round[]> = {
    floor: [],
    direct: [],
    executor: [],
    peer: [],
    cancelFloor: [],
    cancel: [],
    pull: [],
  };
  const signer = await fastest();
  const watch = stopwatch();
  const stub = fork(new URL("./stub.js", import.meta.url));
  const bots: (() => void)[] = [];
  try {
    const listening = await messageOf(stub);
    if (listening.type !== "listening") throw new Error(`the stub answered ${listening.type}`);
    for (const name of names) bots.push(BOTS[name]({ port: listening.port, watch, signer }));
    await sleep(CONNECT_MS);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const name of names) {
        watch.laps();
        stub.send({
          path: `/${name}`,
          causes: CAUSES[name] ?? "place",
          frames: FRAMES,
        } satisfies Trial);
        const over = await messageOf(stub);
        const laps = watch.laps();
        if (over.type !== "over") throw new Error(`${name}: ${JSON.stringify(over)}`);
        if (laps.length !== FRAMES) throw new Error(`${name}: ${laps.length} laps, not ${FRAMES}`);
        rounds[name].push({ endToEnd: over.elapsedMs, laps });
      }
    }
  } finally {
    for (const stop of bots) stop();
    watch.stop();
    stub.kill();
  }
  return rounds;
}

async function messageOf(stub: ChildProcess): Promise<StubMessage> {
  try {
    const signal = AbortSignal.timeout(TRIAL_MS_MAX);
    const [message]: StubMessage[] = await once(stub, "message", { signal });
    if (message !== undefined) return message;
  } catch (cause) {
    throw new Error(`the stub has not answered within ${TRIAL_MS_MAX} ms`, { cause });
  }
  throw new Error("the stub has not answered");
}
