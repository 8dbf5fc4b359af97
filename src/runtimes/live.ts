/** Trading with real money. The guards of `tandem --live` are the command line's: here are none. */
import type { Observable } from "rxjs";
import type { Runtime } from "../app/index.ts";
import {
  type Credentials,
  type Identity,
  SERIES,
  type SeriesName,
  type Signer,
  type SigningAccount,
  addressOf,
} from "../venue/polymarket/index.ts";
import { type PolymarketRuntimeOptions, polymarketRuntime } from "./polymarket.ts";
import { systemLog } from "./system.ts";

type Given = Pick<PolymarketRuntimeOptions, "addresses" | "identity" | "journalDirectory">;

export interface LiveRuntimeOptions extends Given {
  /** `dryRun` reads everything and sends nothing that would change anything. */
  readonly mode: "live" | "dryRun";
  readonly series: SeriesName;
  /** Null, the default, derives them from the key. */
  readonly credentials?: Credentials | null;
}

/** Emits one runtime; errors with ConfigError where the login fails or the clocks differ too much. */
export const liveRuntime = (
  { series, credentials = null, ...given }: LiveRuntimeOptions,
  log = systemLog({ level: "silent" }),
): Observable<Runtime> => polymarketRuntime({ ...given, credentials, series: SERIES[series] }, log);

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
