import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Facts, Log } from "../../../../src/types/index.ts";
import {
  type LoadSigner,
  type Signer,
  type SignerName,
  SIGNERS,
  chooseSigner,
  parsePrivateKey,
} from "../../../../src/venue/polymarket/index.ts";
import { testKey } from "./keys.ts";
import { availableSigners } from "./signers.ts";

/** The order of secp256k1's group. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const { signers, missing } = await availableSigners();
const pure = signers.find(({ name }) => name === "pure")!;

interface Line {
  readonly level: string;
  readonly facts: Facts;
  readonly text: string;
}

async function chosen(list?: readonly (readonly [SignerName, LoadSigner])[]) {
  const lines: Line[] = [];
  const at = (level: string) => (facts: Facts, text: string) => lines.push({ level, facts, text });
  const log: Log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  const signer = await chooseSigner(log, list);
  return { signer, lines };
}

const works =
  (it: Signer): LoadSigner =>
  async () =>
    it;
const absent: LoadSigner = async () => {
  throw new Error("Cannot find package\nRequire stack: …");
};

describe("chooseSigner", () => {
  it("takes the fastest that loads, and logs its name", async () => {
    const { signer, lines } = await chosen();
    const expected = missing.length === 0 ? "native" : "wasm";

    expect(signer.name).toBe(expected);
    expect(lines).toMatchObject([{ level: "info", facts: { signer: expected } }]);
    expect(lines[0]?.text).toContain(expected);
  });

  it("takes WebAssembly where the native one is not installed", async () => {
    const { signer, lines } = await chosen([["native", absent], ...SIGNERS.slice(1)]);

    expect(signer.name).toBe("wasm");
    expect(lines).toEqual([
      {
        level: "info",
        facts: { signer: "wasm", skipped: { native: "Cannot find package" } },
        text: "orders are signed with the wasm curve",
      },
    ]);
  });

  it("takes JavaScript as the last resort, with a warning", async () => {
    const { signer, lines } = await chosen([
      ["native", absent],
      ["wasm", absent],
      ...SIGNERS.slice(2),
    ]);

    expect(signer.name).toBe("pure");
    expect(lines).toMatchObject([{ level: "warn", facts: { signer: "pure" } }]);
  });

  it("skips a signer that signs wrongly or throws", async () => {
    const deaf: Signer = { ...pure, keccak256: (bytes) => bytes.slice(0, 32) };
    const shifted: Signer = { ...pure, sign: (digest, key) => pure.sign(digest, key).with(64, 27) };
    const throwing: Signer = {
      ...pure,
      sign: () => {
        throw new Error("no memory");
      },
    };
    const { lines } = await chosen([
      ["native", works(deaf)],
      ["wasm", works(throwing)],
      ["pure", works(pure)],
    ]);

    expect(lines[0]?.facts["skipped"]).toEqual({
      native: "signs wrongly",
      wasm: "no memory",
    });
    await expect(chosen([["native", works(shifted)]])).rejects.toThrow("no signer works");
  });
});

describe("every signer", () => {
  // Hashes below the group order: above it (one in 2^128) the libraries derive nonces differently.
  const digest = fc
    .bigInt({ min: 0n, max: ORDER - 1n })
    .map((value) => new Uint8Array(Buffer.from(value.toString(16).padStart(64, "0"), "hex")));
  const key = fc
    .oneof(fc.bigInt({ min: 1n, max: 2n ** 255n }), fc.constantFrom(1n, ORDER - 1n))
    .map((value) => parsePrivateKey(value.toString(16).padStart(64, "0")) ?? testKey("never"));

  it("gives the same 65 bytes, the same key and hash", () => {
    fc.assert(
      fc.property(digest, key, (it, by) => {
        const all = signers.map(({ sign, publicKey, keccak256 }) =>
          [sign(it, by), publicKey(by), keccak256(it)].map((bytes) =>
            Buffer.from(bytes).toString("hex"),
          ),
        );

        expect(new Set(all.map(String)).size).toBe(1);
        expect(all[0]?.map((text) => text.length / 2)).toEqual([65, 64, 32]);
      }),
      { numRuns: 60 },
    );
  });

  it("recovers the key; null for the upper s, another v or another length", () => {
    fc.assert(
      fc.property(digest, key, (it, by) => {
        const signature = pure.sign(it, by);
        const s = BigInt(`0x${Buffer.from(signature.subarray(32, 64)).toString("hex")}`);
        const upper = Buffer.from((ORDER - s).toString(16).padStart(64, "0"), "hex");
        const v = signature[64] === 27 ? 28 : 27;
        const twin = Uint8Array.from([...signature.subarray(0, 32), ...upper, v]);
        for (const { recover, publicKey } of signers) {
          expect(recover(it, signature)).toEqual(Uint8Array.from(publicKey(by)));
          expect(recover(it, twin)).toBeNull();
          expect(recover(it, signature.with(64, 29))).toBeNull();
          expect(recover(it, signature.subarray(0, 64))).toBeNull();
          expect(recover(it, new Uint8Array(65).with(64, 27))).toBeNull();
        }
      }),
      { numRuns: 20 },
    );
  });
});
