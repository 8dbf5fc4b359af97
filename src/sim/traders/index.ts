export { type MarketActivity, marketActivity } from "./marketActivity.ts";
export { PLAIN_TRADERS, PRESETS, TRADERS, TRADERS_NAMES, type TradersName } from "./presets.ts";
export { type ReferencePathOptions, syntheticReference } from "./syntheticReference.ts";
