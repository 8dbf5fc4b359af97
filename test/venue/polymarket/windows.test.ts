/** The open window of each series and its strike, found over loopback. */
import { Subscription, of } from "rxjs";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Market,
  MICRO,
  type ReferencePrice,
  epochMs,
  monotonicMs,
  referencePrice,
} from "../../../src/types/index.ts";
import {
  type Discovery,
  type Series,
  type Window,
  discovery,
} from "../../../src/venue/polymarket/index.ts";
import { type StubServer, stubServer } from "../stubServer.ts";
import { fixture } from "./support.ts";
import { systemScheduler } from "../../../src/runtimes/system.ts";
import { PATIENCE_MS, until } from "../../support/patience.ts";
import { seriesOf } from "../../support/series.ts";

type Json = Readonly<Record<string, unknown>>;

const [EVENT] = JSON.parse(fixture("gamma", "event.json")) as [Json & { markets: [Json] }];
const CLOB = JSON.parse(fixture("rest", "clob_market.json")) as Json;
/** The start of the fixture's window, of the 15 m series. */
const OPENS_AT = Date.parse(String(EVENT.markets[0]["eventStartTime"]));

/** The fixture's event under another name, from another moment on, with or without a strike. */
function eventOf(slug: string, opensAt: number, priceToBeat: number | null): Json {
  const [market] = EVENT.markets;
  const times = { eventStartTime: iso(opensAt), endDate: iso(opensAt + 3_600_000) };
  return {
    ...EVENT,
    slug,
    markets: [{ ...market, slug, ...times }],
    eventMetadata: priceToBeat === null ? null : { priceToBeat },
  };
}
const iso = (ms: number): string => new Date(ms).toISOString();

interface Found {
  readonly server: StubServer;
  readonly markets: readonly Market[];
  readonly waiting: ReadonlySet<string>;
  readonly listings: Discovery["listings"];
}

const running: Subscription[] = [];
const servers: StubServer[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) each.unsubscribe();
  await Promise.all(servers.splice(0).map((each) => each.close()));
});

interface Given {
  readonly series: Series;
  /** Further ones. */
  readonly also?: readonly Series[];
  readonly now: number;
  readonly gamma: (slug: string) => readonly Json[];
  readonly strikeOf?: (window: Window) => ReferencePrice | string;
}

async function discovered({ series, now, gamma, strikeOf, also = [] }: Given): Promise<Found> {
  const server = await stubServer(({ path }, response) => {
    const slug = new URL(`http://stub${path}`).searchParams.get("slug");
    response.end(JSON.stringify(slug === null ? CLOB : gamma(slug)));
  });
  servers.push(server);
  const markets: Market[] = [];
  const waiting = new Set<string>();
  const beganAt = performance.now();
  const { market$, attempt$, listings } = discovery(
    {
      gamma: server.origin,
      origin: server.origin,
      series: [series, ...also],
      strikeOf: (window) => of(strikeOf?.(window) ?? "the strike is unknown"),
      onDecodeWarning: () => undefined,
      timing: { pollMs: 20, answerMs: PATIENCE_MS },
    },
    {
      clock: {
        now: () => ({
          epochMs: epochMs(now + performance.now() - beganAt),
          monotonicMs: monotonicMs(performance.now()),
        }),
      },
      scheduler: systemScheduler,
    },
  );
  running.push(attempt$.subscribe(({ why }) => why !== null && waiting.add(why)));
  running.push(market$.subscribe((market) => markets.push(market)));
  return { server, markets, waiting, listings };
}

const CANDLE = referencePrice(64_000 * MICRO);

describe("a window", () => {
  it("is found by its name, with the strike that Gamma publishes", async () => {
    const it = await discovered({
      series: seriesOf("btc-updown-15m"),
      now: OPENS_AT + 60_000,
      gamma: (slug) => [eventOf(slug, OPENS_AT, 65_432.1)],
      strikeOf: () => CANDLE,
    });
    await until(() => it.markets.length > 0);

    expect(it.markets).toMatchObject([
      { slug: `btc-updown-15m-${OPENS_AT / 1_000}`, opensAt: OPENS_AT, strike: 65_432_100_000 },
    ]);
    expect([...it.listings.keys()]).toEqual([it.markets[0]?.id]);
  });

  it("for which Gamma has no strike takes the one of strikeOf", async () => {
    const asked: Window[] = [];
    const it = await discovered({
      series: seriesOf("btc-updown-1h"),
      now: OPENS_AT + 60_000,
      gamma: (slug) => [eventOf(slug, OPENS_AT, null)],
      strikeOf: (window) => {
        asked.push(window);
        return CANDLE;
      },
    });
    await until(() => it.markets.length > 0);

    expect(it.markets).toMatchObject([{ opensAt: OPENS_AT, strike: CANDLE }]);
    expect(asked[0]).toEqual(seriesOf("btc-updown-1h").windowsAt(epochMs(OPENS_AT))[0]);
  });

  it("without any strike is not emitted yet, with the reason", async () => {
    let isKnown = false;
    const it = await discovered({
      series: seriesOf("btc-updown-15m"),
      now: OPENS_AT + 60_000,
      gamma: (slug) => [eventOf(slug, OPENS_AT, isKnown ? 65_000 : null)],
    });
    const slug = `btc-updown-15m-${OPENS_AT / 1_000}`;
    await until(() => it.waiting.has(`${slug}: the strike is unknown`));
    expect(it.markets).toEqual([]);
    expect(it.listings.size).toBe(0);

    isKnown = true;
    await until(() => it.markets.length > 0);
    expect(it.markets).toMatchObject([{ strike: 65_000_000_000 }]);
  });

  it("of the repeated hour is not confused with the one before it, which has the same name", async () => {
    const first = Date.parse("2026-11-01T05:00:00Z");
    const second = Date.parse("2026-11-01T06:00:00Z");
    const it = await discovered({
      series: seriesOf("btc-updown-1h"),
      now: second + 60_000,
      gamma: (slug) => [eventOf(slug, first, 65_000)],
    });
    await until(() => it.waiting.size > 0);

    expect([...it.waiting]).toEqual([
      "bitcoin-up-or-down-november-1-2026-1am-et: its name is that of another window",
    ]);
    expect(it.markets).toEqual([]);
  });

  it("of four hours in winter is found under either name", async () => {
    const opensAt = Date.parse("2026-12-31T21:00:00Z");
    const it = await discovered({
      series: seriesOf("btc-updown-4h"),
      now: Date.parse("2026-12-31T22:00:00Z"),
      gamma: (slug) =>
        slug.endsWith(String(opensAt / 1_000)) ? [eventOf(slug, opensAt, 65_000)] : [],
    });
    await until(() => it.markets.length > 0);

    expect(it.markets).toMatchObject([{ opensAt, slug: `btc-updown-4h-${opensAt / 1_000}` }]);
    expect([...it.waiting]).toEqual([
      `btc-updown-4h-${Date.parse("2026-12-31T20:00:00Z") / 1_000}: not listed`,
    ]);
  });
});

it("several series are found side by side, each market with its series and its coin, each waiting for itself", async () => {
  const it = await discovered({
    series: seriesOf("btc-updown-15m"),
    also: [seriesOf("eth-updown-15m"), seriesOf("sol-updown-15m")],
    now: OPENS_AT + 60_000,
    gamma: (slug) => (slug.startsWith("sol") ? [] : [eventOf(slug, OPENS_AT, 65_000)]),
  });
  await until(() => it.markets.length > 1 && it.waiting.size > 0);

  const start = OPENS_AT / 1_000;
  expect(it.markets.toSorted((a, b) => a.slug.localeCompare(b.slug))).toMatchObject([
    { slug: `btc-updown-15m-${start}`, series: "btc-updown-15m", coin: "btc" },
    { slug: `eth-updown-15m-${start}`, series: "eth-updown-15m", coin: "eth" },
  ]);
  expect([...it.waiting]).toEqual([`sol-updown-15m-${start}: not listed`]);
});
