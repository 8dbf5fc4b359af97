/**
 * Every signer that loads on this machine. The native one may be missing; the other two must load.
 */
import { SIGNERS, type Signer } from "../../../../src/venue/polymarket/index.ts";

interface Available {
  readonly signers: readonly Signer[];
  readonly missing: readonly { readonly name: string; readonly why: string }[];
}

export async function availableSigners(): Promise<Available> {
  const loaded = await Promise.all(
    SIGNERS.map(async ([name, load]) => {
      try {
        return await load();
      } catch (error) {
        if (name !== "native") throw error;
        return { name, why: String(error).split("\n")[0] ?? "" };
      }
    }),
  );
  return {
    signers: loaded.flatMap((it) => ("sign" in it ? [it] : [])),
    missing: loaded.flatMap((it) => ("why" in it ? [it] : [])),
  };
}
