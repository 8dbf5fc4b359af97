export * from "./attribution.ts";
export {
  type LedgerFill,
  type Mark,
  type Profit,
  type Traded,
  fairMark,
  profit,
  resolvedMark,
  saleMark,
  traded,
  valued,
} from "./profit.ts";
