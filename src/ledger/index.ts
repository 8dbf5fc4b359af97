export { type LedgerFill, type Mark, type Profit, profit } from "./profit.ts";
