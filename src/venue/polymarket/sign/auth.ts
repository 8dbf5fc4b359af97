/**
 * Authentication headers: L1 signed with the key, to create credentials; L2 an HMAC on every
 * request.
 */
import { type KeyObject, createHmac, createSecretKey } from "node:crypto";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { EpochMs } from "../../../types/index.ts";
import { type Address, addressBytes, addressOf } from "./address.ts";
import { type Keccak256, hexOf, words } from "./bytes.ts";
import { digestUnder } from "./hasher.ts";
import type { PrivateKey } from "./key.ts";
import { HIDDEN, Secret } from "./secret.ts";
import type { Signer } from "./signer.ts";

/**
 * API credentials. The id is sent in bodies and visible to others; secret and passphrase are not.
 */
export interface Credentials {
  readonly apiKey: string;
  /** Base64 as the venue gave it, the form that the user channel takes. */
  readonly secret: Secret<string>;
  /** The bytes of `secret`. */
  readonly hmacKey: Secret<Uint8Array>;
  readonly passphrase: Secret<string>;
}

/** Secret as a whole: with them anyone can make requests in our name while their second lasts. */
export type AuthHeaders = Secret<Readonly<Record<string, string>>>;

const CLOB_AUTH_TYPE = "ClobAuth(address address,string timestamp,uint256 nonce,string message)";
const DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId)";
const DOMAIN_NAME = "ClobAuthDomain";
const DOMAIN_VERSION = "1";
const MESSAGE = "This message attests that I control the given wallet";

/** Credentials as decoded from the venue's answer or read from a file. */
export interface PlainCredentials {
  readonly key: string;
  readonly secret: string;
  readonly passphrase: string;
}

/**
 * Null unless each is given and `secret` is base64 of at least a byte (either alphabet, any
 * padding).
 */
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

/** Shorter than any of the venue's: to blank it would garble what the venue says. */
const SECRET_LENGTH_MIN = 8;

/**
 * What a venue, or a hop before it, has said, without what we have sent it in secret: to be applied
 * before anything of the text is quoted or cut.
 */
export function withoutSecrets(text: string, { secret, passphrase }: Credentials): string {
  const spellings = [secret.reveal(), passphrase.reveal()]
    .filter(({ length }) => length >= SECRET_LENGTH_MIN)
    .flatMap((each) => [each, JSON.stringify(each).slice(1, -1), encodeURIComponent(each)]);
  return spellings.reduce((left, each) => left.replaceAll(each, HIDDEN), text);
}

export interface ClobAuth {
  readonly owner: Address;
  /** By the venue's clock; sent as whole seconds. */
  readonly now: EpochMs;
  /** Another nonce gives other credentials; normally 0. */
  readonly nonce: number;
  readonly chainId: number;
}

/** The digest that the owner signs to get credentials. */
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

/**
 * Headers of `POST /auth/api-key` and `GET /auth/derive-api-key`, the only two requests with L1.
 */
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

/** The parts of a request that its L2 headers sign. */
export interface RequestToSign {
  readonly method: string;
  /** From the `/` on, without the query, which is not signed. */
  readonly path: string;
  /** The exact text that is sent; null without a body. */
  readonly body: string | null;
}

/** The text of which a request carries the HMAC. */
export const requestText = ({ method, path, body }: RequestToSign, now: EpochMs): string =>
  `${seconds(now)}${method}${path}${body ?? ""}`;

/**
 * Headers of every request but the public ones. `owner` is the address of the key, whatever the
 * wallet; `now` is by the venue's clock and sent as whole seconds.
 */
export function l2Headers(
  owner: Address,
  credentials: Credentials,
  request: RequestToSign,
  now: EpochMs,
): AuthHeaders {
  const mac = createHmac("sha256", macKeyOf(credentials.hmacKey))
    .update(requestText(request, now))
    .digest("base64url");
  return new Secret({
    POLY_ADDRESS: owner,
    // The venue requires the padding, which 32 bytes always have.
    POLY_SIGNATURE: `${mac}=`,
    POLY_TIMESTAMP: seconds(now),
    POLY_API_KEY: credentials.apiKey,
    POLY_PASSPHRASE: credentials.passphrase.reveal(),
  });
}

/** As OpenSSL takes them: made once for the credentials of a run, and as unprintable as their bytes. */
const macKeys = new WeakMap<Credentials["hmacKey"], KeyObject>();

function macKeyOf(bytes: Credentials["hmacKey"]): KeyObject {
  const key = macKeys.get(bytes) ?? createSecretKey(bytes.reveal());
  macKeys.set(bytes, key);
  return key;
}

const seconds = (now: EpochMs): string => String(Math.floor(now / 1000));

function base64Bytes(text: string): Uint8Array | null {
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  if (!/^[A-Za-z0-9+/]{2,}={0,2}$/.test(plain) || plain.replace(/=+$/, "").length % 4 === 1) {
    return null;
  }
  return Uint8Array.from(atob(plain.replace(/=+$/, "")), (letter) => letter.charCodeAt(0));
}
