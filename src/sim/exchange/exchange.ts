/** The venue as a pure state machine: everything that can be done to it, and what it then tells. */
import type { MarketId, MicroUsdc, PriceBp } from "../../types/index.ts";
import { timeStep, resolvedEarly } from "./timeStep.ts";
import type { AccountId } from "./matching.ts";
import { cancel, cancelAll, place, withoutUncovered } from "./orders.ts";
import { withPrice } from "./referenceSeconds.ts";
import {
  type StepInputs,
  type Command,
  type ExchangeState,
  type Step,
  withMarket,
} from "./state.ts";

export function step(state: ExchangeState, command: Command, circumstances: StepInputs): Step {
  switch (command.type) {
    case "reference":
      return [
        {
          ...state,
          reference: command.price,
          seconds: withPrice(state.seconds, command.price, circumstances.now),
        },
        [{ type: "reference.moved", price: command.price }],
      ];
    case "tick":
      return timeStep(state, circumstances);
    case "place":
      return place(state, command, circumstances);
    case "cancel":
      return cancel(state, command.account, command.ids, command.cause);
    case "cancelAll":
      return cancelAll(state, command.account, command.market, "cancelled");
    case "fund":
      return funded(state, command);
    case "join":
      return [joined(state, command.account, command.cash), []];
    case "resolve":
      return resolvedEarly(state, command);
    case "changeTick":
      return tickChanged(state, command.market, command.tick);
    case "heartbeat": {
      const account = state.accounts.get(command.account);
      if (!account) return [state, []];
      const beaten = { ...account, beatAt: circumstances.now };
      return [{ ...state, accounts: new Map(state.accounts).set(command.account, beaten) }, []];
    }
  }
}

function joined(state: ExchangeState, account: AccountId, cash: MicroUsdc): ExchangeState {
  if (state.accounts.has(account)) return state;
  const opened = { cash, keepsClosed: true, beatAt: null };
  return { ...state, accounts: new Map(state.accounts).set(account, opened) };
}

/** What rests and is not covered any more goes, in every market. */
function funded(
  state: ExchangeState,
  { account, cash, allowance }: Extract<Command, { type: "fund" }>,
): Step {
  const known = state.accounts.get(account);
  if (!known) return [state, []];
  const next = { ...known, cash: cash ?? known.cash, ...(allowance && { allowance }) };
  const accounts = new Map(state.accounts).set(account, next);
  return withoutUncovered({ ...state, accounts }, account);
}

/** Orders that rest stay, also where the new grid has no place for them. */
function tickChanged(state: ExchangeState, id: MarketId, tick: PriceBp): Step {
  const known = state.markets.get(id);
  if (!known || known.market.rules.tick === tick) return [state, []];
  const { rules } = known.market;
  const market = { ...known.market, rules: { ...rules, tick } };
  return withMarket(state, { ...known, market }, [
    { type: "market.tickChanged", market: id, oldTick: rules.tick, tick },
  ]);
}
