/** An answer that is not a 2xx: refused, or in doubt. */
import type { Lost, Refusal, RefusalReason } from "../../../types/index.ts";
import { type Reply, parsed, sampleOf } from "./decode.ts";
import { isInDoubt, refusalReason } from "./errors.ts";
import { type FailureWire, failureWire } from "../wire/index.ts";

export const isSuccess = ({ status }: Reply): boolean => status >= 200 && status < 300;

export const lost = (detail: string): Lost => ({ type: "lost", detail });

export const lostReply = ({ status, text }: Reply): Lost =>
  lost(`HTTP ${status}: ${sampleOf(text)}`);

/** Why the venue said no to a whole request; null where it may have done it all the same. */
export function refusalOf(reply: Reply): Refusal<RefusalReason> | null {
  const body = failureWire.safeParse(parsed(reply.text)).data;
  const text = failureText(body, reply);
  const words = `${text} ${body?.code ?? ""}`;
  if (isInDoubt(reply.status, words)) return null;
  return {
    reason: refusalReason(reply.status, words),
    text,
    retryAfterMs: retryAfterMs(reply, body),
  };
}

/** The venue's own words; of a page that some proxy wrote, its beginning. */
const failureText = (body: FailureWire | undefined, { text }: Reply): string =>
  sampleOf(body ? (body.error ?? body.error_msg ?? body.code ?? "") : text);

/** Seconds, in the header or the body; a date in the header would need a clock to be read. */
function retryAfterMs({ retryAfter }: Reply, body: FailureWire | undefined): number | null {
  const seconds = headerSeconds(retryAfter) ?? body?.retry_after_seconds ?? null;
  return seconds === null || seconds < 0 ? null : Math.ceil(seconds * 1000);
}

/** The header Retry-After, where it is whole seconds. */
export const headerSeconds = (text: string | null): number | null =>
  text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
