/**
 * The price at which we are indifferent to one share more, holding `net` shares of YES - NO:
 * logit(p) - skew * net. Exact for exponential utility held to settlement, and it can never leave
 * (0, 1).
 */
export function reservationPrice(fair: number, net: number, skewPerShare: number): number {
  const inside = clamped(fair);
  const logit = Math.log(inside / (1 - inside)) - skewPerShare * net;
  return clamped(1 / (1 + Math.exp(-logit)));
}

/** The logit of a certainty is infinite, and floats reach certainty. */
const EDGE = 1e-6;

const clamped = (probability: number): number => Math.min(Math.max(probability, EDGE), 1 - EDGE);
