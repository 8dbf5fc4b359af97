import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epochMs } from "../../../../src/types/index.ts";
import {
  addressOf,
  clobAuthDigest,
  l1Headers,
  l2Headers,
  parseCredentials,
  requestText,
} from "../../../../src/venue/polymarket/index.ts";
import { testKey } from "./keys.ts";
import { availableSigners } from "./signers.ts";

const { signers } = await availableSigners();
const signer = signers.find(({ name }) => name === "wasm") ?? signers[0]!;
const key = testKey("auth");
const owner = addressOf(signer, key);
const NOW = epochMs(1_795_305_600_999);

describe("credentials", () => {
  const read = (secret: string) =>
    parseCredentials({ key: "id", secret, passphrase: "p" })?.hmacKey.reveal();

  it("are read in either alphabet, padded or not", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        const base64 = Buffer.from(bytes).toString("base64");
        const url = base64.replaceAll("+", "-").replaceAll("/", "_");
        for (const text of [base64, url, base64.replace(/=+$/, ""), url.replace(/=+$/, "")]) {
          expect(read(text)).toEqual(bytes);
        }
      }),
    );
  });

  it.each(["", "=", "a", "ab=cd", "abcde", "a b c d", "ab!d", "abcd\n"])(
    "are null where the secret is %j",
    (secret) => {
      expect(parseCredentials({ key: "id", secret, passphrase: "p" })).toBeNull();
    },
  );

  it("are null without an id or a passphrase", () => {
    expect(parseCredentials({ key: "", secret: "AAAA", passphrase: "p" })).toBeNull();
    expect(parseCredentials({ key: "id", secret: "AAAA", passphrase: "" })).toBeNull();
  });
});

describe("headers of a request", () => {
  it("carry the HMAC that OpenSSL computes, for any body", () => {
    const request = fc.record({
      method: fc.constantFrom("GET", "POST", "DELETE"),
      path: fc.webPath(),
      body: fc.option(fc.string({ unit: "grapheme" })),
    });
    const secret = fc.uint8Array({ minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(request, secret, (it, bytes) => {
        const plain = { key: "id", secret: Buffer.from(bytes).toString("base64"), passphrase: "p" };
        const credentials = parseCredentials(plain);
        const text = `1795305600${it.method}${it.path}${it.body ?? ""}`;
        const mac = createHmac("sha256", bytes).update(text).digest("base64");

        expect(requestText(it, NOW)).toBe(text);
        expect(credentials && l2Headers(owner, credentials, it, NOW).reveal()).toEqual({
          POLY_ADDRESS: owner,
          POLY_SIGNATURE: mac.replaceAll("+", "-").replaceAll("/", "_"),
          POLY_TIMESTAMP: "1795305600",
          POLY_API_KEY: "id",
          POLY_PASSPHRASE: "p",
        });
      }),
    );
  });
});

describe("headers that make credentials", () => {
  it("are signed by the owner, the same by every signer", () => {
    const asked = { now: NOW, nonce: 5, chainId: 137 };
    const digest = clobAuthDigest(signer.keccak256, { owner, ...asked });
    const all = signers.map((it) => l1Headers(it, key, asked).reveal());

    expect(all).toEqual(signers.map(() => all[0]));
    expect(all[0]).toEqual({
      POLY_ADDRESS: owner,
      POLY_SIGNATURE: `0x${Buffer.from(signer.sign(digest, key)).toString("hex")}`,
      POLY_TIMESTAMP: "1795305600",
      POLY_NONCE: "5",
    });
  });
});
