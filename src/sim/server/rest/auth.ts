/** Authentication: L1 proves a wallet to get an API key, L2 the key on every request (protocol 4.1, 4.2). */
import { hash } from "node:crypto";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { epochMs } from "../../../types/index.ts";
import {
  type Address,
  clobAuthDigest,
  type Credentials,
  exchangeOf,
  l2Headers,
  parseAddress,
  parseCredentials,
  type Signer,
} from "../../../venue/polymarket/sign/index.ts";
import { hashed } from "../../exchange/index.ts";
import type { ClientRequest, RequestContext } from "./request.ts";
import { CLOCK_SKEW_S_MAX } from "../state/index.ts";
import { type Key, uuid } from "./registry.ts";

export const UNAUTHORIZED = "Unauthorized/Invalid api key";
export const BAD_L1 = "Invalid L1 Request headers";

/** The chain id of Polygon. */
const CHAIN = exchangeOf("2", false).chainId;

export interface Owner {
  readonly address: Address;
  readonly nonce: number;
}

/** The wallet that signed this request for a key; null where headers, time or signature are wrong. */
export function verifiedOwner(
  { headers }: ClientRequest,
  { verificationTime, rules: { signer } }: Pick<RequestContext, "verificationTime" | "rules">,
): Owner | null {
  const { keccak256 } = signer;
  const address = parseAddress(headers.get("poly_address") ?? "", keccak256);
  const stated = wholeNumber(headers.get("poly_timestamp"));
  const nonce = wholeNumber(headers.get("poly_nonce") ?? "0");
  const signature = bytesOf(headers.get("poly_signature") ?? "");
  if (address === null || stated === null || nonce === null || signature === null) return null;
  if (!isCloseInTime(stated, verificationTime)) return null;
  const claim = { owner: address, now: epochMs(stated * 1_000), nonce, chainId: CHAIN };
  const signed = signerOf(signer, clobAuthDigest(keccak256, claim), signature);
  return signed === address ? { address, nonce } : null;
}

/** The key of a request; null unless its HMAC covers exactly the bytes received. */
export function verifiedKey(
  { headers, method, path, body }: ClientRequest,
  {
    verificationTime,
    registry,
    rules,
  }: Pick<RequestContext, "verificationTime" | "registry" | "rules">,
): Key | null {
  const key = registry.keys.get(headers.get("poly_api_key") ?? "");
  const stated = wholeNumber(headers.get("poly_timestamp"));
  if (!key || stated === null || !isCloseInTime(stated, verificationTime)) return null;
  const { keccak256 } = rules.signer;
  if (addressNamed(headers.get("poly_address") ?? "", key.account, keccak256) !== key.account)
    return null;
  const signedRequest = { method, path, body: body === "" ? null : body };
  const at = epochMs(stated * 1_000);
  const expected = l2Headers(key.account, key.credentials, signedRequest, at).reveal();
  const isSame = (name: string): boolean =>
    isEqual(expected[name] ?? "", headers.get(name.toLowerCase()) ?? "");
  return isSame("POLY_SIGNATURE") && isSame("POLY_PASSPHRASE") ? key : null;
}

/** The key that this id, secret and passphrase belong to, as a WebSocket's login sends them. */
export function keyWithSecret(
  { registry }: Pick<RequestContext, "registry">,
  claim: { readonly apiKey: string; readonly secret: string; readonly passphrase: string },
): Key | null {
  const key = registry.keys.get(claim.apiKey);
  return key &&
    isEqual(key.credentials.secret.reveal(), claim.secret) &&
    isEqual(key.credentials.passphrase.reveal(), claim.passphrase)
    ? key
    : null;
}

/** Derived, so that a wallet and a nonce have the same key in every run of one seed, until it is rotated. */
export function credentialsOf(
  seed: number,
  { address, nonce }: Owner,
  generation: number,
): Credentials | null {
  const turn = generation === 0 ? "" : ` ${generation}`;
  const derived = (part: string): string => hashed(`${seed} ${address} ${nonce} ${part}${turn}`);
  const secret = btoa(String.fromCharCode(...hexToBytes(derived("secret").slice(2))));
  return parseCredentials({
    key: uuid(derived("key")),
    secret: secret.replaceAll("+", "-").replaceAll("/", "_"),
    passphrase: derived("passphrase").slice(2),
  });
}

/** As `parseAddress`, without a hash where the text is an address that is known. */
export const addressNamed = (
  text: string,
  known: Address,
  keccak256: Signer["keccak256"],
): Address | null => (text === known ? known : parseAddress(text, keccak256));

/** The address recovered from a signature; null where recovery fails. */
function signerOf(
  { recover, keccak256 }: Signer,
  digest: Uint8Array,
  signature: Uint8Array,
): Address | null {
  const publicKey = recover(digest, signature);
  if (publicKey === null) return null;
  return parseAddress(`0x${bytesToHex(keccak256(publicKey).subarray(12))}`, keccak256);
}

/** Compares hashes, so that the time taken reveals nothing about the secret. */
const isEqual = (one: string, other: string): boolean =>
  hash("sha256", one) === hash("sha256", other);

const isCloseInTime = (seconds: number, now: number): boolean =>
  Math.abs(seconds - now / 1_000) <= CLOCK_SKEW_S_MAX;

/** A decimal of 0 or more within the safe integers; null for any other text. */
export function wholeNumber(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

const bytesOf = (text: string): Uint8Array | null =>
  /^0x(?:[0-9a-f]{2})*$/i.test(text) ? hexToBytes(text.slice(2)) : null;
