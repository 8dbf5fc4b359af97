/** How long the newest intent waits behind facts: by law I, not longer behind more of them. */
import {
  Subject,
  type Observable,
  concatMap,
  map,
  queueScheduler,
  scan,
  scheduled,
  take,
} from "rxjs";
import {
  type ExecutorState,
  type Reduce,
  type Transition,
  executor,
  reducer,
} from "../src/executor/index.ts";
import type { Arrival, Journal, Stamped } from "../src/types/index.ts";
import { IDENTITY, config } from "../test/support/builders.ts";
import { type Figure, figure, quietest } from "./figure.ts";
import { scenes } from "./scenes.ts";
import { systemMacrotask } from "../src/runtimes/system.ts";

type Stage = (
  initial: ExecutorState,
  reduce: Reduce,
  journal: Journal,
) => (arrival$: Observable<Arrival>) => Observable<Transition>;

const reduce = reducer(config(), IDENTITY);
const FEW = 10;
const MANY = 10_000;
/** Storing many facts evicts the processor's caches, which slows the next steps. */
const FLOOR = "floor: the same two steps, after as many facts were stored in an array";
const PEER = "peer: concatMap";

const executorStage: Stage = (...parts) => executor(...parts, systemMacrotask);

/** The obvious version: the same queue without lanes. */
const concatMapStage: Stage = (initial, step, journal) => (arrival$) =>
  arrival$.pipe(
    concatMap(({ at, event }, order) =>
      journal.append({ seq: initial.step + order + 1, at, event }),
    ),
    scan<Stamped, Transition, Pick<Transition, "state">>(
      ({ state }, input) => {
        const [next, effects] = step(state, input);
        return { input, state: next, effects };
      },
      { state: initial },
    ),
  );

export function* intentFigures(): Generator<Figure> {
  for (const stage of [executorStage, concatMapStage]) waits(stage, FEW, 300);
  const few = waits(executorStage, FEW, 300);
  const many = waits(executorStage, MANY, 40);
  yield figure(`intent.pending.${FEW}`, "us", few, {
    [FLOOR]: bareWaits(FEW, 300),
    [PEER]: waits(concatMapStage, FEW, 300),
  });
  yield figure(`intent.pending.${MANY}`, "us", many, {
    [FLOOR]: bareWaits(MANY, 40),
    [PEER]: waits(concatMapStage, MANY, 8),
  });
}

const waits = (stage: Stage, pending: number, rounds: number): number =>
  quietest(Array.from({ length: rounds }, () => wait(stage, pending)));

const bareWaits = (pending: number, rounds: number): number =>
  quietest(Array.from({ length: rounds }, () => bareWait(pending)));

function bareWait(pending: number): number {
  const [tick, moved] = [sceneOf("tick.4"), sceneOf("intent.moved.4")];
  const stored: Arrival[] = [];
  for (let count = 0; count < pending; count += 1) stored.push({ ...tick.input });
  const startedAt = performance.now();
  const [state] = reduce(tick.state, tick.input);
  const [, effects] = reduce(state, { ...moved.input, seq: state.step + 1 });
  const elapsedMs = performance.now() - startedAt;
  if (effects.length + stored.length < pending) throw new Error("the step emitted no effects");
  return elapsedMs * 1e6;
}

/** Nanoseconds from the moment the current fact is written until the intent is acted on. */
function wait(stage: Stage, pending: number): number {
  const [tick, moved] = [sceneOf("tick.4"), sceneOf("intent.moved.4")];
  const arrival$ = new Subject<Arrival>();
  const written$ = new Subject<void>();
  let isFirst = true;
  const journal: Journal = {
    append: (input) => {
      if (!isFirst) return scheduled([input], queueScheduler); // otherwise concatMap overflows the stack
      isFirst = false;
      return written$.pipe(
        take(1),
        map(() => input),
      );
    },
    decided: () => undefined,
    close: () => undefined,
  };
  let actedAt = NaN;
  const running = stage(
    tick.state,
    reduce,
    journal,
  )(arrival$).subscribe(({ input }) => {
    if (input.event.type === "intent.published") actedAt = performance.now();
  });
  for (let count = 0; count <= pending; count += 1) arrival$.next(tick.input);
  arrival$.next(moved.input);
  const startedAt = performance.now();
  written$.next();
  running.unsubscribe();
  if (Number.isNaN(actedAt)) throw new Error("the intent was not acted on in this turn");
  return (actedAt - startedAt) * 1e6;
}

const SCENES = scenes(4);

function sceneOf(name: string): (typeof SCENES)[number] {
  const found = SCENES.find((scene) => scene.name === name);
  if (!found) throw new Error(`there is no scene ${name}`);
  return found;
}
