export { type CashView, cashView } from "./cash.ts";
export { type Margin, margins } from "./margins.ts";
export { type AccountMemory, initial, memory, parseMemory } from "./memory.ts";
export {
  type AccountConfig,
  type AccountInput,
  LIMIT_NAMES,
  type LimitName,
  type LimitSetting,
  type MarketDigest,
  type Notice,
  type OpenedMarket,
  type Scope,
} from "./inputs.ts";
export { type AccountState, type AccountStep } from "./state.ts";
export { step } from "./step.ts";
export {
  CONVERSIONS,
  type ConversionConfig,
  type ConversionEffect,
  type ConversionInput,
  type ConversionState,
  type MarketStock,
  NO_CONVERSIONS,
  type Question,
  type Stocks,
  conversionStep,
} from "./conversions.ts";
