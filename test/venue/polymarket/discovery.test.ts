/** The windows of a series, against stubs of Gamma and the order book: real sockets, virtual time. */
import { setTimeout as later } from "node:timers/promises";
import { Subscription, of } from "rxjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type VirtualScheduler, virtualClock, virtualScheduler } from "../../../src/sim/index.ts";
import {
  type Clock,
  type Market,
  epochMs,
  marketId,
  referencePrice,
} from "../../../src/types/index.ts";
import {
  type Discovery,
  type DecodeWarning,
  discovery,
  rollingSeries,
} from "../../../src/venue/polymarket/index.ts";
import { type Answer, type StubServer, nobody, says, stubServer } from "../stubServer.ts";
import { DOWN, UP, fixture } from "./support.ts";

const MINUTE_MS = 60_000;
const WINDOW_MS = 15 * MINUTE_MS;
/** Ten minutes into the window of the fixtures. */
const NOW = 1_800_000_000_000 + 10 * MINUTE_MS;
const FIRST = "btc-updown-15m-1800000000";
const SECOND = "btc-updown-15m-1800000900";
const TIMING = { pollMs: 500, answerMs: 2_000 };

const open: StubServer[] = [];
let running = new Subscription();
afterEach(async () => {
  running.unsubscribe();
  running = new Subscription();
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function server(answer: Answer): Promise<StubServer> {
  const stub = await stubServer(answer);
  open.push(stub);
  return stub;
}

type Json = Readonly<Record<string, unknown>>;

const opensAt = (slug: string): number => Number(/\d+$/.exec(slug)?.[0]) * 1_000;
/** Another for each window; of the first it is that of the fixtures. */
const conditionOf = (slug: string): string =>
  slug === FIRST ? `0x${"3f".repeat(32)}` : `0x${opensAt(slug).toString(16).padStart(64, "3")}`;

/** The event of one window, ready to be traded unless something else is said of it. */
function event(slug: string, changed: Json = {}, priceToBeat: number | null = 64_210.5): string {
  const [first] = JSON.parse(fixture("gamma", "event.json")) as readonly [
    Json & { readonly markets: readonly [Json] },
  ];
  const market = {
    ...first.markets[0],
    slug,
    conditionId: conditionOf(slug),
    eventStartTime: new Date(opensAt(slug)).toISOString(),
    endDate: new Date(opensAt(slug) + WINDOW_MS).toISOString(),
    ...changed,
  };
  return JSON.stringify([{ ...first, slug, markets: [market], eventMetadata: { priceToBeat } }]);
}

/** What the order book says of it. */
const clobMarket = (condition: string, changed: Json = {}): string =>
  JSON.stringify({
    ...(JSON.parse(fixture("rest", "clob_market.json")) as Json),
    c: condition,
    ...changed,
  });

const gammaReady: Answer = (asked, ...rest) => {
  const { searchParams } = new URL(asked.path, "http://gamma");
  says(200, event(searchParams.get("slug") ?? ""))(asked, ...rest);
};
const bookAgrees: Answer = (asked, ...rest) =>
  says(200, clobMarket(asked.path.slice("/clob-markets/".length)))(asked, ...rest);

interface Met {
  readonly scheduler: VirtualScheduler;
  readonly gamma: StubServer;
  readonly book: StubServer;
  readonly listings: Discovery["listings"];
  /** As emitted, and what was listed at that moment. */
  readonly markets: readonly Market[];
  readonly listedFirst: readonly boolean[];
  readonly waiting: readonly string[];
  readonly warnings: readonly (readonly [source: string, warning: DecodeWarning])[];
  readonly passes: (ms: number) => void;
}

interface Given {
  gamma?: Answer;
  book?: Answer;
  readonly before?: string;
  readonly answerMs?: number;
  readonly clockOf?: (scheduler: VirtualScheduler) => Clock;
}

/** Both answers may change on the way. */
async function meet(given: Given = {}, at?: string): Promise<Met> {
  const gamma = await server((...told) => (given.gamma ?? gammaReady)(...told));
  const book = await server((...told) => (given.book ?? bookAgrees)(...told));
  const scheduler = virtualScheduler();
  const clock = given.clockOf?.(scheduler) ?? virtualClock(scheduler, NOW);
  const waiting: string[] = [];
  const warnings: (readonly [string, DecodeWarning])[] = [];
  const markets: Market[] = [];
  const listedFirst: boolean[] = [];
  const { market$, listings } = discovery(
    {
      gamma: `${at ?? gamma.origin}${given.before ?? ""}`,
      origin: book.origin,
      series: rollingSeries(WINDOW_MS),
      strikeOf: () => of("what it has to beat is not known yet"),
      onDecodeWarning: (source, warning) => warnings.push([source, warning]),
      onNotYetTraded: (slug, why) => waiting.push(`${slug}: ${why}`),
      timing: { ...TIMING, answerMs: given.answerMs ?? TIMING.answerMs },
    },
    { clock, scheduler },
  );
  running.add(
    market$.subscribe((market) => {
      markets.push(market);
      listedFirst.push(listings.has(market.id));
    }),
  );
  const passes = (ms: number): void => scheduler.runUntil(scheduler.now() + ms);
  return { scheduler, gamma, book, listings, markets, listedFirst, waiting, warnings, passes };
}

/** Sockets take their own time, of which no virtual moment passes. */
const until = (isSo: () => boolean): Promise<boolean> =>
  vi.waitUntil(isSo, { timeout: 5_000, interval: 1 });

/** Long enough for a request that should not have been made to be seen. */
const settled = (): Promise<void> => later(50);

const slugs = ({ markets }: Met): readonly string[] => markets.map(({ slug }) => slug);
const paths = (stub: StubServer): readonly string[] => stub.asked.map(({ path }) => path);

describe("discovery", () => {
  it("finds the window that is open, as both of them tell it, and lists it first", async () => {
    const it = await meet();
    await until(() => it.markets.length > 0);

    expect(it.markets).toEqual([
      expect.objectContaining({
        id: marketId(`0x${"3f".repeat(32)}`),
        slug: FIRST,
        tokenIds: { YES: UP, NO: DOWN },
        opensAt: epochMs(1_800_000_000_000),
        endsAt: epochMs(1_800_000_900_000),
        strike: referencePrice(64_210_500_000),
      }),
    ]);
    expect(it.listedFirst).toEqual([true]);
    expect(paths(it.gamma)).toEqual([`/events?slug=${FIRST}`]);
    expect(paths(it.book)).toEqual([`/clob-markets/0x${"3f".repeat(32)}`]);
  });

  it("asks no more of a window that it has found", async () => {
    const it = await meet();
    await until(() => it.markets.length > 0);

    it.passes(4 * MINUTE_MS);
    await settled();

    expect(it.gamma.asked).toHaveLength(1);
  });

  it.for(["/gamma", "/gamma/", "/some/where"])("asks a Gamma below a path: %s", async (before) => {
    const it = await meet({ before });
    await until(() => it.markets.length > 0);

    expect(paths(it.gamma)).toEqual([`${before.replace(/\/$/, "")}/events?slug=${FIRST}`]);
  });

  const swapped = [
    { t: UP, o: "Down" },
    { t: DOWN, o: "Up" },
  ];
  it.for([
    ["not listed", { gamma: says(200, "[]") }, "not listed"],
    ["of another version", { gamma: says(200, event(FIRST, { version: "v9" })) }, "version v9"],
    ["the event of another window", { gamma: says(200, event(SECOND)) }, "not listed"],
    ["without a strike", { gamma: says(200, event(FIRST, {}, null)) }, "what it has to beat"],
    ["not ready", { gamma: says(200, event(FIRST, { acceptingOrders: false })) }, "no orders"],
    ["Gamma is out of order", { gamma: says(503, "") }, "HTTP 503"],
    ["Gamma talks nonsense", { gamma: says(200, "<html>") }, "not listed"],
    ["not in the order book", { book: says(404, '{"error":"market not found"}') }, "does not know"],
    ["the order book is out of order", { book: says(500, "") }, "no use"],
    ["the order book talks nonsense", { book: says(200, "<html>") }, "no use"],
    [
      "its tokens are named the other way round there",
      { book: says(200, clobMarket(conditionOf(FIRST), { t: swapped })) },
      `YES token: ${UP}, ${DOWN}`,
    ],
    [
      "it is of another version there",
      { book: says(200, clobMarket(conditionOf(FIRST), { v: "v2" })) },
      "version: 2, 3",
    ],
  ] as const satisfies readonly (readonly [string, Given, string])[])(
    "waits for a window, says why, and trades it once nothing is in the way: %s",
    async ([, wrong, why]) => {
      const given: Given = { ...wrong };
      const it = await meet(given);
      await until(() => it.waiting.length === 1);
      it.passes(TIMING.pollMs);
      await until(() => it.waiting.length === 2);
      expect(it.waiting).toEqual([
        expect.stringMatching(new RegExp(`^${FIRST}: .*${why}`)),
        it.waiting[0],
      ]);
      expect(it.markets).toEqual([]);
      expect(it.listings.size).toBe(0);

      delete given.gamma;
      delete given.book;
      it.passes(TIMING.pollMs);
      await until(() => it.markets.length > 0);

      expect(slugs(it)).toEqual([FIRST]);
    },
  );

  it.for([
    ["gamma", { gamma: says(200, "<html>") }],
    ["clob-markets", { book: says(200, "<html>") }],
  ] as const satisfies readonly (readonly [string, Given])[])(
    "hears what is odd, and of whom: %s",
    async ([source, given]) => {
      const it = await meet(given);
      await until(() => it.waiting.length === 1);

      expect(it.warnings).toEqual([
        [source, expect.objectContaining({ type: "garbled" }) as unknown],
      ]);
    },
  );

  it("[K] a Gamma that is dead is heard of, and asked again and again", async () => {
    const it = await meet({}, await nobody());
    for (const polls of [1, 2, 3]) {
      await until(() => it.waiting.length === polls);
      it.passes(TIMING.pollMs);
    }

    expect(new Set(it.waiting)).toEqual(new Set([`${FIRST}: /events: no answer`]));
  });

  it("[K] a Gamma that says nothing is heard of at its deadline, and asked again", async () => {
    const given: Given = { gamma: () => undefined };
    const it = await meet(given);
    await until(() => it.gamma.asked.length === 1);
    it.passes(TIMING.answerMs - 1);
    expect(it.waiting).toEqual([]);
    it.passes(1);
    expect(it.waiting).toEqual([`${FIRST}: /events: no answer`]);

    delete given.gamma;
    it.passes(TIMING.pollMs);
    await until(() => it.markets.length > 0);
  });

  it("finds the next window once it begins, and not before", async () => {
    const it = await meet();
    await until(() => it.markets.length > 0);

    it.passes(5 * MINUTE_MS - 1);
    await settled();
    expect(it.gamma.asked).toHaveLength(1);
    // A timer may come a moment early by the clock of the wall.
    it.passes(2);
    await until(() => it.markets.length > 1);

    expect(slugs(it)).toEqual([FIRST, SECOND]);
    expect(it.listings.size).toBe(2);
  });

  it("leaves a window that was never ready for the next", async () => {
    const given: Given = { gamma: says(200, "[]") };
    const it = await meet(given);
    await until(() => it.waiting.length === 1);

    delete given.gamma;
    it.scheduler.runUntil(5 * MINUTE_MS - 1);
    const polled = it.gamma.asked.length;
    it.passes(2);
    await until(() => it.markets.length > 0);

    expect(slugs(it).at(-1)).toBe(SECOND);
    expect(polled).toBeGreaterThan(0);
  });

  it("an answer that comes when its window is over opens nothing", async () => {
    const held: (() => void)[] = [];
    const given: Given = {
      gamma: (...told) => {
        held.push(() => gammaReady(...told));
      },
      answerMs: 10 * MINUTE_MS,
    };
    const it = await meet(given);
    await until(() => held.length === 1);
    delete given.gamma;
    it.passes(5 * MINUTE_MS + 1);
    await until(() => it.markets.length === 1);

    for (const answer of held) answer();
    await settled();

    expect(slugs(it)).toEqual([SECOND]);
    expect(it.listings.size).toBe(1);
  });

  it("a clock that is set back opens nothing twice", async () => {
    let backMs = 0;
    const clockOf = (scheduler: VirtualScheduler): Clock => {
      const clock = virtualClock(scheduler, NOW);
      return {
        now: () => ({ ...clock.now(), epochMs: epochMs(clock.now().epochMs - backMs) }),
      };
    };
    const it = await meet({ clockOf });
    await until(() => it.markets.length > 0);
    it.passes(5 * MINUTE_MS + 1);
    await until(() => it.markets.length > 1);

    // Back into the second window when the third begins, then on from there.
    backMs = 10 * MINUTE_MS;
    it.passes(WINDOW_MS);
    await until(() => it.book.asked.length === 3);
    await settled();
    it.passes(10 * MINUTE_MS);
    await until(() => it.markets.length > 2);

    expect(paths(it.gamma).map((path) => opensAt(path) / 1_000)).toEqual([
      1_800_000_000, 1_800_000_900, 1_800_000_900, 1_800_001_800,
    ]);
    expect(slugs(it)).toEqual([FIRST, SECOND, "btc-updown-15m-1800001800"]);
  });

  it("lists a bounded number of windows, the latest", async () => {
    const it = await meet();
    await until(() => it.markets.length === 1);
    it.passes(5 * MINUTE_MS + 1);
    for (let found = 2; found <= 300; found += 1) {
      await until(() => it.markets.length === found);
      it.passes(WINDOW_MS);
    }

    const listed = [...it.listings.values()].map(({ market }) => market.slug);
    expect(listed).toEqual(slugs(it).slice(-256));
  });
});
