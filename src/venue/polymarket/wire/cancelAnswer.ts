import { z } from "zod";

/**
 * The answer to every kind of cancel, with status 200 even when nothing was cancelled.
 * [protocol 3.3]
 */
export const cancelAnswerWire = z.object({
  canceled: z.array(z.string()).nullish(),
  /** The reason by order id. */
  not_canceled: z.record(z.string(), z.string()).nullish(),
});

export type CancelAnswerWire = z.infer<typeof cancelAnswerWire>;
