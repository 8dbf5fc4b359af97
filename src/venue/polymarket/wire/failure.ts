import { z } from "zod";

/** The body of a refusal. A 425 was seen without a body. [protocol 3.10, errors.json] */
export const failureWire = z.object({
  error: z.string().nullish(),
  /** Heartbeats use this name. */
  error_msg: z.string().nullish(),
  /** "post_only_mode" */
  code: z.string().nullish(),
  retry_after_seconds: z.number().nullish(),
});

export type FailureWire = z.infer<typeof failureWire>;
