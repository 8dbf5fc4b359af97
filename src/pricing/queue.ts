/** What a place in a queue is worth. */

export interface QueuePlace {
  /** Shares that are filled before it. */
  readonly ahead: number;
  readonly size: number;
  /** Shares that are expected to reach its price while it waits. */
  readonly expected: number;
}

/**
 * Shares of it that are filled on average, where the volume that comes is exponential, so that its deviation is its mean: the
 * integral of P(volume > x) from `ahead` to `ahead + size`, v e^(-a/v) (1 - e^(-s/v)).
 */
export const expectedFill = ({ ahead, size, expected }: QueuePlace): number =>
  expected > 0 ? -expected * Math.exp(-ahead / expected) * Math.expm1(-size / expected) : 0;
