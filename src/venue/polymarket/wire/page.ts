import { z } from "zod";
import { unreadNumber } from "./unread.ts";

/** One page of a list. An entry that does not fit makes the whole page invalid. */
export const pageWire = <Entry extends z.ZodType>(entry: Entry) =>
  z.object({
    limit: unreadNumber,
    count: unreadNumber,
    /** Base64 of an offset; "LTE=" (of -1) after the last page. [protocol 3.4] */
    next_cursor: z.string().min(1),
    data: z.array(entry),
  });
