import { z } from "zod";
import { numberOrNull, textOrNull } from "./read.ts";

/** The body of a refusal. A 425 was seen without a body. [protocol 3.10, errors.json] */
export const failureWire = z.object({
  error: textOrNull,
  /** Heartbeats use this name. */
  error_msg: textOrNull,
  /** "post_only_mode" */
  code: textOrNull,
  retry_after_seconds: numberOrNull,
});

export type FailureWire = z.infer<typeof failureWire>;
