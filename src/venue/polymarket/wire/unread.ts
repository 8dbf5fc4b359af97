/**
 * Schemas of fields that are not read. The simulated venue sends them like the real one; a
 * malformed value in one of them must not make its message garbled.
 */
import { z } from "zod";

export const unreadText = z.string().catch("");
export const unreadNumber = z.number().catch(0);
export const unreadFlag = z.boolean().catch(false);
export const unreadTexts = z.array(z.string()).catch([]);
