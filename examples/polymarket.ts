/** The part of a Polymarket client that `bot.ts` needs. Your own bot may use the official client instead. */
import { createHmac } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** Unchecked, to keep the example short: parse answers in a bot that trades with money. */
export const json = async (url: string, init?: RequestInit): Promise<any> =>
  (await fetch(url, { signal: AbortSignal.timeout(10_000), ...init })).json();

// EIP-712: a struct is the hash of 32-byte words, each a number or the hash of a text.
const word = (value: bigint | number | string): Uint8Array =>
  hexToBytes(BigInt(value).toString(16).padStart(64, "0"));
const text = (value: string): Uint8Array => keccak_256(utf8ToBytes(value));
const struct = (...words: readonly Uint8Array[]): Uint8Array => keccak_256(concatBytes(...words));

const DOMAIN = "EIP712Domain(string name,string version,uint256 chainId";
const POLYGON = word(137);
const AUTH_DOMAIN = struct(text(`${DOMAIN})`), text("ClobAuthDomain"), text("1"), POLYGON);
const AUTH = text("ClobAuth(address address,string timestamp,uint256 nonce,string message)");
const ATTESTED = text("This message attests that I control the given wallet");
const EXCHANGE_DOMAIN = struct(
  text(`${DOMAIN},address verifyingContract)`),
  text("Polymarket CTF Exchange"),
  text("2"),
  POLYGON,
  word("0xE111180000d2663C0091e4f400237545B87B996B"),
);
const ORDER = text(
  "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount," +
    "uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)",
);
const NONE = `0x${"0".repeat(64)}`;

/** The account of a private key of 64 hex digits: its API key, its requests and its orders. */
export async function login(rest: string, privateKey: string) {
  const secretKey = hexToBytes(privateKey);
  const publicKey = secp256k1.getPublicKey(secretKey, false);
  const owner = `0x${bytesToHex(keccak_256(publicKey.slice(1)).slice(12))}`;
  const signed = (domain: Uint8Array, message: Uint8Array): string => {
    const digest = keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), domain, message));
    const raw = secp256k1.sign(digest, secretKey, { prehash: false, format: "recovered" });
    return `0x${bytesToHex(raw.slice(1))}${(27 + (raw[0] ?? 0)).toString(16)}`;
  };

  // L1: a signature of the wallet gets the API key, which is enough for every other request.
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const { apiKey, secret, passphrase } = await json(`${rest}/auth/derive-api-key`, {
    headers: {
      POLY_ADDRESS: owner,
      POLY_TIMESTAMP: timestamp,
      POLY_NONCE: "0",
      POLY_SIGNATURE: signed(
        AUTH_DOMAIN,
        struct(AUTH, word(owner), text(timestamp), word(0), ATTESTED),
      ),
    },
  });

  if (secret === undefined) throw new Error("the venue gave no API key");

  return {
    /** For the first message on the user channel. */
    credentials: { apiKey, secret, passphrase },

    /** L2: every request carries an HMAC over itself. */
    request: async (method: string, path: string, body?: string): Promise<any> => {
      const at = String(Math.floor(Date.now() / 1_000));
      const hmac = createHmac("sha256", Buffer.from(secret, "base64url"));
      const mac = hmac.update(at + method + path + (body ?? "")).digest("base64");
      const headers = {
        POLY_ADDRESS: owner,
        POLY_API_KEY: apiKey,
        POLY_PASSPHRASE: passphrase,
        POLY_TIMESTAMP: at,
        POLY_SIGNATURE: mac.replaceAll("+", "-").replaceAll("/", "_"),
      };
      return json(rest + path, { method, headers, ...(body !== undefined && { body }) });
    },

    /** The body of POST /order: a post-only BUY of whole shares at a price in whole cents. */
    buyOrder: (tokenId: string, cents: number, shares: number): string => {
      const [salt, now] = [Math.floor(Math.random() * 2 ** 48), Date.now()];
      // In millionths: of a dollar, and of a share.
      const [makerAmount, takerAmount] = [shares * cents * 10_000, shares * 1_000_000];
      const side = 0;
      const words = [salt, owner, owner, tokenId, makerAmount, takerAmount, side, 0, now, 0, 0];
      const order = {
        salt,
        maker: owner,
        signer: owner,
        tokenId,
        makerAmount: String(makerAmount),
        takerAmount: String(takerAmount),
        side: "BUY",
        signatureType: 0,
        timestamp: String(now),
        expiration: "0",
        metadata: NONE,
        builder: NONE,
        signature: signed(EXCHANGE_DOMAIN, struct(ORDER, ...words.map(word))),
      };
      const terms = { owner: apiKey, orderType: "GTC", postOnly: true, deferExec: false };
      return JSON.stringify({ order, ...terms });
    },
  };
}
