/** Answers with a status other than 2xx: refused, or in doubt. */
import type { Lost, Refusal, RefusalReason } from "../../../types/index.ts";
import { type Reply, parsed, sampleOf } from "./frame.ts";
import { isInDoubt, refusalReason } from "./errors.ts";
import { type FailureWire, failureWire } from "../wire/index.ts";

export const isSuccess = ({ status }: Reply): boolean => status >= 200 && status < 300;

export const lost = (detail: string): Lost => ({ type: "lost", detail });

export function lostReply(reply: Reply): Lost {
  const answer = lost(`HTTP ${reply.status}: ${sampleOf(reply.text)}`);
  const refusal = isSuccess(reply) ? null : refusalOf(reply);
  return refusal === null ? answer : { ...answer, refusal };
}

/** Why the venue refused a whole request; null where it may have carried it out all the same. */
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

/** The venue's error text; the beginning of the body where a proxy wrote it. */
const failureText = (body: FailureWire | undefined, { text }: Reply): string =>
  sampleOf(body ? (body.error ?? body.error_msg ?? body.code ?? "") : text);

/** The header and the body count seconds. A date in the header is not read: that needs a clock. */
function retryAfterMs({ retryAfter }: Reply, body: FailureWire | undefined): number | null {
  const seconds = headerSeconds(retryAfter) ?? body?.retry_after_seconds ?? null;
  return seconds === null || seconds < 0 ? null : Math.ceil(seconds * 1000);
}

/** The header Retry-After in whole seconds; null for a date or anything else. */
export const headerSeconds = (text: string | null): number | null =>
  text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
