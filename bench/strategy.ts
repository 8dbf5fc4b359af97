/** One evaluation of the default strategy, and the whole way from a trigger to an intent, beside reading the inputs. */
import { EMPTY, Subject, VirtualTimeScheduler } from "rxjs";
import { appConfig } from "../src/app/index.ts";
import { UNSEEN_BASIS } from "../src/pricing/index.ts";
import { type View, digital, intents } from "../src/streams/strategy/index.ts";
import { quote } from "../src/streams/strategy/digital.ts";
import { strategyParameters } from "../src/streams/strategy/parameters.ts";
import {
  type Instant,
  MICRO,
  type Token,
  after,
  epochMs,
  monotonicMs,
  priceBp,
  referencePrice,
} from "../src/types/index.ts";
import { inventory, market, shares } from "../test/support/builders.ts";
import { type Figure, figure, timed } from "./figure.ts";
import { NOTHING_RECENT, UNQUEUED } from "../test/support/quoting.ts";

const FLOOR = "floor: reading its inputs";
const BOOK_LEVELS = 10;
const LEFT_MS = 30_000;

const WINDOW = market({ settledBy: "twap60" });
/** Half a minute before the end, where the mean so far counts. */
const NOW = after(WINDOW.endsAt, -LEFT_MS);

/** A view made as a market session makes it: new objects over what the caches hold. */
function viewAt(step: number, atMs: number): View {
  const now: Instant = { epochMs: NOW, monotonicMs: monotonicMs(atMs) };
  // The price moves enough for each intent to be a new one.
  const price = referencePrice(60_000 * MICRO + (step % 2) * 20 * MICRO);
  const receivedAt = now;
  return {
    now,
    market: WINDOW,
    book: { value: BOOKS, receivedAt },
    reference: {
      price: { value: price, receivedAt },
      variancePerSecond: 1e-8,
      isHeld: false,
    },
    settlement: {
      mean: {
        value: { at: epochMs(NOW - 1_000), mean: referencePrice(60_003 * MICRO) },
        receivedAt,
      },
      leaving: referencePrice(60_001 * MICRO),
      basis: UNSEEN_BASIS,
    },
    marketOffset: null,
    inventory: HELD,
    inventoryStep: 7,
    orders: ORDERS,
    ended: [],
    ...NOTHING_RECENT,
  };
}

const HELD = inventory({ YES: 20 });
const ladder = (best: number, step: number) =>
  Array.from({ length: BOOK_LEVELS }, (_, at) => ({
    price: priceBp(best + at * step),
    size: shares(100),
  }));
const BOOKS = {
  YES: { bids: ladder(4_900, -100), asks: ladder(5_100, 100) },
  NO: { bids: ladder(4_900, -100), asks: ladder(5_100, 100) },
} satisfies Record<Token, unknown>;
const ORDERS = [
  { token: "YES", side: "BUY", price: priceBp(4_900), size: shares(20), ...UNQUEUED },
  { token: "NO", side: "BUY", price: priceBp(4_900), size: shares(20), ...UNQUEUED },
] as const;

/** Nothing is withheld, so that each evaluation goes to its end. */
const PARAMETERS = { ...strategyParameters.parse({}), pullMoves: 0, holdBp: 1 };

export async function* strategyFigures(): AsyncGenerator<Figure> {
  let step = 0;
  const read = (): View => viewAt((step += 1), step);
  const evaluated = await timed({ floor: read, digital: () => quote(read(), PARAMETERS) });
  yield figure("strategy.digital", "us", evaluated.digital, { [FLOOR]: evaluated.floor });

  const stepped = intentSteps();
  const whole = await timed({ floor: read, step: stepped });
  yield figure("strategy.step", "us", whole.step, { [FLOOR]: whole.floor });
}

/** From a trigger to a new intent: the debounce, the view, the evaluation, and what is made of it. */
function intentSteps(): () => number {
  const scheduler = new VirtualTimeScheduler(undefined, 0);
  const trigger$ = new Subject<void>();
  let [step, published] = [0, 0];
  const view = (): View => viewAt(step, scheduler.now());
  const { strategy } = appConfig();
  intents(
    digital,
    { trigger$, reference$: EMPTY, view },
    { ...PARAMETERS, quietMs: strategy.quietMs },
    scheduler,
  ).subscribe(() => (published += 1));
  return () => {
    step += 1;
    trigger$.next();
    scheduler.maxFrames = scheduler.frame + strategy.quietMs;
    scheduler.flush();
    return published;
  };
}
