import { z } from "zod";
import { unreadText, unreadTexts } from "./unread.ts";

/** POST /order, and each of POST /orders, in their order. [protocol 3.2] */
export const orderAnswerWire = z.object({
  /** True in some refusals too. */
  success: z.boolean(),
  /** "" or absent where all is well. */
  errorMsg: z.string().default(""),
  /** "" in a refusal. */
  orderID: z.string().default(""),
  /** live, matched, delayed or unmatched; "" in a refusal. */
  status: z.string().default(""),
  /** Of uncertain unit: nothing is booked from them. */
  makingAmount: unreadText,
  takingAmount: unreadText,
  transactionsHashes: unreadTexts,
  tradeIDs: unreadTexts,
});

export const orderAnswersWire = z.array(z.unknown());

export type OrderAnswerWire = z.infer<typeof orderAnswerWire>;
