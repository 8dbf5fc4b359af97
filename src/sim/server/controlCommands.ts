/** What a control command asks of the exchange, beside the conditions that it sets. Pure. */
import { parseMicroUsdc, parsePriceBp } from "../../types/index.ts";
import { parseAddress } from "../../venue/polymarket/sign/index.ts";
import { type Command, type MarketState, runningMarkets } from "../exchange/index.ts";
import type { Control } from "./control/index.ts";
import { currentWindowOptions, type RequestContext } from "./rest/index.ts";
import { exchangeFor } from "./state/index.ts";

/** The commands in their order, or the problem that leaves nothing to do. */
export function exchangeCommands(
  control: Control,
  context: RequestContext,
): readonly Command[] | string {
  switch (control.do) {
    case "mode":
      return control.wipes
        ? [...context.exchange.accounts.keys()].map((account) => ({
            type: "cancelAll",
            account,
            market: null,
          }))
        : [];
    case "tick": {
      const tick = parsePriceBp(control.tick);
      return tick === null
        ? NO_MARKET
        : forRunning(context, ({ market }) => ({ type: "changeTick", market: market.id, tick }));
    }
    case "resolve":
      return forRunning(context, ({ market }) => ({
        type: "resolve",
        market: market.id,
        winner: control.winner,
      }));
    case "wallet":
      return fund(control, context);
    default:
      return [];
  }
}

const NO_MARKET = "no market is open";

function forRunning(
  { exchange }: RequestContext,
  command: (running: MarketState) => Command,
): readonly Command[] | string {
  const running = runningMarkets(exchange);
  return running.length === 0 ? NO_MARKET : running.map(command);
}

function fund(
  { account, ...given }: Extract<Control, { do: "wallet" }>,
  { exchange, rules, conditions }: RequestContext,
): readonly Command[] | string {
  const owner = parseAddress(account, rules.signer.keccak256);
  if (!owner || !exchange.accounts.has(owner)) return `nobody has signed as ${account}`;
  const cash = parseMicroUsdc(given.cash ?? "");
  const amount = parseMicroUsdc(given.allowance ?? "");
  const spender = exchangeFor(currentWindowOptions(rules, conditions).generation).address;
  return [
    {
      type: "fund",
      account: owner,
      ...(cash !== null && { cash }),
      ...(amount !== null && { allowance: { spender, amount } }),
    },
  ];
}
