export { type Basis, UNSEEN_BASIS, settlingPrice, withPair } from "./basis.ts";
export {
  type Averaged,
  type BeforeOpen,
  type Digital,
  type Terminal,
  type TrailingMean,
  AVERAGED_S,
  beforeOpenDigital,
  spotDigital,
  twapDigital,
  windowDigital,
} from "./digital.ts";
export * from "./fair.ts";
export { normalCdf, normalDensity } from "./normal.ts";
export { logOdds, probabilityOf } from "./odds.ts";
export {
  type Decile,
  type Forecast,
  type Interval,
  bootstrapped,
  brier,
  calibrationSlope,
  deciles,
  logLoss,
} from "./scoring.ts";
export { type PriceSeconds, meanOfSeconds, withSecond } from "./seconds.ts";
export { settlementRule } from "./settlement.ts";
export * from "./queue.ts";
export * from "./spread.ts";
export * from "./volatility.ts";
