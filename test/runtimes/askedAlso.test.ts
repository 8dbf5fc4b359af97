/** A quiet connection of the venue in process is confirmed; a frozen one ends with its cause. */
import { NEVER, type Observable, concat, defer, endWith, filter, merge, of } from "rxjs";
import { describe, expect, it } from "vitest";
import { askedAlso } from "../../src/runtimes/askedAlso.ts";
import { virtualClock, virtualScheduler } from "../../src/sim/index.ts";
import {
  type Book,
  type Link,
  type MarketItem,
  type ReferenceItem,
  type Token,
  epochMs,
  referencePrice,
} from "../../src/types/index.ts";
import { cents, market, shares } from "../support/builders.ts";

const MARKET = market({ opensAt: epochMs(0), endsAt: epochMs(60_000) });
const book = (bid: number): Book => ({ bids: [{ price: cents(bid), size: shares(5) }], asks: [] });
const snapshot = (token: Token, bid: number): Link<MarketItem> => ({
  type: "item",
  item: { type: "book", token, book: book(bid) },
});
const FIRST = [snapshot("YES", 40), snapshot("NO", 50)];
const price = (dollars: number): ReferenceItem => ({ price: referencePrice(dollars * 1_000_000) });

interface Heard {
  readonly atMs: number;
  readonly said: string;
}

/** What is heard of a connection for so long, without its items. */
function hears(
  untilMs: number,
  {
    market$ = NEVER,
    reference$ = NEVER,
    yesBid = 40,
  }: {
    readonly market$?: Observable<Link<MarketItem>>;
    readonly reference$?: Observable<Link<ReferenceItem>>;
    /** At the venue; the reference there is 60,000. */
    readonly yesBid?: number;
  },
): readonly Heard[] {
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, 0);
  const { market: marketOf, reference } = askedAlso(
    {
      connections: {
        market: () => market$,
        user: () => NEVER,
        reference: () => reference$,
        settlement: null,
      },
      asked: {
        reference: () => price(60_000).price,
        book: (_, token) => book(token === "YES" ? yesBid : 50),
      },
    },
    { scheduler, clock },
  );
  const heard: Heard[] = [];
  const hear = (said: string): unknown => heard.push({ atMs: scheduler.now(), said });
  const link$: Observable<Link<unknown>> = merge(marketOf(MARKET), reference());
  link$.pipe(filter(({ type }) => type !== "item")).subscribe({
    next: ({ type }) => hear(type),
    error: (error: unknown) => hear(String(error)),
  });
  scheduler.runUntil(untilMs);
  return heard;
}

const stays = <Item>(...links: readonly Link<Item>[]): Observable<Link<Item>> =>
  concat(of(...links), NEVER);
const FROZEN = "Error: frozen: quiet here, and the second source has another value";

describe("[K] the second source of the venue in process", () => {
  it("confirms a quiet reference every second", () => {
    const heard = hears(3_500, { reference$: stays({ type: "item", item: price(60_000) }) });
    expect(heard).toEqual([1_000, 2_000, 3_000].map((atMs) => ({ atMs, said: "confirmed" })));
  });

  it("ends a frozen reference before its price is too old to quote on", () => {
    const heard = hears(5_000, { reference$: stays({ type: "item", item: price(59_000) }) });
    expect(heard).toEqual([{ atMs: 2_800, said: FROZEN }]);
  });

  it("confirms both books where either token is quiet, and no more than the market lasts", () => {
    const heard = hears(120_000, { market$: stays(...FIRST) });
    expect(heard.every(({ said }) => said === "confirmed")).toBe(true);
    expect(heard.at(0)?.atMs).toBe(5_000);
    expect(heard.at(-1)?.atMs).toBeLessThanOrEqual(60_000);
  });

  it("ends a market whose book is another at the venue, though the other token moves", () => {
    const scheduled = defer(() => stays(...FIRST));
    const heard = hears(20_000, { market$: scheduled, yesBid: 41 });
    expect(heard).toEqual([{ atMs: 10_800, said: FROZEN }]);
  });

  it("hands on the end of a connection", () => {
    expect(
      hears(1_000, { market$: of(...FIRST).pipe(endWith({ type: "opened" } as const)) }),
    ).toEqual([{ atMs: 0, said: "opened" }]);
  });
});
