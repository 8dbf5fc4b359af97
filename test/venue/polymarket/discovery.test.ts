/**
 * The windows of a series, against stubs of Gamma and the order book: real sockets, virtual time.
 */
import { Subscription, of } from "rxjs";
import { afterEach, describe, expect, it } from "vitest";
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
import {
  type RequestHandler,
  type StubServer,
  closedPort,
  respondWith,
  stubServer,
} from "../stubServer.ts";
import { DOWN, UP, fixture } from "./support.ts";
import { later, until } from "../../support/patience.ts";

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

async function server(answer: RequestHandler): Promise<StubServer> {
  const stub = await stubServer(answer);
  open.push(stub);
  return stub;
}

type Json = Readonly<Record<string, unknown>>;

const opensAt = (slug: string): number => Number(/\d+$/.exec(slug)?.[0]) * 1_000;
/** A condition id for each window; the fixtures' own for the first. */
const conditionOf = (slug: string): string =>
  slug === FIRST ? `0x${"3f".repeat(32)}` : `0x${opensAt(slug).toString(16).padStart(64, "3")}`;

/** The event of one window, ready to be traded unless `changed` says otherwise. */
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

/** The same market as the order book has it. */
const clobMarket = (condition: string, changed: Json = {}): string =>
  JSON.stringify({
    ...(JSON.parse(fixture("rest", "clob_market.json")) as Json),
    c: condition,
    ...changed,
  });

const gammaReady: RequestHandler = (asked, ...rest) => {
  const { searchParams } = new URL(asked.path, "http://gamma");
  respondWith(200, event(searchParams.get("slug") ?? ""))(asked, ...rest);
};
const bookAgrees: RequestHandler = (asked, ...rest) =>
  respondWith(200, clobMarket(asked.path.slice("/clob-markets/".length)))(asked, ...rest);

interface Met {
  readonly scheduler: VirtualScheduler;
  readonly gamma: StubServer;
  readonly book: StubServer;
  readonly listings: Discovery["listings"];
  /** As emitted; for each, whether it was listed at that moment. */
  readonly markets: readonly Market[];
  readonly listedFirst: readonly boolean[];
  readonly waiting: readonly string[];
  readonly warnings: readonly (readonly [source: string, warning: DecodeWarning])[];
  readonly passes: (ms: number) => void;
}

interface Given {
  gamma?: RequestHandler;
  book?: RequestHandler;
  readonly before?: string;
  readonly answerMs?: number;
  readonly clockOf?: (scheduler: VirtualScheduler) => Clock;
}

/** Both answers may change on the way. */
async function meet(given: Given = {}, at?: string): Promise<Met> {
  const gamma = await server((...args) => (given.gamma ?? gammaReady)(...args));
  const book = await server((...args) => (given.book ?? bookAgrees)(...args));
  const scheduler = virtualScheduler();
  const clock = given.clockOf?.(scheduler) ?? virtualClock(scheduler, NOW);
  const waiting: string[] = [];
  const warnings: (readonly [string, DecodeWarning])[] = [];
  const markets: Market[] = [];
  const listedFirst: boolean[] = [];
  const { market$, attempt$, listings } = discovery(
    {
      gamma: `${at ?? gamma.origin}${given.before ?? ""}`,
      origin: book.origin,
      series: [rollingSeries(WINDOW_MS)],
      strikeOf: () => of("the strike is not known yet"),
      onDecodeWarning: (source, warning) => warnings.push([source, warning]),
      timing: { ...TIMING, answerMs: given.answerMs ?? TIMING.answerMs },
    },
    { clock, scheduler },
  );
  running.add(
    attempt$.subscribe(({ why }) => {
      if (why !== null) waiting.push(why);
    }),
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

/** Long enough to see a request that should not have been made. */
const settled = (): Promise<void> => later(50);

const slugs = ({ markets }: Met): readonly string[] => markets.map(({ slug }) => slug);
const paths = (stub: StubServer): readonly string[] => stub.requests.map(({ path }) => path);

describe("discovery", () => {
  it("emits the open window once Gamma and the order book agree on it, listed before", async () => {
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

  it("requests nothing more for a window that it has emitted", async () => {
    const it = await meet();
    await until(() => it.markets.length > 0);

    it.passes(4 * MINUTE_MS);
    await settled();

    expect(it.gamma.requests).toHaveLength(1);
  });

  it.for(["/gamma", "/gamma/", "/some/where"])(
    "requests from a Gamma URL with a path: %s",
    async (before) => {
      const it = await meet({ before });
      await until(() => it.markets.length > 0);

      expect(paths(it.gamma)).toEqual([`${before.replace(/\/$/, "")}/events?slug=${FIRST}`]);
    },
  );

  const swapped = [
    { t: UP, o: "Down" },
    { t: DOWN, o: "Up" },
  ];
  it.for([
    ["not listed", { gamma: respondWith(200, "[]") }, "not listed"],
    [
      "of another version",
      { gamma: respondWith(200, event(FIRST, { version: "v9" })) },
      "version v9",
    ],
    ["the event of another window", { gamma: respondWith(200, event(SECOND)) }, "not listed"],
    [
      "without a strike",
      { gamma: respondWith(200, event(FIRST, {}, null)) },
      "the strike is not known",
    ],
    [
      "not ready",
      { gamma: respondWith(200, event(FIRST, { acceptingOrders: false })) },
      "accepts no orders yet",
    ],
    [
      "settled otherwise than its series",
      { gamma: respondWith(200, event(FIRST, { cryptoMarketConfig: { twapEnabled: false } })) },
      "settlement rules differ: the market says no mean, its series twap60",
    ],
    ["Gamma answers 503", { gamma: respondWith(503, "") }, "GET /events: HTTP 503"],
    [
      "Gamma says why",
      { gamma: respondWith(500, '{"error":"overloaded"}') },
      "GET /events: HTTP 500: overloaded",
    ],
    ["Gamma does not answer JSON", { gamma: respondWith(200, "<html>") }, "not understood"],
    [
      "not in the order book",
      { book: respondWith(404, '{"error":"market not found"}') },
      "does not know",
    ],
    ["the order book answers 500", { book: respondWith(500, "") }, "GET /clob-markets: HTTP 500"],
    [
      "the order book does not answer JSON",
      { book: respondWith(200, "<html>") },
      "GET /clob-markets: HTTP 200: not understood",
    ],
    [
      "the order book names its tokens the other way round",
      { book: respondWith(200, clobMarket(conditionOf(FIRST), { t: swapped })) },
      `YES token: ${UP}, `,
    ],
    [
      "the order book has another version of it",
      { book: respondWith(200, clobMarket(conditionOf(FIRST), { v: "v2" })) },
      "version: 2, 3",
    ],
  ] as const satisfies readonly (readonly [string, Given, string])[])(
    "polls a window that is not tradable, says why, and emits it once it is: %s",
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
    ["gamma", { gamma: respondWith(200, "<html>") }],
    ["clob-markets", { book: respondWith(200, "<html>") }],
  ] as const satisfies readonly (readonly [string, Given])[])(
    "reports an answer that is not understood, with its source: %s",
    async ([source, given]) => {
      const it = await meet(given);
      await until(() => it.waiting.length === 1);

      expect(it.warnings).toEqual([
        [source, expect.objectContaining({ type: "garbled" }) as unknown],
      ]);
    },
  );

  it("[K] a Gamma that cannot be reached is reported and polled again", async () => {
    const it = await meet({}, await closedPort());
    for (const polls of [1, 2, 3]) {
      await until(() => it.waiting.length === polls);
      it.passes(TIMING.pollMs);
    }

    expect(new Set(it.waiting).size).toBe(1);
    expect(it.waiting[0]).toMatch(
      /^btc-updown-15m-\d+: GET \/events: it cannot be reached: .*ECONNREFUSED/,
    );
  });

  it("[K] a Gamma that does not answer is reported at the deadline and polled again", async () => {
    const given: Given = { gamma: () => undefined };
    const it = await meet(given);
    await until(() => it.gamma.requests.length === 1);
    it.passes(TIMING.answerMs - 1);
    expect(it.waiting).toEqual([]);
    it.passes(1);
    expect(it.waiting).toEqual([`${FIRST}: GET /events: no answer in ${TIMING.answerMs} ms`]);

    delete given.gamma;
    it.passes(TIMING.pollMs);
    await until(() => it.markets.length > 0);
  });

  it("emits the next window once it begins, not before", async () => {
    const it = await meet();
    await until(() => it.markets.length > 0);

    it.passes(5 * MINUTE_MS - 1);
    await settled();
    expect(it.gamma.requests).toHaveLength(1);
    // One more ms: a timer may fire slightly early by the wall clock.
    it.passes(2);
    await until(() => it.markets.length > 1);

    expect(slugs(it)).toEqual([FIRST, SECOND]);
    expect(it.listings.size).toBe(2);
  });

  it("goes on to the next window where one was never tradable", async () => {
    const given: Given = { gamma: respondWith(200, "[]") };
    const it = await meet(given);
    await until(() => it.waiting.length === 1);

    delete given.gamma;
    it.scheduler.runUntil(5 * MINUTE_MS - 1);
    const polled = it.gamma.requests.length;
    it.passes(2);
    await until(() => it.markets.length > 0);

    expect(slugs(it).at(-1)).toBe(SECOND);
    expect(polled).toBeGreaterThan(0);
  });

  it("ignores an answer that comes after the end of its window", async () => {
    const held: (() => void)[] = [];
    const given: Given = {
      gamma: (...args) => {
        held.push(() => gammaReady(...args));
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

  it("emits no window twice when the clock is set back", async () => {
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
    await until(() => it.book.requests.length === 3);
    await settled();
    it.passes(10 * MINUTE_MS);
    await until(() => it.markets.length > 2);

    expect(paths(it.gamma).map((path) => opensAt(path) / 1_000)).toEqual([
      1_800_000_000, 1_800_000_900, 1_800_000_900, 1_800_001_800,
    ]);
    expect(slugs(it)).toEqual([FIRST, SECOND, "btc-updown-15m-1800001800"]);
  });

  it("keeps the listings of the latest 256 windows", async () => {
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
