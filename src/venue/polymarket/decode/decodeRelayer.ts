/** Answers of the relayer and of the chain. An error to a submission leaves open what becomes of it. */
import {
  type EpochMs,
  type SubmitAnswer,
  type TransactionId,
  type TransactionState,
  epochMs,
  transactionId,
} from "../../../types/index.ts";
import {
  blockAnswerWire,
  callAnswerWire,
  submitAnswerWire,
  transactionsWire,
  walletNonceWire,
} from "../wire/index.ts";
import { type Read, decodeRead } from "./decodeRead.ts";
import type { Decoded, Reply } from "./frame.ts";

/** POST /submit. Whatever is no acknowledgement proves nothing. [protocol-updates 23] */
export function decodeSubmit(reply: Reply): Decoded<SubmitAnswer> {
  const { answer, warnings } = decodeRead(reply, submitAnswerWire, (wire) =>
    transactionId(wire.transactionID),
  );
  return {
    answer: answer.type === "answered" ? { type: "acked", transactionId: answer.value } : answer,
    warnings,
  };
}

/** GET /nonce. */
export const decodeWalletNonce = (reply: Reply): Read<number> =>
  decodeRead(reply, walletNonceWire, ({ nonce }) =>
    /^\d{1,15}$/.test(nonce) ? Number(nonce) : undefined,
  );

/** GET /transaction. Null where the relayer knows none of that id. */
export const decodeTransaction = (
  reply: Reply,
  id: TransactionId,
): Read<TransactionState | null> =>
  reply.status === 404
    ? { answer: { type: "answered", value: null }, warnings: [] }
    : decodeRead(reply, transactionsWire, (transactions) => {
        const [one] = transactions;
        if (one === undefined) return null;
        return one.transactionID === id ? stateOf(one.state) : undefined;
      });

/** Executed is sent to the chain. A state that is not known is none that ends it. */
function stateOf(state: string): TransactionState {
  switch (state) {
    case "STATE_MINED":
      return "mined";
    case "STATE_CONFIRMED":
      return "confirmed";
    case "STATE_FAILED":
    case "STATE_INVALID":
      return "failed";
    default:
      return "waiting";
  }
}

export interface BlockReading {
  /** As the chain writes it, to ask what was true in that block. */
  readonly number: string;
  readonly at: EpochMs;
}

/** `eth_getBlockByNumber`. */
export const decodeBlock = (reply: Reply): Read<BlockReading> =>
  decodeRead(reply, blockAnswerWire, ({ result }) => {
    const seconds = hexNumber(result.timestamp);
    return seconds === undefined || hexNumber(result.number) === undefined
      ? undefined
      : { number: result.number, at: epochMs(seconds * 1_000) };
  });

/** `eth_call` of something that returns one number. */
export const decodeCallNumber = (reply: Reply): Read<number> =>
  decodeRead(reply, callAnswerWire, ({ result }) =>
    /^0x[\da-f]{64}$/i.test(result) ? hexNumber(result) : undefined,
  );

/** Undefined for anything but the hex of a safe integer. */
function hexNumber(text: string): number | undefined {
  if (!/^0x[\da-f]{1,64}$/i.test(text)) return undefined;
  const value = Number(BigInt(text));
  return Number.isSafeInteger(value) && value < SECONDS_MAX ? value : undefined;
}

/** In milliseconds still a safe integer. */
const SECONDS_MAX = Number.MAX_SAFE_INTEGER / 1_000;
