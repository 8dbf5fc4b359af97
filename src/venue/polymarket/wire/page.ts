import { z } from "zod";
import { ENTRIES_MAX } from "../../../types/index.ts";
import { idWire } from "./id.ts";
import { unreadNumber } from "./unread.ts";

/** One page of a list. An entry that does not fit makes the whole page invalid. */
export const pageWire = <Entry extends z.ZodType>(entry: Entry) =>
  z.object({
    limit: unreadNumber,
    count: unreadNumber,
    /** Base64 of an offset; "LTE=" (of -1) after the last page. [protocol 3.4] */
    next_cursor: idWire,
    data: z.array(entry).max(ENTRIES_MAX),
  });
