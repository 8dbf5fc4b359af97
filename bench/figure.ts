/** One figure, and what it is read beside: a number alone says nothing on another machine. */
import { do_not_optimize, measure } from "mitata";

export type Unit = "us" | "ns" | "ratio" | "perSecond" | "MB";

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  /** Floors (no program can do less) and peers (what one would use instead), of this same run. */
  readonly beside: readonly Beside[];
}

interface Beside {
  readonly name: string;
  readonly value: number;
  /** The figure's value over this one's. */
  readonly ratio: number;
}

const ROUNDS = 4;
const ROUND_CPU_NS = 40e6;
/** A sample is the mean of so many calls: a clock that is read per call costs as much as the call. */
const CALLS_PER_SAMPLE = 128;

type Named<Value> = Readonly<Record<string, Value>>;

/**
 * Nanoseconds per call of each. They take turns, and of each the quietest round counts: whatever
 * else the machine does only ever adds, and seldom to all of them alike.
 */
export async function timed<Name extends string>(
  runs: Readonly<Record<Name, () => unknown>>,
): Promise<Record<Name, number>> {
  const best = Object.fromEntries(Object.keys(runs).map((name) => [name, Infinity]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, run] of Object.entries<() => unknown>(runs)) {
      // A promise is waited for.
      const call = (): unknown => {
        const result = run();
        do_not_optimize(result);
        return result;
      };
      const options = {
        min_cpu_time: ROUND_CPU_NS,
        batch_samples: CALLS_PER_SAMPLE,
        batch_threshold: 1e9,
      };
      const { p50 } = await measure(call, options);
      best[name] = Math.min(best[name] ?? Infinity, p50);
    }
  }
  return best as Record<Name, number>;
}

export function figure(
  name: string,
  unit: Unit,
  value: number,
  beside: Named<number> = {},
): Figure {
  return {
    name,
    value: inUnit(value, unit),
    unit,
    beside: Object.entries(beside).map(([other, its]) => ({
      name: other,
      value: inUnit(its, unit),
      ratio: rounded(value / its),
    })),
  };
}

/** The lower quartile: what disturbs a measurement only ever adds to it. */
export function quietest(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] ?? NaN;
}

const inUnit = (value: number, unit: Unit): number =>
  rounded(unit === "us" ? value / 1_000 : value);

const rounded = (value: number): number => Number(value.toPrecision(3));
