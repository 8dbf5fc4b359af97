/**
 * What a plan that differs a little costs: nothing while the difference is small and passes, at
 * once where it is large. What a law, a limit or a pull needs is never held up.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { initialState, nextDeadline, reducer, workingOrders } from "../../src/executor/index.ts";
import { exactly, reconcile } from "../../src/executor/reconciler.ts";
import {
  type Intent,
  type LegPlan,
  type Stamped,
  type WorkingOrder,
  after,
  complement,
} from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  HOLDING,
  IDENTITY,
  RUNS,
  type Stock,
  UNHALTED,
  config,
  fill,
  instant,
  market,
  planned,
  quote,
  shares,
  told,
  tradeReport,
  trading,
  working,
} from "../support/builders.ts";
import { KEEP, legOf } from "../support/plans.ts";

const CONFIG = config({ ...HOLDING, orderLifeMs: null });
const BID = "BUY YES 20 @ 0.45";
const ASK = "BUY NO 20 @ 0.45";

/** A bid of 20 at 45 and an ask of 20 at 55 rest, the latter as a bid for NO. */
function resting(stock: Stock = {}, changed: Parameters<typeof config>[0] = {}): Bench {
  const day = trading(stock, { config: { ...CONFIG, ...changed } });
  intends(day, 45, 55);
  day.acks(BID, ASK);
  day.asked();
  return day;
}

const intends = (
  day: Bench,
  bidCents: number,
  askCents: number,
  size = 20,
  changed: Partial<Intent> = {},
): void =>
  day.intends({
    bid: quote(size, bidCents),
    ask: quote(size, askCents),
    expiresAt: FOREVER,
    ...changed,
  });

/** Everything that is asked is done, as soon as it is asked, for as long as the wish wobbles. */
function wobbles(
  day: Bench,
  wishes: number,
  everyMs: number,
  wish: (turn: number) => void,
): number {
  let sent = 0;
  for (let turn = 0; turn < wishes; turn += 1) {
    wish(turn);
    sent += carriedOut(day);
    day.waits(everyMs, {});
    sent += carriedOut(day);
  }
  return sent;
}

/** So many orders were placed or cancelled, and each was answered. */
function carriedOut(day: Bench): number {
  let count = 0;
  for (let words = day.sent(); words.length > 0; words = day.sent()) {
    count += words.length;
    for (const text of words) {
      const name = text.slice(text.indexOf(" ") + 1);
      if (text.startsWith("place")) day.acks(name);
      else if (text.startsWith("cancel")) {
        day.cancels(name);
        day.reports(name, "cancelled");
      }
    }
  }
  return count;
}

describe("what wobbles", () => {
  it("by one tick at 20 Hz costs next to nothing, where it cost a place and a cancel each time", () => {
    const costs = (day: Bench): number =>
      wobbles(day, 200, 50, (turn) => intends(day, 45 + (turn % 2), 55 + (turn % 2)));
    // Ten seconds: once into a place from which the wobble is within the band, on both sides.
    expect(costs(resting())).toBeLessThanOrEqual(4);
    expect(costs(resting({}, UNHELD))).toBeGreaterThan(400);
  });

  it("in size, down by 0.01 share an intent, costs nothing until it has lost a quarter", () => {
    const day = resting();
    // 15.01 of 20 shares: the order is larger by less than a quarter of what is planned up to 16.01.
    const costs = wobbles(day, 399, 50, (turn) => intends(day, 45, 55, 20 - (turn + 1) / 100));
    expect(costs).toBe(0);
    intends(day, 45, 55, 16);
    expect(day.sent()).toEqual([
      `cancel ${BID}`,
      `cancel ${ASK}`,
      "place BUY YES 16 @ 0.45",
      "place BUY NO 16 @ 0.45",
    ]);
  });

  it("the same plan twice asks for nothing", () => {
    const day = resting();
    intends(day, 46, 55);
    intends(day, 46, 55);
    intends(day, 46, 55, 19);
    intends(day, 46, 55, 19);
    expect(day.sent()).toEqual([]);
  });
});

const UNHELD = {
  topUpsMax: 0,
  holdBehindTicks: 0,
  holdAheadTicks: 0,
  holdSizePercent: 0,
  holdComplement: false,
} as const;

describe("a price that lasts", () => {
  it("is followed by itself when an order has been behind for two seconds, to the millisecond", () => {
    const day = resting();
    intends(day, 47, 55);
    day.waits(1_999);
    expect(day.sent()).toEqual([]);
    expect(day.state().why.withheld.map(({ reason }) => reason)).toEqual(["held"]);
    day.diary();
    day.waits(1);
    expect(day.diary()).toEqual([`1 cancel ${BID}`, "1 place BUY YES 20 @ 0.47"]);
    expect(day.state().why.withheld).toEqual([]);
  });

  it("is followed sooner by an order that could be picked off", () => {
    const day = resting();
    intends(day, 44, 55);
    day.waits(249);
    expect(day.sent()).toEqual([]);
    day.waits(1);
    expect(day.sent()).toEqual([`cancel ${BID}`, "place BUY YES 20 @ 0.44"]);
  });

  it("counts from when the order was off, through other prices on the same side of the plan", () => {
    const day = resting();
    intends(day, 46, 55);
    day.waits(1_500);
    intends(day, 47, 55);
    day.waits(499);
    expect(day.sent()).toEqual([]);
    day.waits(1);
    expect(day.sent()).toEqual([`cancel ${BID}`, "place BUY YES 20 @ 0.47"]);
  });

  it.each([
    ["back", 45],
    ["on the other side", 44],
  ])("begins anew when the plan has been %s", (_, between) => {
    const day = resting();
    intends(day, 46, 55);
    day.waits(1_900);
    intends(day, between, 55);
    day.waits(100);
    intends(day, 46, 55);
    day.waits(1_999);
    expect(day.sent()).toEqual([]);
    day.waits(1);
    expect(day.sent()).toEqual([`cancel ${BID}`, "place BUY YES 20 @ 0.46"]);
  });

  it("is remembered while the slot is busy", () => {
    const day = trading({}, { config: CONFIG });
    intends(day, 45, 55);
    intends(day, 46, 55);
    day.waits(1_000);
    day.acks(BID, ASK);
    day.asked();
    day.waits(1_000);
    expect(day.sent()).toEqual([`cancel ${BID}`, "place BUY YES 20 @ 0.46"]);
  });
});

describe("at once", () => {
  it.each<[string, Partial<Intent>, readonly string[]]>([
    ["three ticks behind", { bid: quote(20, 48) }, [`cancel ${BID}`, "place BUY YES 20 @ 0.48"]],
    ["two ticks ahead", { bid: quote(20, 43) }, [`cancel ${BID}`, "place BUY YES 20 @ 0.43"]],
    ["an ask two ticks ahead", { ask: quote(20, 57) }, [`cancel ${ASK}`, "place BUY NO 20 @ 0.43"]],
    ["a leg that is withdrawn", { bid: null }, [`cancel ${BID}`]],
    ["both legs pulled", { bid: null, ask: null }, [`cancel ${BID}`, `cancel ${ASK}`]],
    ["a stop", { mode: "stop" }, ["cancel all"]],
    ["a side that is left out", { mode: "oneSidedSell" }, [`cancel ${BID}`]],
  ])("%s", (_, change, asked) => {
    const day = resting();
    intends(day, 45, 55, 20, change);
    expect(day.sent()).toEqual(asked);
  });

  it("what is held is pulled", () => {
    const day = resting();
    intends(day, 46, 55);
    day.waits(100);
    intends(day, 46, 55, 20, { bid: null });
    expect(day.sent()).toEqual([`cancel ${BID}`]);
  });

  it("the operator's level: a BUY does not stay where only giving up is allowed", () => {
    const day = resting({ YES: 0 });
    day.matches(BID, 20, "bought", "mined");
    carriedOut(day);
    day.commands("reduceOnly");
    expect(day.sent()).toContain(`cancel ${ASK}`);
  });

  it("[L] a bid that is held does not withhold the ask that would meet it", () => {
    const day = resting({}, { holdAheadMs: 60_000 });
    intends(day, 44, 45);
    // The ask waits for the bid's end, and not for the end of its time.
    expect(day.sent()).toContain(`cancel ${BID}`);
  });

  it("[E] a SELL is not held beyond the stock that is there", () => {
    const sell = "SELL YES 20 @ 0.55";
    const left = (stock: number) =>
      reconcile(legOf("SELL YES 18 @ 0.55"), [working(sell)], {
        ...KEEP,
        excessPart: 0.25,
        sellable: { YES: shares(stock), NO: shares(0) },
      }).cancels;
    expect(left(20)).toEqual([]);
    expect(left(19.99)).toHaveLength(1);
  });

  it("[G] a limit that cuts the plan cuts the order, by however little", () => {
    // 18.10 dollars buy 20 at 45 cents twice, and at 46 and 45 cents less than that.
    const day = resting({ cash: 18.1 });
    intends(day, 46, 55);
    const { plan } = day.state().why;
    const cut = [plan?.bid, plan?.ask].flatMap((leg) => leg?.residuals ?? []);
    expect(cut.map(({ reason }) => reason)).toEqual(["cash"]);
    expect(day.sent().filter((words) => words.startsWith("cancel"))).toHaveLength(1);
    const rich = resting({ cash: 18.4 });
    intends(rich, 46, 55);
    expect(rich.sent()).toEqual([]);
  });
});

describe("a top-up", () => {
  it("keeps the place: what is missing gets an order beside it", () => {
    const day = resting();
    intends(day, 45, 55, 35);
    expect(day.sent()).toEqual(["place BUY YES 15 @ 0.45", "place BUY NO 15 @ 0.45"]);
    day.acks("BUY YES 15 @ 0.45", "BUY NO 15 @ 0.45");
    intends(day, 45, 55, 35);
    expect(day.sent()).toEqual([]);
  });

  it("after a fill the rest of the order keeps its place too", () => {
    const day = resting();
    day.matches(BID, 12);
    day.sent();
    intends(day, 45, 55);
    expect(day.sent()).toEqual(["place BUY YES 12 @ 0.45"]);
  });

  it("of less than the venue takes waits", () => {
    const few = (size: number) =>
      reconcile(legOf(`BUY NO ${size} @ 0.45`), [working("BUY NO 10 @ 0.45")], {
        ...KEEP,
        topUp: shares(1),
        topUpsMax: 2,
      });
    expect(few(14.99)).toMatchObject({ cancels: [], places: [] });
    expect(few(15).places.map(told)).toEqual(["BUY NO 5 @ 0.45"]);
  });

  it("beyond so many of them all are merged into one", () => {
    const three = ["BUY NO 10 @ 0.45", "BUY NO 11 @ 0.45", "BUY NO 12 @ 0.45"].map((it) =>
      working(it),
    );
    const policy = { ...KEEP, topUpsMax: 2 };
    const { cancels, places } = reconcile(legOf("BUY NO 43 @ 0.45"), three, policy);
    expect([cancels, places.map(told)]).toEqual([three, ["BUY NO 43 @ 0.45"]]);
    expect(reconcile(legOf("BUY NO 42 @ 0.45"), three, policy)).toMatchObject({
      cancels: [],
      places: [],
    });
  });

  it("[H] a SELL is replaced, since a second one would wait for the first to go", () => {
    const day = trading({ YES: 40 }, { config: CONFIG });
    day.intends({ ask: quote(20, 55), expiresAt: FOREVER });
    day.acks("SELL YES 20 @ 0.55");
    day.asked();
    day.intends({ ask: quote(35, 55), expiresAt: FOREVER });
    expect(day.sent()).toEqual(["cancel SELL YES 20 @ 0.55"]);
  });

  it("a share of a large order is waited for, not ten shares of it", () => {
    const grown = (size: number) =>
      reconcile(legOf(`BUY NO ${size} @ 0.45`), [working("BUY NO 300 @ 0.45")], {
        ...KEEP,
        growthPart: 0.25,
        topUpsMax: 2,
      }).places.map(told);
    expect(grown(399)).toEqual([]);
    expect(grown(400)).toEqual(["BUY NO 100 @ 0.45"]);
  });
});

describe("an inventory step of one leg", () => {
  it.each(["matched", "mined"] as const)("does not move the other: %s", (status) => {
    const day = resting();
    day.matches(BID, 8, "t", status);
    intends(day, 45, 55);
    expect(day.sent()).toEqual([]);
  });

  it("nor does the step from matched to mined, nor a whole fill", () => {
    const day = resting();
    const bought = fill(day.order(BID), 20);
    const reports = (status: "matched" | "mined"): void => {
      day.hears({ type: "trade.reported", report: tradeReport("t", status, [bought], day.now()) });
      intends(day, 45, 55);
    };
    reports("matched");
    expect(day.sent()).toEqual([`place ${BID}`]);
    day.acks(BID);
    reports("mined");
    expect(day.sent()).toEqual([]);
    expect(day.state().why.plan?.ask.orders.map(told)).toEqual(["SELL YES 20 @ 0.55"]);
  });

  it("stock that can be sold beside what rests is sold beside it", () => {
    const both = reconcile(
      legOf("SELL YES 5 @ 0.55", "BUY NO 5 @ 0.45"),
      [working("BUY NO 5 @ 0.45")],
      { ...KEEP, excessPart: 0.25, growthPart: 0.25, topUpsMax: 2, keepsBuys: true },
    );
    expect([both.cancels, both.places.map(told)]).toEqual([[], ["SELL YES 5 @ 0.55"]]);
  });

  it("with the next price the stock is given up", () => {
    const day = resting();
    day.matches(BID, 20, "t", "mined");
    intends(day, 45, 55);
    carriedOut(day);
    intends(day, 42, 52);
    expect(day.sent()).toContain("place SELL YES 20 @ 0.52");
  });
});

describe("laws of what is held", () => {
  const anyLeg = fc
    .record({
      sold: fc.constantFrom(0, 0, 8, 20),
      bought: fc.constantFrom(0, 12, 20, 35),
      price: fc.constantFrom(53, 54, 55, 56, 57),
    })
    .map(({ sold, bought, price }): LegPlan => ({
      ...legOf(),
      orders: [
        ...(sold > 0 ? [planned(`SELL YES ${sold} @ 0.${price}`)] : []),
        ...(bought > 0 ? [planned(`BUY NO ${bought} @ 0.${100 - price}`)] : []),
      ],
    }));
  const anyOrders = fc.array(
    fc
      .record({
        isSell: fc.boolean(),
        size: fc.constantFrom(5, 8, 12, 20, 30),
        price: fc.constantFrom(52, 53, 54, 55, 56, 57, 58),
        sinceMs: fc.constantFrom(null, 0, 1_000, 3_000),
        isBehind: fc.boolean(),
      })
      .map(({ isSell, size, price, sinceMs, isBehind }) =>
        working(isSell ? `SELL YES ${size} @ 0.${price}` : `BUY NO ${size} @ 0.${100 - price}`, {
          offPrice: sinceMs === null ? null : { since: after(NOW, -sinceMs), isBehind },
        }),
      ),
    { maxLength: 4 },
  );
  const NOW = instant(10_000).monotonicMs;
  const POLICY = {
    ...KEEP,
    now: NOW,
    behind: { maxBp: 200, forMs: 2_000 },
    ahead: { maxBp: 100, forMs: 250 },
    excessPart: 0.25,
    growthPart: 0.25,
    topUpsMax: 2,
    keepsBuys: true,
  };
  const inYes = ({ token, price }: Pick<WorkingOrder, "token" | "price">): number =>
    token === "YES" ? price : complement(price);
  const sumOf = (orders: readonly { readonly size: number }[]): number =>
    orders.reduce((sum, { size }) => sum + size, 0);

  it("what stays and what is placed shows the leg, to a quarter and within the bands", () => {
    fc.assert(
      fc.property(anyOrders, anyLeg, (orders, leg) => {
        const { cancels, places } = reconcile(leg, orders, POLICY);
        const stay = orders.filter((order) => !cancels.includes(order));
        const wanted = sumOf(leg.orders);
        const shown = sumOf(stay) + sumOf(places);
        if (wanted === 0) {
          expect(stay).toEqual([]);
          return;
        }
        expect(shown).toBeLessThan(wanted * 1.25 + 1);
        // Short by less than a quarter of each part, or by less than 10 shares.
        const least = leg.orders.map(({ size }) => Math.max(size * 0.25, shares(10)));
        expect(shown).toBeGreaterThan(wanted - least.reduce((sum, each) => sum + each, 0));
        const price = leg.orders[0] && inYes(leg.orders[0]);
        for (const order of stay) {
          // An ask: lower is more aggressive.
          const behind = inYes(order) - (price ?? 0);
          expect(behind).toBeLessThanOrEqual(200);
          expect(behind).toBeGreaterThanOrEqual(-100);
          if (behind !== 0 && order.offPrice?.isBehind === behind > 0) {
            expect(NOW - order.offPrice.since).toBeLessThan(behind > 0 ? 2_000 : 250);
          }
        }
        for (const kind of ["reduceSell", "complementBuy"]) {
          expect(stay.filter((order) => order.kind === kind).length).toBeLessThanOrEqual(3);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("once carried out there is nothing left to do", () => {
    fc.assert(
      fc.property(anyOrders, anyLeg, (orders, leg) => {
        const first = reconcile(leg, orders, POLICY);
        const marked = new Map(first.marks.map(({ id, offPrice }) => [id, offPrice]));
        const then = [
          ...orders
            .filter((order) => !first.cancels.includes(order))
            .map((order) => ({ ...order, offPrice: marked.get(order.id) ?? order.offPrice })),
          ...first.places.map((order) => working(told(order))),
        ];
        const { cancels, places } = reconcile(leg, then, POLICY);
        expect([cancels, places]).toEqual([[], []]);
      }),
      { numRuns: RUNS },
    );
  });

  it("with nothing held each price and kind is as planned", () => {
    fc.assert(
      fc.property(anyOrders, anyLeg, (orders, leg) => {
        const { cancels, held, loose } = reconcile(leg, orders, exactly(POLICY));
        const stay = orders.filter((order) => !cancels.includes(order));
        const at = ({ kind, price }: Pick<WorkingOrder, "kind" | "price">) => `${kind} ${price}`;
        const wanted = new Set(leg.orders.map(at));
        expect(stay.every((order) => wanted.has(at(order)))).toBe(true);
        expect([held, loose]).toEqual([[], []]);
      }),
      { numRuns: RUNS },
    );
  });
});

describe("replayed", () => {
  it("the same events make the same state and effects, and a tick is due when a hold ends", () => {
    const day = resting();
    intends(day, 46, 54);
    expect(nextDeadline(day.state(), CONFIG)).toBe(after(day.now().monotonicMs, 2_000));
    day.waits(3_000);
    carriedOut(day);
    const { steps, state: began } = day.history();
    const reduce = reducer(CONFIG, IDENTITY);
    let state = initialState(market(), instant(0), UNHALTED);
    expect(state).toEqual(began);
    for (const { stamped, effects } of steps) {
      const copied: Stamped = structuredClone(stamped);
      const [next, asked] = reduce(structuredClone(state), copied);
      expect(asked).toEqual(effects);
      state = next;
    }
    expect(state).toEqual(day.state());
    expect(workingOrders(state).some(({ offPrice }) => offPrice !== null)).toBe(false);
  });
});

describe("a limit that an order from before has outgrown", () => {
  it("[E] after a sale has failed no excess stays beyond the net limit", () => {
    const day = trading({ YES: 8 }, { config: { ...CONFIG, netMax: shares(50) } });
    day.intends({ bid: null, ask: quote(8, 55), expiresAt: FOREVER });
    day.acks("SELL YES 8 @ 0.55");
    day.matches("SELL YES 8 @ 0.55", 8, "t1", "matched");
    day.intends({ bid: quote(50, 45), ask: null, expiresAt: FOREVER });
    day.acks("BUY YES 50 @ 0.45");
    day.intends({ bid: quote(41, 45), ask: null, expiresAt: FOREVER });
    day.asked();
    // Within the band, and within the limit while nothing is owned.
    expect(day.sent()).toEqual([]);
    day.matches("SELL YES 8 @ 0.55", 8, "t1", "failed");
    expect(day.sent()).toContain("cancel BUY YES 50 @ 0.45");
  });
});
