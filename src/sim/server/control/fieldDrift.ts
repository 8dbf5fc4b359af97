/** Messages of a venue that has changed what nobody needs: fields null, of another type, gone or new. */
import { z } from "zod";
import type { Random } from "../../exchange/index.ts";

/** They tell a reader, or repeat what another field says; no decision needs one of them. */
const UNNEEDED: ReadonlySet<string> = new Set(
  (
    "associate_trades bucket_index created_at order_owner outcome_index trade_owner " +
    "fee_rate_bps spread tags transaction_hash transactionsHashes last_update " +
    "count limit description question ticker title " +
    "marketMakerAddress resolutionSource rewardsMaxSpread rewardsMinSize umaResolutionStatus"
  ).split(" "),
);

const OTHERS = [undefined, null, 7, "", { is: "other" }] as const;
const fieldsWire = z.record(z.string(), z.unknown());

export function drifted(value: unknown, draws: Random): unknown {
  if (Array.isArray(value)) return value.map((one) => drifted(one, draws));
  const fields = fieldsWire.safeParse(value).data;
  if (!fields) return value;
  const changed = Object.entries(fields).map(
    ([name, one]) => [name, UNNEEDED.has(name) ? draws.pick(OTHERS) : drifted(one, draws)] as const,
  );
  return { ...Object.fromEntries(changed), sinceYesterday: [1] };
}
