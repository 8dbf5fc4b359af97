import { z } from "zod";
import { numberWire } from "./read.ts";

/** GET /time: unix seconds. [protocol 3.8] */
export { timeWire } from "./read.ts";

/** GET /tick-size: more recent than any market object. */
export const tickSizeWire = z.object({ minimum_tick_size: numberWire });

export const negRiskWire = z.object({ neg_risk: z.boolean() });

/** GET /fee-rate: legacy; no fee is computed from it. [protocol 7.8] */
export const feeRateWire = z.object({ base_fee: numberWire });

/** GET /version: the default of the exchange, not the version of a market. */
export const versionWire = z.object({ version: numberWire });

export type TickSizeWire = z.infer<typeof tickSizeWire>;
export type NegRiskWire = z.infer<typeof negRiskWire>;
export type FeeRateWire = z.infer<typeof feeRateWire>;
export type VersionWire = z.infer<typeof versionWire>;
