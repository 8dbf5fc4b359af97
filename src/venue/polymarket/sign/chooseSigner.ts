/** Which curve runs: the fastest that loads and gives the right bytes. */
import { LawBroken, type Log } from "../../../types/index.ts";
import { hexOf } from "./bytes.ts";
import { parsePrivateKey } from "./key.ts";
import type { Signer, SignerName } from "./signer.ts";

/** Loads a signer; rejects where its library is not there. */
export type LoadSigner = () => Promise<Signer>;

/** Fastest first. Imported when asked for: the native one may not be installed. */
export const SIGNERS: readonly (readonly [SignerName, LoadSigner])[] = [
  ["native", async () => (await import("./signers/native.ts")).nativeSigner()],
  ["wasm", async () => (await import("./signers/wasm.ts")).wasmSigner()],
  ["pure", async () => (await import("./signers/pure.ts")).pureSigner()],
];

/** The first that loads and signs as it should. Logs which it is, and why not an earlier one. */
export async function chooseSigner(log: Log, signers = SIGNERS): Promise<Signer> {
  const passedOver: Record<string, string> = {};
  for (const [name, load] of signers) {
    // One after the other: what is not needed is not loaded.
    const signer = await loaded(load);
    if (typeof signer !== "string") {
      const report = signer.name === "pure" ? log.warn : log.info;
      report({ signer: name, passedOver }, `orders are signed by the ${name} curve`);
      return signer;
    }
    passedOver[name] = signer;
  }
  throw new LawBroken("F", "no curve signs", passedOver);
}

/** The signer, or why it is not used. */
async function loaded(load: LoadSigner): Promise<Signer | string> {
  try {
    const signer = await load();
    return signsRight(signer) ? signer : "gives wrong bytes";
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  }
}

/** One known answer of the hash and the curve: a broken build must not sign a single order. */
function signsRight({ keccak256, sign }: Signer): boolean {
  const digest = keccak256(new Uint8Array());
  const key = parsePrivateKey(`${"0".repeat(63)}1`);
  return key !== null && hexOf(digest) === EMPTY_HASH && hexOf(sign(digest, key)) === SIGNATURE;
}

const EMPTY_HASH = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
/** Of that hash, by the key 1. */
const SIGNATURE =
  "0x03925438bf9bdfed9cb8d9d9467f8fc624f389846f0db71f4f5c84b483077da6" +
  "2ca68cb1027ace392bc6a84fe0ba29288aa07942f571f56201dd33c009ee38861c";
