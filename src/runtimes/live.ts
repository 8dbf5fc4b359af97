/** Trading with real money. The guards of `tandem --live` are the command line's: here are none. */
import { type Observable, defer } from "rxjs";
import type { Runtime } from "../app/index.ts";
import {
  type Credentials,
  type Identity,
  type SeriesName,
  type Signer,
  type SigningAccount,
  addressOf,
} from "../venue/polymarket/index.ts";
import { seriesOf } from "./series.ts";
import { type PolymarketRuntimeOptions, polymarketRuntime } from "./polymarket.ts";
import { systemLog } from "./system.ts";

type Given = Pick<PolymarketRuntimeOptions, "addresses" | "identity" | "journalDirectory">;

export interface LiveRuntimeOptions extends Given {
  /** `dryRun` reads everything and sends nothing that would change anything. */
  readonly mode: "live" | "dryRun";
  /** Each of them is traded, all on one account. */
  readonly series: readonly SeriesName[];
  /** Null, the default, derives them from the key. */
  readonly credentials?: Credentials | null;
}

/**
 * Emits one runtime; errors with ConfigError where a series is not known, the login fails or the clocks differ too much.
 */
export const liveRuntime = (
  { series, credentials = null, ...given }: LiveRuntimeOptions,
  log = systemLog({ level: "silent" }),
): Observable<Runtime> =>
  defer(() => polymarketRuntime({ ...given, credentials, series: seriesOf(series) }, log));

/** The account of a key: its own address holds the funds, or the wallet at `maker` does. */
export function liveIdentity(
  {
    key,
    wallet,
    maker,
  }: Pick<Identity, "key"> &
    Pick<SigningAccount, "wallet"> & { readonly maker: SigningAccount["maker"] | null },
  signer: Signer,
): Omit<Identity, "credentials"> {
  const owner = addressOf(signer, key);
  return { account: { owner, wallet, maker: maker ?? owner }, key, signer };
}
