/** The standard normal distribution. */
import { errorFunction } from "simple-statistics";

/** P(Z <= z), within 1.2e-7. [Numerical Recipes, erfc by Chebyshev fit] */
export const normalCdf = (z: number): number => 0.5 * (1 + errorFunction(z / Math.SQRT2));

export const normalDensity = (z: number): number => Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);
