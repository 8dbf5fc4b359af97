/** The one place where the venue's state changes: every step of the core, and what is told of it. */
import {
  after,
  type Clock,
  type EpochMs,
  epochMs,
  type MarketId,
  type ReferencePrice,
} from "../../types/index.ts";
import { HEARTBEAT_CHECK_MS } from "../advance.ts";
import type { Core } from "../core.ts";
import { priceIn } from "../matching.ts";
import { type Command, type ExchangeState, type VenueFact, withBalancesOf } from "../state.ts";
import type { Answer } from "./answer.ts";
import type { Asked, Deed, Sight, VenueRules } from "./asked.ts";
import { type Candles, withPrice } from "./candles.ts";
import { CALM, type Control, controlled } from "./conditions.ts";
import { skewsOf } from "./fates.ts";
import { type Frame, told } from "./frames.ts";
import { lets, modeAt } from "./modes.ts";
import { lapsed, NO_CLIENTS, withNote, withoutMarkets } from "./registry.ts";
import { routed } from "./routes.ts";
import type { Tape } from "./tape.ts";
import { FINE_ABOVE, FINE_BELOW, FINE_TICK } from "./windows.ts";

export interface Desk {
  /** The core, whose every step is told. */
  readonly core: Core;
  readonly sight: () => Sight;
  /** Carries a request out now, judged by balances so old, and says what is answered. */
  readonly answer: (asked: Asked, balanceAgeMs: number) => Answer;
  /** Does what whoever runs the venue asks of it. */
  readonly control: (command: Control) => void;
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
  let conditions = CALM;
  let heartbeatsCheckedAt: EpochMs | null = null;

  const now = () => epochMs(Math.floor(clock.now().epochMs));
  const sight = (): Sight => {
    const [exchange, at] = [inner.state(), now()];
    const { tellsMs, checksMs } = skewsOf(conditions, at);
    return {
      exchange,
      balances: exchange,
      registry,
      tapes,
      candles,
      now: at,
      told: after(at, tellsMs),
      checked: after(at, checksMs),
      rules,
      conditions,
    };
  };

  const tell = (before: ExchangeState, facts: readonly VenueFact[]): void => {
    const reached = inner.state();
    const { generation } = rules;
    const at = now();
    const [next, frames] = told({
      before,
      after: reached,
      facts,
      tapes,
      registry,
      now: at,
      generation,
    });
    tapes = next;
    for (const frame of frames) hears.frame(frame);
    for (const fact of facts) {
      if (fact.type === "reference.moved") {
        candles = withPrice(candles, fact.price, at);
        hears.price(fact.price);
      } else if (fact.type === "market.opened") {
        registry = withoutMarkets(registry, (id) => reached.markets.has(id));
        hears.opened();
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

  /** An order that the venue's own balances, which lag, do not cover. */
  const uncovered = (command: Command, balanceAgeMs: number): readonly VenueFact[] =>
    command.type !== "place" || balanceAgeMs === 0
      ? []
      : inner
          .tried(withBalancesOf(inner.state(), inner.stateBefore(balanceAgeMs)), command)
          .filter((fact) => fact.type === "order.refused")
          .filter(({ refusal }) => refusal.reason === "insufficientBalance");

  /** The note is there before the frames that need it, and gone again if the order is refused. */
  const done = ({ command, note }: Deed, balanceAgeMs: number): readonly VenueFact[] => {
    const refused = uncovered(command, balanceAgeMs);
    if (refused.length > 0) return refused;
    const without = registry;
    if (note && command.type === "place") registry = withNote(registry, note);
    const facts = apply(command);
    if (note && facts.some(({ type }) => type === "order.refused")) registry = without;
    return facts;
  };

  /** The dead men, whose orders go; looked for as seldom as the venue does. */
  const checkHeartbeats = (): void => {
    const at = now();
    if (heartbeatsCheckedAt !== null && at < after(heartbeatsCheckedAt, HEARTBEAT_CHECK_MS)) return;
    heartbeatsCheckedAt = at;
    const [left, dead] = lapsed(registry, at);
    registry = left;
    for (const [account, ids] of dead) apply({ type: "cancel", account, ids });
  };

  return {
    core: {
      ...inner,
      apply: (command) => {
        if (!lets(modeAt(conditions.mode, now()), command)) return [];
        if (command.type === "tick") checkHeartbeats();
        return apply(command);
      },
    },
    sight,
    control: (command) => {
      conditions = controlled(conditions, command, now());
      if (command.do === "mode" && command.wipes)
        for (const account of inner.state().accounts.keys())
          apply({ type: "cancelAll", account, market: null });
    },
    answer: (asked, balanceAgeMs) => {
      const act = routed(asked, { ...sight(), balances: inner.stateBefore(balanceAgeMs) });
      registry = act.registry;
      return act.answer(act.deeds.map((deed) => done(deed, balanceAgeMs)));
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
