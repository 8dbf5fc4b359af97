/** Chooses the curve implementation: the fastest that loads and passes a known-answer test. */
import { LawBroken, type Log } from "../../../types/index.ts";
import { hexOf } from "./bytes.ts";
import { parsePrivateKey } from "./key.ts";
import type { Signer, SignerName } from "./signer.ts";

/** Loads a signer; rejects where its library is not installed. */
export type LoadSigner = () => Promise<Signer>;

/** Fastest first. Imported lazily: the native library may not be installed. */
export const SIGNERS: readonly (readonly [SignerName, LoadSigner])[] = [
  ["native", async () => (await import("./signers/native.ts")).nativeSigner()],
  ["wasm", async () => (await import("./signers/wasm.ts")).wasmSigner()],
  ["pure", async () => (await import("./signers/pure.ts")).pureSigner()],
];

/** The first signer that works. Logs which one it is, and why earlier ones were skipped. */
export async function chooseSigner(log: Log, signers = SIGNERS): Promise<Signer> {
  const skipped: Record<string, string> = {};
  for (const [name, load] of signers) {
    // One after the other: slower signers are not loaded without need.
    const signer = await loaded(load);
    if (typeof signer !== "string") {
      const report = signer.name === "pure" ? log.warn : log.info;
      report({ signer: name, skipped }, `orders are signed with the ${name} curve`);
      return signer;
    }
    skipped[name] = signer;
  }
  throw new LawBroken("F", "no signer works", skipped);
}

/** The signer, or the reason to skip it. */
async function loaded(load: LoadSigner): Promise<Signer | string> {
  try {
    const signer = await load();
    return passesKnownAnswer(signer) ? signer : "signs wrongly";
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  }
}

/** Known-answer test of hash and curve: a broken build must not sign a single order. */
function passesKnownAnswer({ keccak256, sign }: Signer): boolean {
  const digest = keccak256(new Uint8Array());
  const key = parsePrivateKey(`${"0".repeat(63)}1`);
  return key !== null && hexOf(digest) === EMPTY_HASH && hexOf(sign(digest, key)) === SIGNATURE;
}

const EMPTY_HASH = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
/** Signature of that hash by the private key 1. */
const SIGNATURE =
  "0x03925438bf9bdfed9cb8d9d9467f8fc624f389846f0db71f4f5c84b483077da6" +
  "2ca68cb1027ace392bc6a84fe0ba29288aa07942f571f56201dd33c009ee38861c";
