import { z } from "zod";
import { unreadText } from "./unread.ts";

/**
 * The answer to every kind of cancel, with status 200 even when nothing was cancelled.
 * [protocol 3.3]
 */
export const cancelAnswerWire = z.object({
  canceled: z.array(unreadText).nullish(),
  /** The reason by order id; an empty list for none, too. */
  not_canceled: z
    .union([
      z.record(z.string(), unreadText),
      z
        .array(z.unknown())
        .max(0)
        .transform((): Record<string, string> => ({})),
    ])
    .nullish(),
});

export type CancelAnswerWire = z.infer<typeof cancelAnswerWire>;
