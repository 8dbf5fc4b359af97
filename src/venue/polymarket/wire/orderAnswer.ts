import { z } from "zod";
import { ID_LENGTH_MAX } from "../../../types/index.ts";
import { unreadText, unreadTexts } from "./unread.ts";

const blankIfNone = (text: z.ZodString) => text.nullish().transform((value) => value ?? "");

/**
 * The answer to POST /order, and each entry of that to POST /orders, in the same order.
 * [protocol 3.2]
 */
export const orderAnswerWire = z.object({
  /** True in some refusals too. */
  success: z.boolean(),
  /** "", null or absent for an accepted order. */
  errorMsg: blankIfNone(z.string()),
  /** "" in a refusal. */
  orderID: blankIfNone(z.string().max(ID_LENGTH_MAX)),
  /** live, matched, delayed or unmatched; "" in a refusal. */
  status: blankIfNone(z.string()),
  /** In an uncertain unit: nothing is booked from these amounts. */
  makingAmount: unreadText,
  takingAmount: unreadText,
  transactionsHashes: unreadTexts,
  tradeIDs: unreadTexts,
});

export const orderAnswersWire = z.array(z.unknown());

export type OrderAnswerWire = z.infer<typeof orderAnswerWire>;
