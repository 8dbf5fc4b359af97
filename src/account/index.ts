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
