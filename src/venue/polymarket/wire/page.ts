import { z } from "zod";
import { ENTRIES_MAX, ID_LENGTH_MAX } from "../../../types/index.ts";
import { unreadNumber } from "./unread.ts";

/** What is read of a page. */
export interface PageWire<Entry> {
  readonly next_cursor?: string | null | undefined;
  readonly data: readonly (Entry | null)[];
}

/** One page of a list. An entry that cannot be read is null: the page is not whole. */
export const pageWire = <Entry extends z.ZodType>(entry: Entry) =>
  z.object({
    limit: unreadNumber,
    count: unreadNumber,
    /** Base64 of an offset; "LTE=" (of -1), "", null or absent after the last. [protocol 3.4] */
    next_cursor: z.string().max(ID_LENGTH_MAX).nullish(),
    data: z.array(entry.nullable().catch(null)).max(ENTRIES_MAX),
  });
