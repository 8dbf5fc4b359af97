export { type MarketActivity, marketActivity } from "./marketActivity.ts";
export { PLAIN_TRADERS, PRESETS, TRADERS, TRADERS_NAMES, type TradersName } from "./presets.ts";
export {
  CHAINLINK_DAY_VARIANCE,
  type ReferencePathOptions,
  syntheticReference,
  type VarianceFactor,
} from "./syntheticReference.ts";
