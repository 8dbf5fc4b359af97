/** One account, for a program that posts orders of its own: in the names of the venue's clients. */
import { type Observable, concatMap, defer, map } from "rxjs";
import { ConfigError, type Log, type OrderId, SKEW_MAX_MS } from "../../../types/index.ts";
import type { Time } from "../../index.ts";
import { decodePlaceAnswer } from "../decode/index.ts";
import {
  type CreateOrderOptions,
  type CreatedOrder,
  type Credentials,
  SIGNATURE_TYPES,
  type SignatureType,
  type Signer,
  type UserOrder,
  type Wallet,
  addressOf,
  chooseSigner,
  createOrder,
  parseAddress,
  parsePrivateKey,
  withoutSecrets,
} from "../sign/index.ts";
import { isLoopbackUrl } from "./addresses.ts";
import { type HttpAnswer, connectionPool } from "./connectionPool.ts";
import { placeRequest } from "./encode.ts";
import { acceptedLogin, login } from "./login.ts";
import { type Identity, authorised } from "./orderEntry.ts";

export interface ClobClientOptions {
  /** Scheme, host and port of the order book's API; https, except on this machine. */
  readonly host: string;
  /** 64 hex digits, with or without `0x`. */
  readonly privateKey: string;
  /** What holds the funds: 0 the key's own address, 1 a proxy, 2 a safe, 3 a deposit wallet. */
  readonly signatureType: SignatureType;
  /** The address of that wallet; none for 0. */
  readonly funder?: string;
}

/** `unknown`: it may rest, so its id must be looked for before it is posted again. */
export type PostOrderAnswer =
  | { readonly type: "accepted"; readonly orderID: OrderId }
  | { readonly type: "refused" | "unknown"; readonly errorMsg: string }
  /** Not a byte of it has left. */
  | { readonly type: "notSent" };

export interface ClobClient {
  /** Signs, and sends nothing. @throws ConfigError with everything that is wrong with the order. */
  readonly createOrder: (order: UserOrder, options: CreateOrderOptions) => CreatedOrder;
  /** Posts at each subscription, and answers once. */
  readonly postOrder: (order: CreatedOrder) => Observable<PostOrderAnswer>;
}

const ANSWER_MS = 10_000;
/** Orders that may be posted at the same time. */
const CONNECTIONS_MAX = 8;
/** Orders of one millisecond whose salts differ. */
const SALTS = 1_000;

/**
 * Logs in, with an API key that is derived from the private key. Emits one client; errors with
 * ConfigError where the options are wrong or the login fails.
 */
export function clobClient(options: ClobClientOptions, time: Time): Observable<ClobClient> {
  return defer(() => chooseSigner(SILENT)).pipe(
    concatMap((signer) => {
      const identity = identityOf(options, signer);
      const entry = { origin: options.host, answerMs: ANSWER_MS, skewMaxMs: SKEW_MAX_MS };
      return login({ ...entry, ...identity, credentials: null }, time).pipe(
        map((answer) => {
          const { credentials } = acceptedLogin(answer, options.host);
          return clientOf(options.host, { ...identity, credentials }, time);
        }),
      );
    }),
  );
}

function clientOf(
  origin: string,
  { credentials, ...identity }: Omit<Identity, "credentials"> & { credentials: Credentials },
  { clock, scheduler }: Time,
): ClobClient {
  const timing = { connectionsMax: CONNECTIONS_MAX, leaveMs: ANSWER_MS, answerMs: ANSWER_MS };
  const pool = connectionPool({ origin, ...timing }, scheduler);
  let created = 0;
  return {
    createOrder: (order, options) => {
      const createdAt = clock.now().epochMs;
      // Unique, and at most 53 bits.
      const salt = createdAt * SALTS + (created++ % SALTS);
      return createOrder(identity, order, options, { salt, createdAt });
    },
    postOrder: (order) =>
      defer(() => {
        const request = placeRequest([order], credentials.apiKey);
        const { owner } = identity.account;
        return pool.send(authorised(request, { owner, credentials }, clock.now().epochMs));
      }).pipe(map((answer) => posted(answer, credentials))),
  };
}

function posted(reply: HttpAnswer, credentials: Credentials): PostOrderAnswer {
  const answer =
    reply.type === "answered"
      ? decodePlaceAnswer({ ...reply, text: withoutSecrets(reply.text, credentials) }, 1).answer
      : reply;
  if (answer.type === "notSent") return { type: "notSent" };
  if (answer.type === "lost") return { type: "unknown", errorMsg: answer.detail };
  const [only] = answer.legs;
  if (only === undefined) return { type: "unknown", errorMsg: "it was not answered" };
  return only.type === "acked"
    ? { type: "accepted", orderID: only.orderId }
    : { type: "refused", errorMsg: only.refusal.text };
}

const WALLETS: readonly Wallet[] = ["key", "proxy", "safe", "depositWallet"];

function identityOf(
  { host, privateKey, signatureType, funder }: ClobClientOptions,
  signer: Signer,
): Omit<Identity, "credentials"> {
  const key = parsePrivateKey(privateKey);
  const wallet = WALLETS.find((name) => SIGNATURE_TYPES[name] === signatureType);
  const maker = funder === undefined ? undefined : parseAddress(funder, signer.keccak256);
  const url = URL.canParse(host) ? new URL(host) : null;
  const isOrigin = url?.pathname === "/" && (url.protocol === "https:" || isLoopbackUrl(url));
  const problems = [
    ...(isOrigin ? [] : [`host: not an address such as https://clob.polymarket.com: ${host}`]),
    ...(key === null ? ["privateKey: not 64 hex digits, or no key"] : []),
    ...(wallet === undefined ? ["signatureType: 0, 1, 2 or 3"] : []),
    ...(maker === null ? ["funder: not an address, or mistyped"] : []),
    ...((wallet === "key") === (funder === undefined)
      ? []
      : ["funder: the address of the wallet; to be left out for signatureType 0"]),
  ];
  if (key === null || wallet === undefined || maker === null || problems.length > 0) {
    throw new ConfigError(problems);
  }
  const owner = addressOf(signer, key);
  return { account: { owner, wallet, maker: maker ?? owner }, key, signer };
}

const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  return undefined;
}
