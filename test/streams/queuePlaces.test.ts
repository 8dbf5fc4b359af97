/** Shares ahead of an order of ours, by what the market channel has told: each row is a day in words. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  NO_PLACES,
  type QueuePlaces,
  SHOWN_WITHIN_MS,
  foldQueuePlaces,
  withWorkingOrders,
} from "../../src/streams/caches/index.ts";
import type { BookView } from "../../src/streams/caches/bookCache.ts";
import {
  type Book,
  MICRO,
  type MarketItem,
  type Side,
  type Token,
  type WorkingOrder,
  priceBp,
} from "../../src/types/index.ts";
import { RUNS, shares, working } from "../support/builders.ts";
import { book, instant, level } from "../marbles/streams/legend.ts";

const OURS = working("BUY YES 20 @ 0.49", { phase: "placing" });
const acked = (order: WorkingOrder, frame: number): WorkingOrder => ({
  ...order,
  phase: "resting",
  phaseSince: instant(frame).monotonicMs,
});
/** 100 shares of others at our price, and at that of a NO offered for 51 cents: the same level. */
const BOOK: BookView = {
  value: { YES: book(4900, 5200), NO: book(4800, 5100) },
  receivedAt: instant(0),
};

type Step = (places: QueuePlaces, at: number) => QueuePlaces;
const item =
  (of: MarketItem): Step =>
  (places, at) =>
    foldQueuePlaces(places, { type: "item", session: 1, at: instant(at), item: of });
const shows = (size: number, side: Side = "BUY", price = 4900, token: Token = "YES"): Step =>
  item({ type: "level", token, side, level: level(price, size) });
const snapshot = (of: Book): Step => item({ type: "book", token: "YES", book: of });
const trade = (token: Token, price: number, side: Side | null, size: number | null): Step =>
  item({
    type: "traded",
    token,
    price: priceBp(price),
    size: size === null ? null : shares(size),
    side,
  });
const has =
  (orders: (at: number) => readonly WorkingOrder[], seen: BookView = BOOK): Step =>
  (places, at) =>
    withWorkingOrders(places, orders(at), seen);
const placing = has(() => [OURS]);
const acks = has((at) => [acked(OURS, at)]);
const fills = (matched: number): Step =>
  has((at) => [{ ...acked(OURS, at), matched: shares(matched) }]);
const link =
  (type: "lost" | "restored"): Step =>
  (places, at) =>
    foldQueuePlaces(places, {
      ...(type === "lost" ? { type, cause: "the link ended" } : { type }),
      session: 1,
      at: instant(at),
    });
const later =
  (step: Step): Step =>
  (places, at) =>
    step(places, at + SHOWN_WITHIN_MS + 100);

const aheadAfter = (steps: readonly Step[]): number | null | undefined => {
  const places = steps.reduce((acc, step, at) => step(acc, at), NO_PLACES);
  const place = places.get(OURS.id);
  return place && (place.ahead === null ? null : place.ahead / MICRO);
};

describe("shares ahead of an order", () => {
  it.each<[what: string, expected: number | null | undefined, steps: readonly Step[]]>([
    ["are all at its price as it is placed", 100, [placing]],
    [
      "are none at a price of its own",
      0,
      [has(() => [OURS], { ...BOOK, value: { ...BOOK.value, YES: book(4800, 5200) } })],
    ],
    ["are not known without a book", null, [has(() => [OURS], null)]],
    ["grow with what joins before it is shown", 130, [placing, shows(130 - 15), shows(130)]],
    ["stay when the level shows it", 100, [placing, acks, shows(120)]],
    ["stay when the level shows it before the acknowledgement", 100, [placing, shows(120), acks]],
    ["have what came in the same message", 150, [placing, acks, shows(170)]],
    ["stay when others join behind it", 100, [placing, shows(120), acks, later(shows(300))]],
    [
      "stay when others leave, as long as they may have been behind it",
      100,
      [placing, shows(120), acks, later(shows(300)), later(shows(150))],
    ],
    [
      "are all before a jump that may have been somebody else's",
      130,
      [placing, shows(130), shows(150), acks],
    ],
    ["are no more than the level has beside it", 30, [placing, shows(120), shows(50)]],
    ["are none in a level of its own", 0, [placing, shows(120), shows(20)]],
    [
      "shrink by a trade at the price, and by its level once",
      60,
      [placing, shows(120), trade("YES", 4900, "SELL", 40), shows(80)],
    ],
    [
      "shrink by a trade behind which others have joined",
      60,
      [
        placing,
        acks,
        shows(120),
        later(shows(300)),
        later(trade("YES", 4900, "SELL", 40)),
        later(shows(260)),
      ],
    ],
    [
      "shrink by a NO that was bought: its taker has met the same level",
      60,
      [placing, shows(120), trade("NO", 5100, "BUY", 40)],
    ],
    [
      "stay at a trade of the other side",
      100,
      [placing, shows(120), trade("YES", 4900, "BUY", 40)],
    ],
    ["stay at a NO that was sold", 100, [placing, shows(120), trade("NO", 5100, "SELL", 40)]],
    ["stay at a trade elsewhere", 100, [placing, shows(120), trade("YES", 4800, "SELL", 40)]],
    [
      "stay at a trade of no known side or size",
      100,
      [placing, shows(120), trade("YES", 4900, null, 40), trade("YES", 4900, "SELL", null)],
    ],
    ["are never less than none", 0, [placing, shows(120), trade("YES", 4900, "SELL", 400)]],
    ["are none once it is met", 0, [placing, shows(120), fills(5)]],
    ["stay none whatever comes then", 0, [placing, shows(120), fills(5), shows(315)]],
    [
      "are without it a while after it rests, whatever the level did",
      90,
      [placing, acks, shows(105), later(shows(110))],
    ],
    [
      "stay at levels elsewhere, on the other side, of the other token",
      100,
      [placing, shows(120), shows(5, "BUY", 4800), shows(5, "SELL"), shows(5, "BUY", 4900, "NO")],
    ],
    [
      "are read off a whole book too",
      30,
      [placing, shows(120), snapshot({ bids: [level(4950), level(4900, 50)], asks: [] })],
    ],
    [
      "are none where a whole book has no such level",
      0,
      [placing, shows(120), snapshot({ bids: [], asks: [] })],
    ],
    [
      "are not forgotten in a gap once it was shown, since nobody comes ahead",
      100,
      [placing, shows(120), link("lost"), link("restored"), shows(300)],
    ],
    ["are not known in a gap if it was not", null, [placing, acks, link("lost")]],
    [
      "are all that the next book has, then",
      110,
      [placing, link("lost"), link("restored"), shows(110)],
    ],
    ["are of no order that is gone", undefined, [placing, shows(120), has(() => [])]],
  ])("%s", (_what, expected, steps) => {
    expect(aheadAfter(steps)).toBe(expected);
  });

  it("are of the age of the acknowledgement, which outlives a cancel", () => {
    const order = acked(OURS, 7);
    const places = [
      has(() => [OURS]),
      has(() => [order]),
      has(() => [{ ...order, phase: "cancelling" as const, phaseSince: instant(900).monotonicMs }]),
    ].reduce((acc, step, at) => step(acc, at), NO_PLACES);
    expect(places.get(OURS.id)?.restedAt).toBe(instant(7).monotonicMs);
  });

  it("cost nothing without an order, and make no new object where nothing is told of one", () => {
    expect(shows(5)(NO_PLACES, 1)).toBe(NO_PLACES);
    const places = placing(NO_PLACES, 0);
    expect(shows(5, "SELL", 5200)(places, 1)).toBe(places);
    expect(has(() => [], null)(NO_PLACES, 1)).toBe(NO_PLACES);
  });

  /** A queue as the venue has it: who is ahead of us, and who behind. */
  it("are never fewer than there are, where others join, leave and trade as they like", () => {
    const move = fc.oneof(
      fc.record({ type: fc.constant("join" as const), size: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ type: fc.constant("leave" as const), at: fc.nat(20) }),
      fc.record({ type: fc.constant("trade" as const), size: fc.integer({ min: 1, max: 60 }) }),
    );
    fc.assert(
      fc.property(
        fc.array(move, { maxLength: 8 }),
        fc.array(move, { maxLength: 30 }),
        (before, moves) => {
          const US = -1;
          let queue: { who: number; size: number }[] = [{ who: 0, size: 100 }];
          let next = 1;
          let places = placing(NO_PLACES, 0);
          const total = (): number => queue.reduce((sum, { size }) => sum + size, 0);
          let at = 1;
          const tell = (step: Step): void => {
            places = step(places, at);
          };
          const play = (moved: (typeof moves)[number]): void => {
            if (moved.type === "join") queue = [...queue, { who: (next += 1), size: moved.size }];
            else if (moved.type === "leave") {
              const others = queue.filter(({ who }) => who !== US);
              const gone = others[moved.at % Math.max(1, others.length)];
              queue = queue.filter((each) => each !== gone);
            } else {
              // No further than to us: then the order is met, and its own fill tells it.
              const front = queue.findIndex(({ who }) => who === US);
              const ahead = front < 0 ? queue : queue.slice(0, front);
              let left = Math.min(
                moved.size,
                ahead.reduce((sum, { size }) => sum + size, 0),
              );
              if (left === 0) return;
              tell(trade("YES", 4900, "SELL", left));
              queue = queue.flatMap((each) => {
                const taken = Math.min(left, each.size);
                left -= taken;
                return each.size > taken ? [{ ...each, size: each.size - taken }] : [];
              });
            }
            tell(shows(total()));
          };
          before.forEach(play);
          queue = [...queue, { who: US, size: 20 }];
          tell(acks);
          tell(shows(total()));
          for (const moved of moves) {
            at += 300;
            play(moved);
            const front = queue.findIndex(({ who }) => who === US);
            const truly = queue.slice(0, front).reduce((sum, { size }) => sum + size, 0);
            expect((places.get(OURS.id)?.ahead ?? 0) / MICRO).toBeGreaterThanOrEqual(truly);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
});
