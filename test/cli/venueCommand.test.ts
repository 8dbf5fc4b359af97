import { describe, expect, it } from "vitest";
import { venueConfig } from "../../src/cli/venueCommand.ts";
import { ConfigError } from "../../src/types/index.ts";

const slugs = (...args: readonly string[]) => venueConfig(args)?.series.map(({ slug }) => slug);

describe("the venue's options", () => {
  it("default to the real venue's figures", () => {
    expect(venueConfig([])?.scenario).toMatchObject({
      fee: { rateBp: 700, exponent: 1 },
      takerDelayMs: 150,
      windowsAhead: 1,
      resolvedAfterMs: 55_000,
      selfTrade: "allow",
    });
    expect(venueConfig(["--fees", "0", "--taker-delay", "0"])?.scenario).toMatchObject({
      fee: null,
      takerDelayMs: 0,
    });
  });

  it("name the series, or one series of windows of any length", () => {
    expect(slugs()).toEqual(["btc-up-or-down-5m", "btc-up-or-down-15m", "btc-up-or-down-hourly"]);
    expect(slugs("--series", "btc-updown-1h", "--series", "btc-updown-5m")).toEqual([
      "btc-up-or-down-hourly",
      "btc-up-or-down-5m",
    ]);
    expect(slugs("--window", "20")).toEqual(["btc-up-or-down-20s"]);
  });

  it.each([
    ["--series", "btc-updown-4h"],
    ["--window", "0"],
    ["--window", "20", "--series", "btc-updown-5m"],
    ["--resolution", "601"],
    ["--taker-delay", "-1"],
    ["--fees", "1"],
  ])("are refused out of range: %s %s", (...args) => {
    expect(() => venueConfig(args)).toThrow(ConfigError);
  });

  it("ask for the usage text", () => {
    expect(venueConfig(["--help"])).toBeNull();
  });
});
