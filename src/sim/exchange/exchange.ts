/** The exchange as a pure state machine: a command and a state give the next state and its facts. */
import {
  coinOf,
  type MarketId,
  microUsdc,
  type MicroUsdc,
  type PriceBp,
} from "../../types/index.ts";
import { timeStep, resolvedEarly } from "./timeStep.ts";
import type { AccountId } from "./order.ts";
import { cancel, cancelAll, place, withoutUncovered } from "./orders.ts";
import { withPrice } from "./referenceSeconds.ts";
import { submit } from "./wallet.ts";
import {
  type StepInputs,
  type Command,
  type ExchangeState,
  type ExchangeStep,
  priceOf,
  withMarket,
} from "./state.ts";

export function step(state: ExchangeState, command: Command, inputs: StepInputs): ExchangeStep {
  switch (command.type) {
    case "reference": {
      const { price: reference } = command;
      const seconds = withPrice(priceOf(state, command)?.seconds ?? [], reference, inputs.now);
      const prices = new Map(state.prices).set(coinOf(command), { reference, seconds });
      return [{ ...state, prices }, [{ ...command, type: "reference.moved" }]];
    }
    case "tick":
      return timeStep(state, inputs);
    case "place":
      return place(state, command, inputs);
    case "cancel":
      return cancel(state, command.account, command.ids, command.cause);
    case "cancelAll":
      return cancelAll(state, command.account, command.market, "cancelled");
    case "fund":
      return funded(state, command);
    case "join":
      return [joined(state, command.account, command.cash), []];
    case "resolve":
      return resolvedEarly(state, command, inputs);
    case "submit":
      return submit(state, command, inputs);
    case "changeTick":
      return tickChanged(state, command.market, command.tick);
    case "heartbeat": {
      const account = state.accounts.get(command.account);
      if (!account) return [state, []];
      const beaten = { ...account, beatAt: inputs.now };
      return [{ ...state, accounts: new Map(state.accounts).set(command.account, beaten) }, []];
    }
  }
}

function joined(state: ExchangeState, account: AccountId, cash: MicroUsdc): ExchangeState {
  if (state.accounts.has(account)) return state;
  const opened = { cash, keepsClosed: true, beatAt: null };
  return { ...state, accounts: new Map(state.accounts).set(account, opened) };
}

/** Sets cash or allowance, and ends the orders that are then no longer covered, in every market. */
function funded(
  state: ExchangeState,
  { account, cash, allowance }: Extract<Command, { type: "fund" }>,
): ExchangeStep {
  const known = state.accounts.get(account);
  if (!known) return [state, []];
  const next = { ...known, cash: cash ?? known.cash, ...(allowance && { allowance }) };
  const accounts = new Map(state.accounts).set(account, next);
  const outside = microUsdc(state.outside + next.cash - known.cash);
  return withoutUncovered({ ...state, accounts, outside }, account);
}

/** Resting orders stay, even at prices that are not on the new grid. */
function tickChanged(state: ExchangeState, id: MarketId, tick: PriceBp): ExchangeStep {
  const known = state.markets.get(id);
  if (!known || known.market.rules.tick === tick) return [state, []];
  const { rules } = known.market;
  const market = { ...known.market, rules: { ...rules, tick } };
  return withMarket(state, { ...known, market }, [
    { type: "market.tickChanged", market: id, oldTick: rules.tick, tick },
  ]);
}
