import { z } from "zod";
import { unreadText } from "./unread.ts";

/** The body of POST /v1/heartbeats: the id of the last answer, "" at first. [protocol 3.7] */
export const heartbeatWire = z.object({ heartbeat_id: z.string() });

/** The next id; in a 400, with `error_msg` or `error`, the id that was expected. */
export const heartbeatAnswerWire = z.object({
  heartbeat_id: z.string().min(1),
  error_msg: unreadText,
  error: unreadText,
});

export type HeartbeatWire = z.infer<typeof heartbeatWire>;
export type HeartbeatAnswerWire = z.infer<typeof heartbeatAnswerWire>;
