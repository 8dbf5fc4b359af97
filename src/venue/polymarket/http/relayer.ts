/**
 * The port `Wallet` over HTTP: calls of a deposit wallet, signed here and submitted by Polymarket's relayer; what is
 * final is read from a node of the chain.
 */
import { type Observable, concatMap, defer, map, of } from "rxjs";
import {
  type FinalizedBlock,
  type Lost,
  type MarketId,
  type NotSent,
  type ReadAnswer,
  type SubmitAnswer,
  type Wallet,
  causeOf,
} from "../../../types/index.ts";
import type { Time } from "../../index.ts";
import {
  type DecodeWarning,
  type Decoded,
  type Listing,
  type Reply,
  decodeBlock,
  decodeCallNumber,
  decodeSubmit,
  decodeTransaction,
  decodeWalletNonce,
} from "../decode/index.ts";
import {
  type PrivateKey,
  Secret,
  type Signer,
  type SigningAccount,
  contractCall,
  signBatch,
} from "../sign/index.ts";
import {
  type ConnectionPool,
  type HttpAnswer,
  connectionPool,
  outgoing,
} from "./connectionPool.ts";
import {
  type VenueRequest,
  blockRequest,
  submitRequest,
  transactionRequest,
  walletNonceAtRequest,
  walletNonceRequest,
} from "./encode.ts";

export interface RelayerOptions {
  /** Origin (scheme, host, port) of the relayer. */
  readonly origin: string;
  /** The whole address of a node of the chain, which may have a key of its own in it. */
  readonly chain: Secret<string>;
  readonly account: SigningAccount;
  readonly key: PrivateKey;
  readonly signer: Signer;
  /** A key of the relayer, made on the venue's site for the owner's address. */
  readonly relayerKey: Secret<string>;
  /** Read at every call. */
  readonly listings: ReadonlyMap<MarketId, Listing>;
  readonly onDecodeWarning: (source: string, warning: DecodeWarning) => void;
}

const CONNECTIONS_MAX = 4;
const LEAVE_MS = 5_000;
const ANSWER_MS = 25_000;

/** What a person has to do where the program cannot merge and redeem; null where it can. Asked before anything runs. */
export function walletRefusal(
  wallet: SigningAccount["wallet"],
  has: { readonly relayerKey: boolean; readonly chain: boolean },
): string | null {
  if (wallet !== "depositWallet")
    return `merge and redeem by hand: calls are built for deposit wallets alone, and this one is of kind ${wallet}`;
  if (!has.relayerKey) return "merge and redeem by hand: there is no key of the relayer";
  return has.chain ? null : "merge and redeem by hand: there is no node of the chain to ask";
}

export function polymarketWallet(
  { origin, chain, account, key, signer, relayerKey, listings, onDecodeWarning }: RelayerOptions,
  { scheduler }: Pick<Time, "scheduler">,
): Wallet {
  const node = new URL(chain.reveal());
  const pool = (at: string): ConnectionPool =>
    connectionPool(
      { origin: at, connectionsMax: CONNECTIONS_MAX, leaveMs: LEAVE_MS, answerMs: ANSWER_MS },
      scheduler,
    );
  const relayer = pool(origin);
  const nodes = pool(node.origin);
  const proof = new Secret({
    RELAYER_API_KEY: relayerKey.reveal(),
    RELAYER_API_KEY_ADDRESS: account.owner,
    "content-type": "application/json",
  });
  const secrets = [relayerKey.reveal(), `${node.pathname}${node.search}`];

  const read = <Answer extends { readonly type: string }>(
    what: string,
    answer$: Observable<HttpAnswer>,
    decode: (reply: Reply) => Decoded<Answer>,
  ): Observable<Answer | Lost | NotSent> =>
    answer$.pipe(
      map((reply) => {
        if (reply.type !== "answered") return asked(what, reply);
        const { answer, warnings } = decode({ ...reply, text: without(reply.text, secrets) });
        for (const warning of warnings) onDecodeWarning(what, warning);
        return asked(what, answer);
      }),
    );
  const ask = <Answer extends { readonly type: string }>(
    request: VenueRequest,
    decode: (reply: Reply) => Decoded<Answer>,
  ): Observable<Answer | Lost | NotSent> =>
    defer(() => read(nameOf(request), relayer.send(outgoing(request, proof)), decode));
  const askChain = <Answer extends { readonly type: string }>(
    what: string,
    request: VenueRequest,
    decode: (reply: Reply) => Decoded<Answer>,
  ): Observable<Answer | Lost | NotSent> =>
    defer(() => {
      const path = `${node.pathname}${node.search}`;
      return read(what, nodes.send({ ...outgoing(request, JSON_BODY), path }), decode);
    });

  return {
    submit: (call, { nonce, deadline }) =>
      defer((): Observable<SubmitAnswer> => {
        const listing = listings.get(call.market);
        if (listing === undefined)
          return of(unsupported(`${call.type} by hand: a market that is not listed`));
        if (listing.exchange !== "2")
          return of(
            unsupported(`${call.type} by hand: a market of Protocol V2, whose calls are not built`),
          );
        const built = contractCall(signer.keccak256, call, listing.isNegRisk);
        if (built === null)
          return of(unsupported(`${call.type} by hand: the market has no condition id`));
        const batch = { wallet: account.maker, nonce, deadline: deadline / 1_000, call: built };
        const signature = signBatch(signer, key, batch);
        return ask(submitRequest(account.owner, batch, signature), decodeSubmit);
      }),
    nonce: () => ask(walletNonceRequest(account.owner), decodeWalletNonce),
    transaction: (id) => ask(transactionRequest(id), (reply) => decodeTransaction(reply, id)),
    finalized: () =>
      askChain("eth_getBlockByNumber", blockRequest("finalized"), decodeBlock).pipe(
        concatMap((block): Observable<ReadAnswer<FinalizedBlock>> => {
          if (block.type !== "answered") return of(block);
          const { number, at } = block.value;
          // Of that very block: a nonce of another would prove nothing.
          const request = walletNonceAtRequest(account.maker, number);
          return askChain("eth_call", request, decodeCallNumber).pipe(
            map((answer) =>
              answer.type === "answered"
                ? { type: "answered", value: { at, nonce: answer.value } }
                : answer,
            ),
          );
        }),
      ),
  };
}

const JSON_BODY = new Secret({ "content-type": "application/json" });

const unsupported = (text: string): SubmitAnswer => ({
  type: "rejected",
  refusal: { reason: "unsupported", text, retryAfterMs: null },
});

const nameOf = ({ method, path }: VenueRequest): string => `${method} ${path}`;

const asked = <Answer extends { readonly type: string }>(
  what: string,
  answer: Answer | Lost,
): Answer | Lost => (isLost(answer) ? { ...answer, detail: causeOf(what, answer.detail) } : answer);

const isLost = (answer: { readonly type: string }): answer is Lost => answer.type === "lost";

/** Shorter ones are no secrets. */
const SECRET_LENGTH_MIN = 8;

const without = (text: string, secrets: readonly string[]): string =>
  secrets
    .filter(({ length }) => length >= SECRET_LENGTH_MIN)
    .reduce((left, each) => left.replaceAll(each, "[secret]"), text);
