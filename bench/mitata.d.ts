/** The used part of mitata: the sources are type-checked where mitata is not installed. */
declare module "mitata" {
  /** Nanoseconds per call. */
  interface Stats {
    readonly p50: number;
  }
  interface Options {
    readonly min_cpu_time?: number;
    readonly batch_samples?: number;
    /** Nanoseconds; faster calls are timed in batches. */
    readonly batch_threshold?: number;
  }
  export function measure(run: () => unknown, options?: Options): Promise<Stats>;
  export function do_not_optimize(value: unknown): void;
}
