/** One figure with the figures to compare it with: a number alone means nothing on another machine. */
import { do_not_optimize, measure } from "mitata";

export type Unit = "us" | "ns" | "s" | "ratio" | "perSecond" | "MB";

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  /** From the same run: floors (the least any program can do) and peers (the alternatives). */
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
/** A sample is the mean of this many calls: reading the clock costs as much as one call. */
const CALLS_PER_SAMPLE = 128;

type Named<Value> = Readonly<Record<string, Value>>;

/**
 * Nanoseconds per call of each function. They run in turns, and the fastest round of each counts:
 * other load on the machine only ever adds time, and rarely to all functions alike.
 */
export async function timed<Name extends string>(
  runs: Readonly<Record<Name, () => unknown>>,
): Promise<Record<Name, number>> {
  const best = Object.fromEntries(Object.keys(runs).map((name) => [name, Infinity]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, run] of Object.entries<() => unknown>(runs)) {
      // mitata awaits a returned promise.
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

/** The lower quartile: disturbances only ever add time. */
export function quietest(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] ?? NaN;
}

const inUnit = (value: number, unit: Unit): number =>
  rounded(unit === "us" ? value / 1_000 : value);

const rounded = (value: number): number => Number(value.toPrecision(3));
