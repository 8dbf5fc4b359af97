import { describe, expect, it } from "vitest";
import { parseScript } from "../../../src/sim/server/control/script.ts";
import { ConfigError } from "../../../src/types/index.ts";

describe("a script", () => {
  it.each([
    ["at 12s: freeze user for 8s", 12_000, { do: "freeze", channel: "user", forMs: 8_000 }],
    [
      "at 0s: mode restarting for 1.5m wiping",
      0,
      { do: "mode", mode: "restarting", forMs: 90_000, wipes: true },
    ],
    [
      "at 3s: addressLimits enforced scale=0.01",
      3_000,
      { do: "addressLimits", enforcement: "enforced", scale: 0.01 },
    ],
    ["at 250ms: limits warning gold", 250, { do: "limits", enforcement: "warning", tier: "gold" }],
    [
      "at 1h: delay 50% 100ms..2s of cancels",
      3_600_000,
      { do: "delay", ratio: 0.5, minMs: 100, maxMs: 2_000, of: "cancels" },
    ],
    ["at 5s: loseAnswer 7.5%", 5_000, { do: "loseAnswer", ratio: 0.075, of: "all" }],
    ["at 5s: fail 503 100%", 5_000, { do: "fail", ratio: 1, status: 503, of: "all" }],
    ["at 5s: drop market # and come back", 5_000, { do: "drop", channel: "market" }],
    ["at 5s: shutdown for 2s", 5_000, { do: "shutdown", forMs: 2_000 }],
    ["at 5s: skew checks=-20s", 5_000, { do: "skew", tellsMs: 0, checksMs: -20_000 }],
    ["at 1m: generation v2", 60_000, { do: "generation", generation: "v2" }],
    ["at 90s: resolve NO", 90_000, { do: "resolve", winner: "NO" }],
    ["  at 5s:   clear  ", 5_000, { do: "clear" }],
  ])("parses %s", (line, atMs, command) => {
    expect(parseScript([line])).toEqual([{ atMs, command }]);
  });

  it("may have comments and empty lines, and keeps the order of its lines", () => {
    const lines = ["# a bad day", "", "at 2s: clear", "at 1s: mode paused"];
    expect(parseScript(lines).map(({ atMs }) => atMs)).toEqual([2_000, 1_000]);
  });

  it("is refused with every line that is wrong", () => {
    const wrong = [
      "freeze user for 8s",
      "at noon: clear",
      "at -1s: clear",
      "at 1s: freeze the user",
      "at 1s: freeze user for ever",
      "at 1s: loseAnswer 101%",
      "at 1s: fail 5% 404",
      "at 1s: delay 5% 2s..1s",
      "at 1s: delay 5% 2s..99m",
      "at 1s: clear user",
      "at 1s: addressLimits warning",
      "at 1s: addressLimits enforced scale=2",
      "at 1s: ruin 5%",
    ];
    const refusal = () => parseScript(["at 1s: clear", ...wrong]);
    expect(refusal).toThrow(ConfigError);
    for (const line of wrong) expect(refusal).toThrow(line);
    expect(() => parseScript(["at 1s: clear"])).not.toThrow();
    expect(() => parseScript(Array.from({ length: 1_001 }, () => "at 1s: clear"))).toThrow(
      "more than 1000 lines",
    );
  });
});
