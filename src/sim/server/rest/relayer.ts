/** The relayer of a wallet's calls, and a node of the chain (protocol 9). */
import { after, epochMs, type EpochMs, type TransactionState } from "../../../types/index.ts";
import {
  type Address,
  type CallBatch,
  parseAddress,
  parseContractCall,
  recoverBatchOwner,
  type Signer,
  WALLET_FACTORY,
} from "../../../venue/polymarket/sign/index.ts";
import {
  chainRequestWire,
  type WalletSubmitWire,
  walletSubmitWire,
} from "../../../venue/polymarket/wire/index.ts";
import {
  FINALIZED_AFTER_MS,
  nonceAt,
  type Transaction,
  type VenueFact,
  walletOf,
} from "../../exchange/index.ts";
import { type Answer, failure, WALLETS_MAX } from "../state/index.ts";
import { type ClientRequest, type Outcome, ok, refused, type RequestContext } from "./request.ts";
import { wholeNumber } from "./auth.ts";
import { BAD_PAYLOAD } from "./orderIntake.ts";
import { uuid } from "./registry.ts";

type Query = ClientRequest["query"];

const STATES = {
  waiting: "STATE_NEW",
  mined: "STATE_MINED",
  confirmed: "STATE_CONFIRMED",
  failed: "STATE_FAILED",
} as const satisfies Record<TransactionState, string>;

/** Any key of the relayer is taken: it must name the address that has signed the batch. */
export function submitCall(
  body: unknown,
  { headers }: Pick<ClientRequest, "headers">,
  context: RequestContext,
): Outcome {
  const { signer } = context.rules;
  const { data: wire } = walletSubmitWire.safeParse(body);
  if (!wire) return refused(context, 400, BAD_PAYLOAD);
  const owner = parseAddress(wire.from, signer.keccak256);
  const named = parseAddress(headers.get("relayer_api_key_address") ?? "", signer.keccak256);
  if ((headers.get("relayer_api_key") ?? "") === "" || named === null || named !== owner)
    return refused(context, 401, "invalid authorization");
  const batch = batchOf(wire, signer);
  const call = batch && parseContractCall(signer.keccak256, batch.call);
  if (!batch || !call) return refused(context, 400, "unsupported call");
  const known = context.registry.wallets.get(batch.wallet) ?? owner;
  if (recoverBatchOwner(signer, batch, wire.signature) !== owner || known !== owner)
    return refused(context, 400, "invalid signature");
  // Who has no key has no account here, and nothing to convert.
  const { wallets: owners } = context.registry;
  if (
    !context.exchange.accounts.has(owner) ||
    (owners.size >= WALLETS_MAX && !owners.has(batch.wallet))
  )
    return refused(context, 400, "wallet is not deployed");
  const terms = { nonce: batch.nonce, deadline: epochMs(batch.deadline * 1_000) };
  const wallets = new Map(owners).set(batch.wallet, owner);
  return {
    registry: { ...context.registry, wallets },
    operations: [{ command: { type: "submit", account: owner, call, terms } }],
    answer: ([facts = []]) => submitAnswer(facts),
  };
}

/** Null for anything but a single call of a wallet. */
function batchOf(
  { to, nonce, depositWalletParams }: WalletSubmitWire,
  { keccak256 }: Signer,
): CallBatch | null {
  const { depositWallet, deadline, calls } = depositWalletParams;
  const [call] = calls;
  const wallet = parseAddress(depositWallet, keccak256);
  const target = call ? parseAddress(call.target, keccak256) : null;
  const numbers = { nonce: wholeNumber(nonce), deadline: wholeNumber(deadline) };
  if (!call || calls.length > 1 || call.value !== "0" || !wallet || !target) return null;
  if (numbers.nonce === null || numbers.deadline === null || !isHex(call.data)) return null;
  if (parseAddress(to, keccak256) !== WALLET_FACTORY || numbers.deadline > SECONDS_MAX) return null;
  return {
    wallet,
    nonce: numbers.nonce,
    deadline: numbers.deadline,
    call: { target, data: call.data },
  };
}

/** In milliseconds still a safe integer. */
const SECONDS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / 1_000);

const isHex = (text: string): text is CallBatch["call"]["data"] =>
  /^0x(?:[0-9a-f]{2})*$/i.test(text);

function submitAnswer(facts: readonly VenueFact[]): Answer {
  for (const fact of facts) {
    if (fact.type === "transaction.changed")
      return {
        status: 200,
        body: { transactionID: uuid(fact.transaction.id), state: STATES.waiting },
      };
    if (fact.type === "transaction.refused") return failure(400, fact.refusal.text);
  }
  return failure(500, "Internal server error");
}

/** Of the address that signs, whatever its wallet. */
export function callNonce(query: Query, context: RequestContext): Outcome {
  const owner = addressIn(query.get("address"), context);
  if (owner === null || query.get("type") !== "WALLET")
    return refused(context, 400, "invalid address or type");
  return ok(context, { nonce: String(walletOf(context.exchange, owner).nonce) });
}

export function transactionNamed(query: Query, context: RequestContext): Outcome {
  const id = query.get("id");
  for (const { transactions } of context.exchange.wallets.values())
    for (const transaction of transactions)
      if (uuid(transaction.id) === id) return ok(context, [transactionRecord(transaction)]);
  return ok(context, []);
}

const transactionRecord = ({ id, account, nonce, state }: Transaction) => ({
  transactionID: uuid(id),
  transactionHash: state === "mined" || state === "confirmed" ? id : "",
  from: account,
  to: WALLET_FACTORY,
  nonce: String(nonce),
  state: STATES[state],
  type: "WALLET",
  owner: account,
});

/** A block each second. Of the chain's interface only what settles an unknown call is served. */
export function chainNode(body: unknown, context: RequestContext): Outcome {
  const { data: request } = chainRequestWire.safeParse(body);
  if (!request) return refused(context, 400, BAD_PAYLOAD);
  const { id, method, params } = request;
  const answered = (result: unknown): Outcome => ok(context, { jsonrpc: "2.0", id, result });
  const [first, second] = params;
  if (method === "eth_getBlockByNumber") {
    const seconds = blockNumber(first, context.now);
    return answered(
      seconds === null ? null : { number: hexOf(seconds), timestamp: hexOf(seconds) },
    );
  }
  const seconds = blockNumber(second, context.now);
  const wallet = method === "eth_call" ? nonceCallTo(first, context) : null;
  if (seconds === null || wallet === null)
    return ok(context, { jsonrpc: "2.0", id, error: { code: -32601, message: "not served" } });
  const owner = context.registry.wallets.get(wallet) ?? wallet;
  const nonce = nonceAt(context.exchange, owner, epochMs(seconds * 1_000));
  return answered(`0x${nonce.toString(16).padStart(64, "0")}`);
}

/** The number of a block is its time in seconds. */
function blockNumber(block: unknown, now: EpochMs): number | null {
  if (block === "finalized") return Math.floor(after(now, -FINALIZED_AFTER_MS) / 1_000);
  if (block === "latest") return Math.floor(now / 1_000);
  return typeof block === "string" && /^0x[0-9a-f]{1,12}$/i.test(block) ? Number(block) : null;
}

/** The wallet that is asked for its nonce; null for any other call. */
function nonceCallTo(call: unknown, context: RequestContext): Address | null {
  if (typeof call !== "object" || call === null || !("to" in call) || !("data" in call))
    return null;
  return call.data === "0xaffed0e0" && typeof call.to === "string"
    ? addressIn(call.to, context)
    : null;
}

const addressIn = (text: string | undefined, { rules }: RequestContext): Address | null =>
  parseAddress(text ?? "", rules.signer.keccak256);

const hexOf = (value: number): string => `0x${value.toString(16)}`;
