/** The rate limit headers, valid and malformed. [protocol 5.2] */
import { describe, expect, it } from "vitest";
import { type Allowance, epochMs } from "../../../src/types/index.ts";
import {
  allowanceOf,
  rateLimitHeaders,
} from "../../../src/venue/polymarket/decode/decodeAllowance.ts";

const NOW = epochMs(1_795_305_600_500);

const read = (
  headers: Readonly<Record<string, string | readonly string[]>>,
  status = 200,
  retryAfter: string | null = null,
): Allowance | null =>
  allowanceOf({ status, retryAfter, rateLimit: rateLimitHeaders(headers) }, NOW);

const NOTHING: Allowance = { tier: null, remaining: null, isOver: false, retryAfterMs: null };

describe("allowanceOf", () => {
  it("is null where all the headers are missing", () => {
    expect(read({ "content-type": "application/json", "retry-after": "7" })).toBeNull();
    expect(read({}, 503, "7")).toBeNull();
  });

  it.each<[string, Readonly<Record<string, string>>, Partial<Allowance>]>([
    ["tokens left", { "poly-ratelimit-remaining": "41" }, { remaining: 41 }],
    ["a debt", { "poly-ratelimit-remaining": "-2" }, { remaining: -2 }],
    ["part of a token, rounded down", { "poly-ratelimit-remaining": "3.9" }, { remaining: 3 }],
    ["part of a debt, rounded down", { "poly-ratelimit-remaining": "-0.1" }, { remaining: -1 }],
    ["the tier, however it is written", { "poly-ratelimit-tier": " Silver " }, { tier: "silver" }],
    ["a reset on an accepted request: no wait", { "poly-ratelimit-reset": "1795305700" }, {}],
    ["a warning: the limit is exceeded", { "poly-ratelimit-warning": "true" }, { isOver: true }],
    [
      "no warning",
      { "poly-ratelimit-warning": "false", "poly-ratelimit-remaining": "1" },
      { remaining: 1 },
    ],
    [
      "malformed headers",
      { "poly-ratelimit-remaining": "many", "poly-ratelimit-reset": "soon" },
      {},
    ],
  ])("%s", (_what, headers, expected) => {
    expect(read(headers)).toEqual({ ...NOTHING, ...expected });
  });

  it("the wait: Retry-After, else until the reset, else unknown", () => {
    const over = { ...NOTHING, isOver: true };
    const reset = { "poly-ratelimit-reset": "1795305603" };

    expect(read(reset, 429, "7")).toEqual({ ...over, retryAfterMs: 7_000 });
    expect(read(reset, 429)).toEqual({ ...over, retryAfterMs: 2_500 });
    expect(read({ "poly-ratelimit-reset": "1795305599" }, 429)).toEqual({
      ...over,
      retryAfterMs: 0,
    });
    expect(read({}, 429)).toEqual(over);
    expect(read({ ...reset, "poly-ratelimit-warning": "TRUE" })).toEqual({
      ...over,
      retryAfterMs: 2_500,
    });
  });
});
