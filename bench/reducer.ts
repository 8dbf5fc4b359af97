/** The cost of one step of the executor, and the share of the laws. */
import { evolve } from "../src/executor/evolve.ts";
import { type Committed, commit } from "../src/executor/commit.ts";
import { decide } from "../src/executor/decide.ts";
import { type ExecutorState, type ExecutorStep, reducer } from "../src/executor/index.ts";
import { assertLaws } from "../src/executor/laws.ts";
import type { Stamped } from "../src/types/index.ts";
import { IDENTITY, config } from "../test/support/builders.ts";
import { type Figure, figure, timed } from "./figure.ts";
import { type Scene, scenes } from "./scenes.ts";

const CONFIG = config();
const reduce = reducer(CONFIG, IDENTITY);
const WARM_UP = 300;

export async function* reducerFigures(): AsyncGenerator<Figure> {
  const all = [...scenes(4), ...scenes(40)];
  // Warm up with all scenes first: in production every kind of event uses the same compiled code.
  for (let round = 0; round < WARM_UP; round += 1) all.forEach(warm);
  for (const scene of all) yield* sceneFigures(scene);
}

async function* sceneFigures(scene: Scene): AsyncGenerator<Figure> {
  const { name, state, input } = scene;
  const next = withoutLaws(state, input);
  const { step, bare, laws, spread, json } = await timed({
    step: () => reduce(state, input),
    bare: () => withoutLaws(state, input),
    laws: () => assertLaws(state, next.state, next.effects, CONFIG),
    spread: () => spreadStep(state, input),
    json: () => JSON.stringify(input.event),
  });
  yield figure(`reducer.${name}`, "us", step, {
    "floor: the same state copied by object spread": spread,
    "floor: JSON.stringify of the event": json,
  });
  yield figure(`laws.${name}`, "us", laws, {
    "the step with laws": step,
    "the step without": bare,
  });
}

/** The reducer without its last line. */
function withoutLaws(state: ExecutorState, input: Stamped): Committed {
  const known = evolve(state, input, CONFIG);
  return commit(known, decide(known, CONFIG), CONFIG, IDENTITY);
}

/** The least that a reducer does with this state: one order changes, everything else is shared. */
function spreadStep(state: ExecutorState, { seq, at }: Stamped): ExecutorStep {
  const order = Object.values(state.working)[0];
  const changed = order ? { [order.id]: { ...order, phaseSince: at.monotonicMs } } : {};
  return [{ ...state, step: seq, now: at, working: { ...state.working, ...changed } }, []];
}

function warm({ name, state, input, asks }: Scene): void {
  const [, effects] = reduce(state, input);
  const asked = effects.map(({ type }) => type);
  if (String(asked) !== String(asks)) {
    throw new Error(`${name} emitted [${asked.join()}], not [${asks.join()}]`);
  }
  const next = withoutLaws(state, input);
  assertLaws(state, next.state, next.effects, CONFIG);
  spreadStep(state, input);
}
