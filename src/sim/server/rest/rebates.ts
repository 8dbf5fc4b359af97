/** GET /rebates/current: a maker's rebates of one day, by market. Public, so it needs no key. */
import { formatMicro } from "../../../types/index.ts";
import { parseAddress } from "../../../venue/polymarket/sign/index.ts";
import { type Outcome, ok, refused, type RequestContext } from "./request.ts";

/** The contract of pUSD, from the venue's documentation. */
const PAID_IN = "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB";
const DAY_MS = 24 * 3_600_000;

/** Today and the last day with rebates are kept; any other day answers an empty list. */
export function currentRebates(
  query: ReadonlyMap<string, string>,
  context: RequestContext,
): Outcome {
  const { exchange, registry, rules } = context;
  const [date, given] = [query.get("date") ?? "", query.get("maker_address") ?? ""];
  const maker = parseAddress(given, rules.signer.keccak256);
  const at = Date.parse(date); // tidy-ok: parses a text, reads no clock
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(at))
    return refused(context, 400, "invalid date");
  if (maker === null) return refused(context, 400, "invalid maker_address");
  const owner = registry.wallets.get(maker) ?? maker;
  const found = exchange.rebates.find(({ day }) => day === at / DAY_MS);
  return ok(
    context,
    [...(found?.earned.values() ?? [])]
      .filter(({ account, amount }) => account === owner && amount > 0)
      .map(({ market, amount }) => ({
        date,
        condition_id: market,
        asset_address: PAID_IN,
        maker_address: maker,
        rebated_fees_usdc: formatMicro(amount),
      })),
  );
}
