/** Names of the windows that are open at a moment; New York's clock and its changes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epochMs } from "../../../src/types/index.ts";
import { SERVED_SERIES } from "../../../src/sim/server/index.ts";
import {
  SERIES,
  type SeriesName,
  namesOf,
  rollingSeries,
} from "../../../src/venue/polymarket/index.ts";
import { hasShared, sharedFile } from "./support.ts";
import { seriesOf } from "../../support/series.ts";

const at = (iso: string) => epochMs(Date.parse(iso));
const slugsAt = (series: SeriesName, iso: string): readonly string[] =>
  seriesOf(series)
    .windowsAt(at(iso))
    .map(({ slug }) => slug);

describe("a rolling window", () => {
  it.each<[SeriesName, string, string]>([
    ["btc-updown-5m", "2026-11-22T00:04:59.999Z", "btc-updown-5m-1795305600"],
    ["btc-updown-5m", "2026-11-22T00:05:00Z", "btc-updown-5m-1795305900"],
    ["btc-updown-15m", "2026-10-05T23:14:00Z", "btc-updown-15m-1791241200"],
    ["eth-updown-5m", "2026-11-22T00:05:00Z", "eth-updown-5m-1795305900"],
    ["sol-updown-15m", "2026-10-05T23:14:00Z", "sol-updown-15m-1791241200"],
    ["xrp-updown-4h", "2026-05-31T23:59:59Z", "xrp-updown-4h-1780257600"],
  ])("%s at %s is %s", (series, iso, slug) => {
    expect(slugsAt(series, iso)).toEqual([slug]);
  });

  it("of any length has its length in its name", () => {
    const windows = rollingSeries(20_000).windowsAt(at("2026-11-22T00:00:25Z"));
    expect(windows.map(({ slug }) => slug)).toEqual(["btc-updown-20s-1795305620"]);
  });
});

describe("a window of four hours", () => {
  it("in summer is the same by New York and by UTC", () => {
    // 1780257600 is 2026-05-31T20:00Z, four in the afternoon in New York.
    expect(slugsAt("btc-updown-4h", "2026-05-31T23:59:59Z")).toEqual(["btc-updown-4h-1780257600"]);
  });

  it("in winter has two candidates: the venue's grid in winter is not known", () => {
    // The UTC grid has 20:00Z; New York's has 21:00Z, which is four in the afternoon there.
    expect(slugsAt("btc-updown-4h", "2026-12-31T22:30:00Z")).toEqual([
      `btc-updown-4h-${at("2026-12-31T20:00:00Z") / 1_000}`,
      `btc-updown-4h-${at("2026-12-31T21:00:00Z") / 1_000}`,
    ]);
    expect(slugsAt("btc-updown-4h", "2026-12-31T20:30:00Z")).toEqual([
      `btc-updown-4h-${at("2026-12-31T20:00:00Z") / 1_000}`,
      `btc-updown-4h-${at("2026-12-31T17:00:00Z") / 1_000}`,
    ]);
  });
});

describe("an hourly window", () => {
  it.each([
    ["2026-11-22T00:00:00Z", "november-21-2026-7pm"],
    ["2026-10-05T23:30:00Z", "october-5-2026-7pm"],
    ["2026-07-04T04:00:00Z", "july-4-2026-12am"],
    ["2026-07-04T16:59:59Z", "july-4-2026-12pm"],
    ["2027-01-01T04:59:59Z", "december-31-2026-11pm"],
    ["2027-01-01T05:00:00Z", "january-1-2027-12am"],
    // Spring: one o'clock is followed by three.
    ["2026-03-08T06:59:59Z", "march-8-2026-1am"],
    ["2026-03-08T07:00:00Z", "march-8-2026-3am"],
    // Autumn: one o'clock comes twice.
    ["2026-11-01T04:00:00Z", "november-1-2026-12am"],
    ["2026-11-01T05:00:00Z", "november-1-2026-1am"],
    ["2026-11-01T06:00:00Z", "november-1-2026-1am"],
    ["2026-11-01T07:00:00Z", "november-1-2026-2am"],
  ])("at %s is named %s", (iso, name) => {
    expect(slugsAt("btc-updown-1h", iso)).toEqual([`bitcoin-up-or-down-${name}-et`]);
  });

  it.each<[SeriesName, string]>([
    ["btc-updown-1h", "bitcoin"],
    ["eth-updown-1h", "ethereum"],
    ["sol-updown-1h", "solana"],
    ["xrp-updown-1h", "xrp"],
  ])("of %s is named in words: %s", (series, word) => {
    const slugs = slugsAt(series, "2026-07-04T16:59:59Z");
    expect(slugs).toEqual([`${word}-up-or-down-july-4-2026-12pm-et`]);
  });

  it("of the repeated hour is distinguished by its start", () => {
    const beginnings = ["2026-11-01T05:10:00Z", "2026-11-01T06:10:00Z"].map(
      (iso) => seriesOf("btc-updown-1h").windowsAt(at(iso))[0]?.opensAt,
    );
    expect(beginnings).toEqual([at("2026-11-01T05:00:00Z"), at("2026-11-01T06:00:00Z")]);
  });

  it("has a name of its own, but for the repeated hour", () => {
    const firstHour = at("2026-01-01T00:00:00Z") / 3_600_000;
    const hours = fc.integer({ min: firstHour, max: firstHour + 24 * 365 * 5 });
    fc.assert(
      fc.property(hours, (hour) => {
        const name = (h: number) =>
          seriesOf("btc-updown-1h").windowsAt(epochMs(h * 3_600_000))[0]?.slug;
        const isAutumnNight = /november-\d-\d+-1am/.test(name(hour) ?? "");
        if (!isAutumnNight) expect(name(hour + 1)).not.toBe(name(hour));
      }),
    );
  });
});

interface SlugFacts {
  readonly slugExamples: readonly Readonly<Record<string, string>>[];
}

describe("every series", () => {
  it("is known by its name: four of each coin, which are served by the same names", () => {
    const spans = ["5m", "15m", "1h", "4h"];
    const names = ["btc", "eth", "sol", "xrp"].flatMap((coin) =>
      spans.map((span) => `${coin}-updown-${span}`),
    );
    expect([...SERIES.keys()]).toEqual(names);
    for (const [name, series] of SERIES) {
      expect(series).toMatchObject({ name, coin: name.slice(0, 3) });
      expect(SERVED_SERIES.get(name)).toMatchObject({
        coin: series.coin,
        windowMs: series.windowMs,
        settledBy: series.settledBy,
      });
    }
  });

  it.each([
    ["btc", "BTCUSDT", "btcusd"],
    ["eth", "ETHUSDT", "ethusd"],
    ["sol", "SOLUSDT", "solusd"],
    ["xrp", "XRPUSDT", "xrpusd"],
  ] as const)("of %s is priced by %s and settled by %s", (coin, binance, settledIn) => {
    expect(namesOf(coin)).toMatchObject({ binance, settledIn });
  });

  it("has an open window at any time", () => {
    const moment = fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }).map(epochMs);
    fc.assert(
      fc.property(moment, fc.constantFrom(...SERIES.values()), (now, series) => {
        for (const { opensAt } of series.windowsAt(now)) {
          expect(opensAt).toBeLessThanOrEqual(now);
          expect(now - opensAt).toBeLessThan(series.windowMs);
        }
      }),
    );
  });

  it.skipIf(!hasShared)("has the names of the recorded examples (needs ../shared)", () => {
    const { slugExamples } = sharedFile("gamma-updown.json") as SlugFacts;
    for (const { utc = "", slug5m, slug15m, slug1h } of slugExamples) {
      if (slug5m) expect(slugsAt("btc-updown-5m", utc)).toEqual([slug5m]);
      if (slug15m) expect(slugsAt("btc-updown-15m", utc)).toEqual([slug15m]);
      if (slug1h) expect(slugsAt("btc-updown-1h", utc)).toEqual([slug1h]);
    }
    expect(slugExamples.length).toBeGreaterThan(1);
  });
});
