/** One request on its way to the venue and back, whatever it carries out there. */
import { Observable, type SchedulerLike } from "rxjs";
import type { Lost } from "../../types/index.ts";
import type { Delivery } from "./faultDraws.ts";
import type { Latencies } from "./latency.ts";

export type SendRequest = <Answer>(
  carryOut: () => Answer,
  delivery: Delivery,
) => Observable<Answer | Lost>;

/** No teardown: a request that has left cannot be called back. */
export const requestsWith =
  (latency: Latencies, scheduler: SchedulerLike): SendRequest =>
  (carryOut, { isCarriedOut, laterMs, end }) =>
    new Observable((subscriber) => {
      scheduler.schedule(() => {
        const answer = isCarriedOut ? carryOut() : LOST;
        if (end === "silence") return;
        scheduler.schedule(() => {
          subscriber.next(end === "reset" ? LOST : answer);
          subscriber.complete();
        }, latency.response());
      }, latency.request() + laterMs);
    });

const LOST: Lost = { type: "lost", detail: "the connection was reset" };
