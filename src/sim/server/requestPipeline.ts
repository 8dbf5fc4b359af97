/** The way of a request: control command, limit of its network address, faults, and then the venue. */
import { z } from "zod";
import { type Log, causeOf } from "../../types/index.ts";
import type { Order, Random } from "../exchange/index.ts";
import {
  type AddressUsages,
  controlWire,
  drifted,
  drawRequestFaults,
  NO_ADDRESS_LIMITS,
  NO_REQUEST_FAULTS,
  type RequestFaults,
  throttled,
} from "./control/index.ts";
import { type Answer, failure, type Timers, parsed } from "./state/index.ts";
import type { ClientRequest, RequestContext } from "./rest/index.ts";
import type { Venue } from "./venue.ts";

/** Called at most once; null resets the connection. */
export type Reply = (answer: Answer | null) => void;

/** Beside the venue's own addresses: the real venue has none of this name. */
const CONTROL_PATH = "/control";

export function requestPipeline(
  venue: Pick<Venue, "answer" | "control">,
  {
    context,
    takerHits,
    timers,
    random,
    log,
  }: {
    readonly context: () => Pick<RequestContext, "conditions" | "now">;
    /** A taker hits one of these orders. */
    readonly takerHits: (orders: readonly Order[]) => void;
    readonly timers: Timers;
    readonly random: Random;
    readonly log: Log;
  },
): (request: ClientRequest, reply: Reply) => void {
  let count = 0;
  let usages: AddressUsages = new Map();
  let countedUnder = NO_ADDRESS_LIMITS;
  const queues = new Map<string, (() => void)[]>();

  const answerControl = ({ method, body }: ClientRequest): Answer => {
    const command = controlWire.safeParse(parsed(body));
    if (method !== "POST") return failure(405, "Method not allowed");
    if (!command.success) return failure(400, z.prettifyError(command.error));
    const problem = venue.control(command.data);
    return problem === null ? { status: 200, body: context().conditions } : failure(404, problem);
  };

  const execute = (
    request: ClientRequest,
    faults: RequestFaults,
    then: (answer: Answer) => void,
  ): void => {
    const beforeCancel = faults.isFilledFirst ? takerHits : null;
    try {
      venue.answer(request, { ...faults, beforeCancel }, then);
    } catch (error) {
      // A bug in one request must not end the venue for every other client.
      const text = causeOf(error);
      log.error(
        { method: request.method, path: request.path, error: text },
        "a request failed with an internal error",
      );
      then(failure(500, "Internal server error"));
    }
  };

  const executeWithFaults = (request: ClientRequest, number: number, reply: Reply): void => {
    const { conditions, now } = context();
    const faults =
      conditions.faults.length === 0
        ? NO_REQUEST_FAULTS
        : drawRequestFaults(request, conditions, now, random.fork(`request ${number}`));
    const { carriedOutAfterMs, instead, answeredAfterMs, drift } = faults;
    if (carriedOutAfterMs !== null)
      timers.after(carriedOutAfterMs, () => {
        execute(request, faults, (answer) => {
          const sent = drift ? { ...answer, body: drifted(answer.body, drift) } : answer;
          if (instead === null) timers.after(answeredAfterMs, () => reply(sent));
        });
      });
    if (instead !== null)
      timers.after(answeredAfterMs, () => reply(instead === "reset" ? null : instead));
  };

  /** First in, first out by name, even where timers fire slightly out of order. */
  const inOrder = (name: string, afterMs: number, action: () => void): void => {
    queues.set(name, [...(queues.get(name) ?? []), action]);
    timers.after(afterMs, () => {
      const [first, ...others] = queues.get(name) ?? [];
      if (others.length > 0) queues.set(name, others);
      else queues.delete(name);
      first?.();
    });
  };

  return (request, reply) => {
    if (request.path === CONTROL_PATH) {
      reply(answerControl(request));
      return;
    }
    count += 1;
    const number = count;
    const { conditions, now } = context();
    const { addressLimits } = conditions;
    // Each time the limits are set, counting begins anew.
    if (addressLimits !== countedUnder) usages = new Map();
    countedUnder = addressLimits;
    if (addressLimits.enforcement === "off") {
      executeWithFaults(request, number, reply);
      return;
    }
    const { from } = request;
    const route = `${request.method} ${request.path}`;
    const limited = throttled(usages, { from, route }, addressLimits, now);
    usages = limited.usages;
    const { afterMs, refusal } = limited;
    if (refusal) timers.after(afterMs, () => reply(refusal));
    else inOrder(`${from} ${route}`, afterMs, () => executeWithFaults(request, number, reply));
  };
}
