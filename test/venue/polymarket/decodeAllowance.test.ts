/** The rate limit's headers, as they come and as they should not. [protocol 5.2] */
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

describe("what an answer says of our allowance", () => {
  it("is nothing where none of the headers came", () => {
    expect(read({ "content-type": "application/json", "retry-after": "7" })).toBeNull();
    expect(read({}, 503, "7")).toBeNull();
  });

  it.each<[string, Readonly<Record<string, string>>, Partial<Allowance>]>([
    ["tokens left", { "poly-ratelimit-remaining": "41" }, { remaining: 41 }],
    ["a debt", { "poly-ratelimit-remaining": "-2" }, { remaining: -2 }],
    [
      "part of a token, which buys nothing",
      { "poly-ratelimit-remaining": "3.9" },
      { remaining: 3 },
    ],
    [
      "part of a debt, which is paid whole",
      { "poly-ratelimit-remaining": "-0.1" },
      { remaining: -1 },
    ],
    ["the tier, however it is written", { "poly-ratelimit-tier": " Silver " }, { tier: "silver" }],
    [
      "a reset of a request that was taken: nobody has to wait",
      { "poly-ratelimit-reset": "1795305700" },
      {},
    ],
    [
      "a warning: this would have been refused",
      { "poly-ratelimit-warning": "true" },
      { isOver: true },
    ],
    [
      "no warning",
      { "poly-ratelimit-warning": "false", "poly-ratelimit-remaining": "1" },
      { remaining: 1 },
    ],
    [
      "words that make no sense",
      { "poly-ratelimit-remaining": "many", "poly-ratelimit-reset": "soon" },
      {},
    ],
  ])("%s", (_what, headers, said) => {
    expect(read(headers)).toEqual({ ...NOTHING, ...said });
  });

  it("how long to wait: Retry-After first, else the time of the reset, else nobody knows", () => {
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
