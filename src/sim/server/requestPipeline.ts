/** Where requests come in: some are commands, some wait or are too many, some meet with a fault. */
import { z } from "zod";
import type { Log } from "../../types/index.ts";
import type { Random } from "../exchange/index.ts";
import {
  type AddressUsages,
  NO_ADDRESS_LIMITS,
  throttled,
  type Control,
  controlWire,
  type RequestFaults,
  drawRequestFaults,
  NO_REQUEST_FAULTS,
} from "./control/index.ts";
import { type Answer, failure, type Timers, parsed } from "./state/index.ts";
import type { ClientRequest } from "./rest/index.ts";
import type { VenueState } from "./venueState.ts";

/** Called once at the most; null resets the connection. */
export type Reply = (answer: Answer | null) => void;

/** Beside the venue's own addresses: it has none of this name. */
const CONTROL_PATH = "/control";

export function requestPipeline(
  held: VenueState,
  control: (command: Control) => string | null,
  { later, chance, log }: { readonly later: Timers; readonly chance: Random; readonly log: Log },
): (asked: ClientRequest, reply: Reply) => void {
  let count = 0;
  let callers: AddressUsages = new Map();
  let counted = NO_ADDRESS_LIMITS;
  const lines = new Map<string, (() => void)[]>();

  const commanded = ({ method, body }: ClientRequest): Answer => {
    const command = controlWire.safeParse(parsed(body));
    if (method !== "POST") return failure(405, "Method not allowed");
    if (!command.success) return failure(400, z.prettifyError(command.error));
    const problem = control(command.data);
    return problem === null
      ? { status: 200, body: held.context().conditions }
      : failure(404, problem);
  };

  const answered = (
    asked: ClientRequest,
    fate: RequestFaults,
    then: (answer: Answer) => void,
  ): void => {
    try {
      held.answer(asked, fate, then);
    } catch (error) {
      // A bug of ours must not take the venue from everybody else.
      const text = error instanceof Error ? error.message : String(error);
      log.error(
        { method: asked.method, path: asked.path, error: text },
        "a request was not answered",
      );
      then(failure(500, "Internal server error"));
    }
  };

  const admitted = (asked: ClientRequest, number: number, reply: Reply): void => {
    const { conditions, now } = held.context();
    const fate =
      conditions.faults.length === 0
        ? NO_REQUEST_FAULTS
        : drawRequestFaults(asked, conditions, now, chance.fork(`request ${number}`));
    const { carriedOutAfterMs, instead, answeredAfterMs } = fate;
    if (carriedOutAfterMs !== null)
      later.after(carriedOutAfterMs, () => {
        answered(asked, fate, (answer) => {
          if (instead === null) later.after(answeredAfterMs, () => reply(answer));
        });
      });
    if (instead !== null)
      later.after(answeredAfterMs, () => reply(instead === "reset" ? null : instead));
  };

  /** Timers may come a little out of order; whoever asked the same first goes first all the same. */
  const inLine = (name: string, afterMs: number, todo: () => void): void => {
    const line = lines.get(name) ?? [];
    lines.set(name, [...line, todo]);
    later.after(afterMs, () => {
      const [first, ...others] = lines.get(name) ?? [];
      if (others.length > 0) lines.set(name, others);
      else lines.delete(name);
      first?.();
    });
  };

  return (asked, reply) => {
    if (asked.path === CONTROL_PATH) {
      reply(commanded(asked));
      return;
    }
    count += 1;
    const number = count;
    const { conditions, now } = held.context();
    const { addressLimits } = conditions;
    // What was asked before they were set does not count.
    if (addressLimits !== counted) callers = new Map();
    counted = addressLimits;
    if (addressLimits.enforcement === "off") {
      admitted(asked, number, reply);
      return;
    }
    const { from } = asked;
    const route = `${asked.method} ${asked.path}`;
    const its = throttled(callers, { from, route }, addressLimits, now);
    callers = its.usages;
    const { afterMs, refusal } = its;
    if (refusal) later.after(afterMs, () => reply(refusal));
    else inLine(`${from} ${route}`, afterMs, () => admitted(asked, number, reply));
  };
}
