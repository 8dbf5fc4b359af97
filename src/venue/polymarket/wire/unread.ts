/**
 * Fields that nobody here reads. The venue sends them and a simulated venue has to; but what is
 * wrong with one of them must not cost the message it stands in.
 */
import { z } from "zod";

export const unreadText = z.string().catch("");
export const unreadNumber = z.number().catch(0);
export const unreadFlag = z.boolean().catch(false);
export const unreadTexts = z.array(z.string()).catch([]);
