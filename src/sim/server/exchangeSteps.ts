/** A step of the exchange: a command in, its facts into the venue's state, its frames to the clients. */
import { type Coin, coinOf, type EpochMs, type MarketId } from "../../types/index.ts";
import {
  type Command,
  type ExchangeState,
  type ExchangeStore,
  priceIn,
  priceOf,
  type VenueFact,
} from "../exchange/index.ts";
import { FINE_ABOVE, FINE_BELOW, FINE_TICK, newTrades } from "./state/index.ts";
import type { RequestContext, VenueRules } from "./rest/index.ts";
import { type Clients, stepFrames } from "./channels/index.ts";
import type { StateHolder } from "./stateHolder.ts";
import { withFacts } from "./venueState.ts";

/** What a step reads, what it changes, and whom it is sent to. */
export interface VenueParts {
  readonly holder: StateHolder;
  readonly store: ExchangeStore;
  readonly context: () => RequestContext;
  readonly clients: Clients;
  readonly rules: VenueRules;
}

/** Every command of the venue goes through the function that this returns. */
export function exchangeSteps({
  holder: { state, update },
  store,
  context,
  clients,
  rules,
}: VenueParts): (command: Command) => readonly VenueFact[] {
  const broadcast = (before: ExchangeState, facts: readonly VenueFact[], now: EpochMs): void => {
    const { exchange, registry, bookMeta, candles } = context();
    const { policy } = rules;
    const step = { before, after: exchange, facts, bookMeta, registry, now, policy };
    for (const frame of stepFrames(step, clients.subscribers)) clients.broadcast(frame);
    for (const fact of facts) {
      if (fact.type !== "reference.moved") continue;
      const coin = coinOf(fact);
      const updates = state().referenceMoves.get(coin) ?? 0;
      const known = candles.get(coin) ?? [];
      clients.broadcastReference({ coin, price: fact.price, now, updates, candles: known });
      if (lastSecond(exchange, coin) !== lastSecond(before, coin)) clients.broadcastPrices(coin);
    }
  };

  const apply = (command: Command): readonly VenueFact[] => {
    const before = store.state();
    const facts = store.apply(command);
    const { exchange, now } = context();
    update((known) => withFacts(known, exchange, facts, now));
    // One time for the step: the hash of a book covers the time that its frame carries.
    broadcast(before, facts, now);
    for (const market of nearTheEnds(facts)) apply({ type: "changeTick", market, tick: FINE_TICK });
    return facts;
  };

  return apply;
}

const lastSecond = (exchange: ExchangeState, coin: Coin): EpochMs | undefined =>
  priceOf(exchange, { coin })?.seconds.at(-1)?.at;

/** Markets with a new trade so near an end of the price range that they go on with the finer tick. */
const nearTheEnds = (facts: readonly VenueFact[]): readonly MarketId[] =>
  newTrades(facts)
    .filter(({ legs }) => {
      const taker = legs[0]?.fill;
      const yes = taker && priceIn(taker.token, taker.price);
      return yes !== undefined && (yes > FINE_ABOVE || yes < FINE_BELOW);
    })
    .map(({ market }) => market);
