/** The one place where the venue's state changes: every step of the core, and what is told of it. */
import { type Clock, epochMs, type MarketId, type ReferencePrice } from "../../types/index.ts";
import type { Core } from "../core.ts";
import { priceIn } from "../matching.ts";
import type { Command, ExchangeState, VenueFact } from "../state.ts";
import type { Answer, Asked, Deed, Sight, VenueRules } from "./asked.ts";
import { type Candles, withPrice } from "./candles.ts";
import { type Frame, told } from "./frames.ts";
import { NO_CLIENTS, withNote, withoutHeartbeats, withoutMarkets } from "./registry.ts";
import { routed } from "./routes.ts";
import type { Tape } from "./tape.ts";
import { FINE_ABOVE, FINE_BELOW, FINE_TICK } from "./windows.ts";

export interface Desk {
  /** The core, whose every step is told. */
  readonly core: Core;
  readonly sight: () => Sight;
  readonly answer: (asked: Asked) => Answer;
}

export interface Public {
  readonly frame: (frame: Frame) => void;
  readonly price: (price: ReferencePrice) => void;
  readonly opened: () => void;
}

export function desk(inner: Core, clock: Clock, rules: VenueRules, hears: Public): Desk {
  let registry = NO_CLIENTS;
  let tapes: ReadonlyMap<MarketId, Tape> = new Map();
  let candles: Candles = [];

  const now = () => epochMs(Math.floor(clock.now().epochMs));
  const sight = (): Sight => {
    return { exchange: inner.state(), registry, tapes, candles, now: now(), rules };
  };

  const tell = (before: ExchangeState, facts: readonly VenueFact[]): void => {
    const after = inner.state();
    const { generation } = rules;
    const [next, frames] = told({ before, after, facts, tapes, registry, now: now(), generation });
    tapes = next;
    for (const frame of frames) hears.frame(frame);
    for (const fact of facts) {
      if (fact.type === "reference.moved") {
        candles = withPrice(candles, fact.price, now());
        hears.price(fact.price);
      } else if (fact.type === "market.opened") {
        registry = withoutMarkets(registry, (id) => after.markets.has(id));
        hears.opened();
      } else if (fact.type === "heartbeat.lapsed") {
        registry = withoutHeartbeats(registry, fact.account);
      }
    }
  };

  const apply = (command: Command): readonly VenueFact[] => {
    const before = inner.state();
    const facts = inner.apply(command);
    tell(before, facts);
    for (const market of nearTheEnds(facts)) apply({ type: "changeTick", market, tick: FINE_TICK });
    return facts;
  };

  /** The note is there before the frames that need it, and gone again if the order is refused. */
  const done = ({ command, note }: Deed): readonly VenueFact[] => {
    const without = registry;
    if (note && command.type === "place") registry = withNote(registry, note);
    const facts = apply(command);
    if (note && facts.some(({ type }) => type === "order.refused")) registry = without;
    return facts;
  };

  return {
    core: { ...inner, apply },
    sight,
    answer: (asked) => {
      const act = routed(asked, sight());
      registry = act.registry;
      return act.answer(act.deeds.map(done));
    },
  };
}

/** Markets in which a trade came so near to an end that they go on with the finer tick. */
const nearTheEnds = (facts: readonly VenueFact[]): readonly MarketId[] =>
  facts
    .filter((fact) => fact.type === "trade.changed")
    .map(({ trade }) => trade)
    .filter(({ status, legs }) => {
      const taker = legs[0]?.fill;
      const yes = taker && priceIn(taker.token, taker.price);
      return status === "matched" && yes !== undefined && (yes > FINE_ABOVE || yes < FINE_BELOW);
    })
    .map(({ market }) => market);
