/** The frames of one step of the exchange, in the order in which they are sent. */
import { emptyBookMeta, marketOf, marketsIn } from "../state/index.ts";
import type { Subscribers, ExchangeStep, Frame } from "./frame.ts";
import { marketFrames } from "./marketFrames.ts";
import { userFrames } from "./userFrames.ts";

/** Market by market; the user channel first. */
export const stepFrames = (step: ExchangeStep, subscribers: Subscribers): readonly Frame[] =>
  [...marketsIn(step.facts)].flatMap((id) => {
    const known = step.after.markets.get(id);
    if (!known) return [];
    const facts = step.facts.filter((fact) => marketOf(fact) === id);
    const meta = step.bookMeta.get(id) ?? emptyBookMeta(step.now);
    return [
      ...userFrames(facts, known, step, subscribers),
      ...(subscribers.watches(known.market) ? marketFrames(facts, known, meta, step) : []),
    ];
  });
