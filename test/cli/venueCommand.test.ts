import { describe, expect, it } from "vitest";
import { venueConfig } from "../../src/cli/venueCommand.ts";
import { ConfigError } from "../../src/types/index.ts";

const slugs = (...args: readonly string[]) => venueConfig(args).series.map(({ slug }) => slug);

describe("the venue's options", () => {
  it("default to the real venue's figures", () => {
    expect(venueConfig([]).scenario).toMatchObject({
      fee: { rateBp: 700, exponent: 1 },
      takerDelayMs: 150,
      windowsAhead: 1,
      resolvedAfterMs: 55_000,
      selfTrade: "allow",
    });
    expect(venueConfig(["--fees", "0", "--taker-delay", "0"]).scenario).toMatchObject({
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
    expect(slugs("--series", "eth-updown-5m,sol-updown-1h", "--series", "btc-updown-4h")).toEqual([
      "eth-up-or-down-5m",
      "solana-up-or-down-hourly",
      "btc-up-or-down-4h",
    ]);
    expect(slugs("--window", "20")).toEqual(["btc-up-or-down-20s"]);
  });

  it.each([
    ["--series", "btc-updown-1d"],
    ["--series", "btc-updown-5m,doge-updown-5m"],
    ["--window", "0"],
    ["--window", "20", "--series", "btc-updown-5m"],
    ["--resolution", "601"],
    ["--taker-delay", "-1"],
    ["--fees", "1"],
  ])("are refused out of range: %s %s", (...args) => {
    expect(() => venueConfig(args)).toThrow(ConfigError);
  });

  it("are refused all together, each by its name, with what is allowed", () => {
    const words =
      "--prot 8080 --unheard-of 5 --seed -1 --cash much --traders wild --host 0.0.0.0 --faults nowhere.txt --log-level x";
    const wrong = [...words.split(" "), "--at", "12s: freze user", "--at", "12s: drop the user"];

    expect(problems(wrong)).toEqual([
      "--prot: not an option; did you mean --port? See --help",
      "--unheard-of: not an option; see --help",
      `--seed: a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
      "--cash: a whole number of dollars from 0 to 1000000000",
      "--traders: one of calm, busy, recorded, toxic, empty",
      "--log-level: one of debug, info, warn, error, silent",
      "--faults: nowhere.txt: there is no such file",
      expect.stringMatching(/^--at: "at 12s: freze user": .*did you mean freeze\?$/),
      expect.stringMatching(/^--at: "at 12s: drop the user": /),
      "--host: 0.0.0.0 is not loopback, so others can reach it; add --public to allow that",
    ]);
  });

  it("may be an address of others only with --public", () => {
    expect(venueConfig(["--host", "0.0.0.0", "--public"])).toMatchObject({ isPublic: true });
  });
});

function problems(args: readonly string[]): readonly string[] {
  try {
    venueConfig(args);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
  }
  return [];
}
