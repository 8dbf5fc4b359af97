/** The venue as a pure state machine: everything that can be done to it, and what it then tells. */
import { advance } from "./advance.ts";
import { cancel, cancelAll, place } from "./orders.ts";
import type { Circumstances, Command, ExchangeState, Step } from "./state.ts";

export function step(state: ExchangeState, command: Command, circumstances: Circumstances): Step {
  switch (command.type) {
    case "reference":
      return [
        { ...state, reference: command.price },
        [{ type: "reference.moved", price: command.price }],
      ];
    case "tick":
      return advance(state, circumstances);
    case "place":
      return place(state, command, circumstances);
    case "cancel":
      return cancel(state, command.account, command.ids);
    case "cancelAll":
      return cancelAll(state, command.account, command.market, "cancelled");
    case "heartbeat": {
      const account = state.accounts.get(command.account);
      if (!account) return [state, []];
      const beaten = { ...account, beatAt: circumstances.now };
      return [{ ...state, accounts: new Map(state.accounts).set(command.account, beaten) }, []];
    }
  }
}
