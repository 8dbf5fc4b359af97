/** Probabilities as log odds, in which evidence adds up; neither reaches certainty. */

/** The log odds of a certainty are infinite, and floats reach it: they count up to a million to one. */
const EDGE = 1e-6;

/** ln(p / (1 - p)). */
export function logOdds(probability: number): number {
  const inside = clamped(probability);
  return Math.log(inside / (1 - inside));
}

/** The inverse of `logOdds`. */
export const probabilityOf = (odds: number): number => clamped(1 / (1 + Math.exp(-odds)));

const clamped = (probability: number): number => Math.min(Math.max(probability, EDGE), 1 - EDGE);
