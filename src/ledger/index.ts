export * from "./attribution.ts";
export {
  type LedgerFill,
  type Mark,
  type Profit,
  fairMark,
  profit,
  resolvedMark,
  saleMark,
} from "./profit.ts";
