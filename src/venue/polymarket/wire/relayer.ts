/** The relayer, which submits calls of a wallet, and the chain's own interface for reads. [protocol 9] */
import { z } from "zod";
import { textWire } from "./read.ts";
import { unreadText } from "./unread.ts";

/** The body of POST /submit for a deposit wallet; every number is a decimal text. */
export const walletSubmitWire = z.object({
  type: z.literal("WALLET"),
  from: z.string(),
  to: z.string(),
  nonce: z.string(),
  signature: z.string(),
  depositWalletParams: z.object({
    depositWallet: z.string(),
    deadline: z.string(),
    calls: z.array(z.object({ target: z.string(), value: z.string(), data: z.string() })),
  }),
});

export const submitAnswerWire = z.object({ transactionID: z.string().min(1), state: unreadText });

/** GET /nonce?address=&type=WALLET. */
export const walletNonceWire = z.object({ nonce: textWire });

const transactionWire = z.object({ transactionID: z.string(), state: z.string() });
/** GET /transaction?id=: a list of one, or of none. */
export const transactionsWire = z.array(transactionWire);

/** What the chain answers to `eth_getBlockByNumber`; numbers are hex. */
export const blockAnswerWire = z.object({
  result: z.object({ number: z.string(), timestamp: z.string() }),
});
/** What the chain answers to `eth_call`. */
export const callAnswerWire = z.object({ result: z.string() });

export const chainRequestWire = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.number(),
  method: z.string(),
  params: z.array(z.unknown()),
});

export type WalletSubmitWire = z.infer<typeof walletSubmitWire>;
export type ChainRequestWire = z.infer<typeof chainRequestWire>;
