/** Proof of who asks: L1 by the key, to make API credentials; L2 by those, on every request. */
import { createHmac } from "node:crypto";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { EpochMs } from "../../../types/index.ts";
import { type Address, addressBytes, addressOf } from "./address.ts";
import { type Keccak256, hexOf, words } from "./bytes.ts";
import { digestUnder } from "./hasher.ts";
import type { PrivateKey } from "./key.ts";
import { Secret } from "./secret.ts";
import type { Signer } from "./signer.ts";

/** What `POST /auth/api-key` answers. The id is sent in bodies and seen by others; the rest not. */
export interface Credentials {
  readonly apiKey: string;
  /** Base64 as the venue gave it; the user channel wants it so. */
  readonly secret: Secret<string>;
  /** The bytes of `secret`. */
  readonly hmacKey: Secret<Uint8Array>;
  readonly passphrase: Secret<string>;
}

/** Secret as a whole: who reads them can ask in our name while their second lasts. */
export type AuthHeaders = Secret<Readonly<Record<string, string>>>;

const CLOB_AUTH_TYPE = "ClobAuth(address address,string timestamp,uint256 nonce,string message)";
const DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId)";
const DOMAIN_NAME = "ClobAuthDomain";
const DOMAIN_VERSION = "1";
const MESSAGE = "This message attests that I control the given wallet";

/** As the venue's answer holds them, once it is read. */
export interface PlainCredentials {
  readonly key: string;
  readonly secret: string;
  readonly passphrase: string;
}

/** Null where `secret` is not base64 of at least a byte, in either alphabet, padded or not. */
export function parseCredentials(plain: PlainCredentials): Credentials | null {
  const { key, secret, passphrase } = plain;
  const hmacKey = base64Bytes(secret);
  if (hmacKey === null || key === "" || passphrase === "") return null;
  return {
    apiKey: key,
    secret: new Secret(secret),
    hmacKey: new Secret(hmacKey),
    passphrase: new Secret(passphrase),
  };
}

export interface ClobAuth {
  readonly owner: Address;
  /** On the venue's clock; sent as whole seconds. */
  readonly now: EpochMs;
  /** Another nonce makes other credentials; 0 unless there is a reason. */
  readonly nonce: number;
  readonly chainId: number;
}

/** The digest the owner signs to get its credentials. */
export function clobAuthDigest(keccak256: Keccak256, auth: ClobAuth): Uint8Array {
  const hashed = (text: string): Uint8Array => keccak256(utf8ToBytes(text));
  const separator = keccak256(
    words(hashed(DOMAIN_TYPE), hashed(DOMAIN_NAME), hashed(DOMAIN_VERSION), auth.chainId),
  );
  const structHash = keccak256(
    words(
      hashed(CLOB_AUTH_TYPE),
      addressBytes(auth.owner),
      hashed(seconds(auth.now)),
      auth.nonce,
      hashed(MESSAGE),
    ),
  );
  return digestUnder(keccak256, separator, structHash);
}

/** For `POST /auth/api-key` and `GET /auth/derive-api-key`, the only two that take them. */
export function l1Headers(
  signer: Signer,
  key: PrivateKey,
  { now, nonce, chainId }: Omit<ClobAuth, "owner">,
): AuthHeaders {
  const owner = addressOf(signer, key);
  const digest = clobAuthDigest(signer.keccak256, { owner, now, nonce, chainId });
  return new Secret({
    POLY_ADDRESS: owner,
    POLY_SIGNATURE: hexOf(signer.sign(digest, key)),
    POLY_TIMESTAMP: seconds(now),
    POLY_NONCE: String(nonce),
  });
}

/** Of a request, what its headers prove. */
export interface ProvenRequest {
  readonly method: string;
  /** From the `/`, without the query: that is not signed. */
  readonly path: string;
  /** The very text that is sent; null where nothing is. */
  readonly body: string | null;
}

/** The text whose HMAC goes with a request. */
export const requestText = ({ method, path, body }: ProvenRequest, now: EpochMs): string =>
  `${seconds(now)}${method}${path}${body ?? ""}`;

/**
 * For every request but the public ones. `owner` is the key's address, whatever the wallet; `now`
 * is on the venue's clock and sent as whole seconds.
 */
export function l2Headers(
  owner: Address,
  credentials: Credentials,
  request: ProvenRequest,
  now: EpochMs,
): AuthHeaders {
  const mac = createHmac("sha256", credentials.hmacKey.reveal())
    .update(requestText(request, now))
    .digest();
  return new Secret({
    POLY_ADDRESS: owner,
    POLY_SIGNATURE: base64Url(mac),
    POLY_TIMESTAMP: seconds(now),
    POLY_API_KEY: credentials.apiKey,
    POLY_PASSPHRASE: credentials.passphrase.reveal(),
  });
}

const seconds = (now: EpochMs): string => String(Math.floor(now / 1000));

function base64Bytes(text: string): Uint8Array | null {
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  if (!/^[A-Za-z0-9+/]{2,}={0,2}$/.test(plain) || plain.replace(/=+$/, "").length % 4 === 1) {
    return null;
  }
  return Uint8Array.from(atob(plain.replace(/=+$/, "")), (letter) => letter.charCodeAt(0));
}

/** With its padding, which the venue wants. */
const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
