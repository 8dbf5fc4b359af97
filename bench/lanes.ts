/** The cost of lanes, compared with concatMap. */
import {
  type Observable,
  type OperatorFunction,
  Subject,
  concatMap,
  of,
  queueScheduler,
  scheduled,
  take,
} from "rxjs";
import { concatMapLanes } from "../src/operators/index.ts";
import { type Figure, figure, quietest, timed } from "./figure.ts";
import { systemMacrotask } from "../src/runtimes/system.ts";

type Project = (value: number) => Observable<number>;
type Operator = (project: Project) => OperatorFunction<number, number>;

const WAITING = 10_000;
const ROUNDS = 30;

const lanes: Operator = (project) =>
  concatMapLanes(
    () => "queued",
    project,
    // No pause between turns: its length belongs to the event loop.
    { queuedPerTurn: Infinity, queueMax: WAITING },
    systemMacrotask,
  );

const peer: Operator = (project) => concatMap(project);

export async function* lanesFigures(): AsyncGenerator<Figure> {
  const passing = { lanes: passer(lanes), peer: passer(peer) };
  const perValue = await timed(passing);
  yield figure("lanes.passing", "ns", perValue.lanes, { "peer: concatMap": perValue.peer });
  yield figure("lanes.drained", "ns", drained(lanes), { "peer: concatMap": drained(peer) });
}

/** One value with an empty queue. */
function passer(operator: Operator): () => number {
  const value$ = new Subject<number>();
  let count = 0;
  value$.pipe(operator((value) => of(value))).subscribe(() => (count += 1));
  return () => {
    value$.next(count);
    return count;
  };
}

/** Nanoseconds per value, when the first value completes and ten thousand wait. */
function drained(operator: Operator): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const value$ = new Subject<number>();
    const front$ = new Subject<number>();
    let count = 0;
    const project: Project = (value) =>
      // Without the queue scheduler concatMap overflows the stack.
      value === 0 ? front$.pipe(take(1)) : scheduled([value], queueScheduler);
    const running = value$.pipe(operator(project)).subscribe(() => (count += 1));
    for (let value = 0; value <= WAITING; value += 1) value$.next(value);
    const startedAt = performance.now();
    front$.next(0);
    const elapsedMs = performance.now() - startedAt;
    running.unsubscribe();
    if (count !== WAITING + 1) throw new Error(`${count} of ${WAITING + 1} values came out`);
    return (elapsedMs * 1e6) / WAITING;
  });
  return quietest(rounds);
}
