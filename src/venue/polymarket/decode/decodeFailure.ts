/** Answers with a status other than 2xx: refused, or in doubt. */
import {
  type EpochMs,
  type Lost,
  type Refusal,
  type RefusalReason,
  causeOf,
} from "../../../types/index.ts";
import { httpDate } from "./decodeUnits.ts";
import { type Reply, parsed, sampleOf } from "./frame.ts";
import { isInDoubt, refusalReason } from "./errors.ts";
import { type FailureWire, failureWire } from "../wire/index.ts";

export const isSuccess = ({ status }: Reply): boolean => status >= 200 && status < 300;

export const lost = (detail: string): Lost => ({ type: "lost", detail });

/** With what a failure says: a pause that is asked for holds, whatever became of the request. */
export const lostReply = (reply: Reply): Lost => {
  const { refusal } = failureOf(reply);
  const said = isSuccess(reply) ? ["not understood", reply.text] : [refusal.text || reply.text];
  return {
    ...lost(causeOf(`HTTP ${reply.status}`, ...said)),
    ...(reply.status >= 400 && { refusal }),
  };
};

/** Why the venue refused a whole request; null where it may have carried it out all the same. */
export function refusalOf(reply: Reply): Refusal<RefusalReason> | null {
  const { refusal, words } = failureOf(reply);
  return isInDoubt(reply.status, words, isLimiters(reply)) ? null : refusal;
}

function failureOf(reply: Reply): {
  readonly refusal: Refusal<RefusalReason>;
  readonly words: string;
} {
  const body = failureWire.safeParse(parsed(reply.text)).data;
  const text = failureText(body, reply);
  const words = `${text} ${body?.code ?? ""}`;
  const reason = refusalReason(reply.status, words);
  return { refusal: { reason, text, retryAfterMs: retryAfterMs(reply, body) }, words };
}

/** Only the venue's own limiter counts our tokens. [protocol-updates 7] */
const isLimiters = ({ rateLimit }: Reply): boolean =>
  rateLimit != null &&
  [rateLimit.remaining, rateLimit.reset, rateLimit.tier].some((each) => each !== null);

/** The venue's error text; the beginning of the body where a proxy wrote it. */
const failureText = (body: FailureWire | undefined, { text }: Reply): string =>
  sampleOf(body ? (body.error ?? body.error_msg ?? body.code ?? "") : text);

/** No wait of ours is longer, whatever the venue or a hop before it says. */
const RETRY_AFTER_MAX_S = 600;

/** The header and the body count seconds. */
function retryAfterMs({ retryAfter }: Reply, body: FailureWire | undefined): number | null {
  const seconds = headerSeconds(retryAfter) ?? body?.retry_after_seconds ?? null;
  return seconds === null || seconds < 0
    ? null
    : Math.ceil(Math.min(seconds, RETRY_AFTER_MAX_S) * 1000);
}

/** The header Retry-After in whole seconds; null for anything else. */
export const headerSeconds = (text: string | null): number | null =>
  text !== null && /^\d{1,12}$/.test(text) ? Math.min(Number(text), RETRY_AFTER_MAX_S) : null;

/**
 * The header in seconds where it is a date: counted from the answer's own date, which is by the same
 * clock, or else from ours.
 */
export function retryAfterSeconds(
  retryAfter: string | null,
  date: string | null,
  now: EpochMs,
): string | null {
  const until = retryAfter === null ? null : httpDate(retryAfter);
  if (until === null) return retryAfter;
  const from = (date === null ? null : httpDate(date)) ?? now;
  return String(Math.max(0, Math.ceil((until - from) / 1000)));
}
