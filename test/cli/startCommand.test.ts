/** The exit code of a run, from its summary. */
import { describe, expect, it } from "vitest";
import { EXIT_CLEAN, EXIT_REFUSED, EXIT_UNSAFE } from "../../src/cli/command.ts";
import { exitCode } from "../../src/cli/startCommand.ts";
import type { Places, Refused } from "../../src/observers/index.ts";

const REFUSED: Refused = { reason: "restricted", text: "not in your region", count: 3 };
const places = (acked: number): Places => ({
  decided: 3,
  sent: 3,
  acked,
  rejected: 3 - acked,
  unknown: 0,
  notSent: 0,
});

describe("the exit code", () => {
  it.each([
    ["nothing was refused for good", 0, 0, null, 0, EXIT_CLEAN],
    [
      "everything was refused for good, and no order was ever taken",
      0,
      0,
      REFUSED,
      0,
      EXIT_REFUSED,
    ],
    ["everything is refused now, but an order was taken before", 0, 0, REFUSED, 1, EXIT_CLEAN],
    ["orders may rest, whatever was refused", 0, null, REFUSED, 0, EXIT_UNSAFE],
    ["a law was broken", 1, 0, REFUSED, 0, EXIT_UNSAFE],
  ] as const)("%s", (_, lawsBroken, openAtVenue, refused, acked, code) => {
    expect(exitCode({ lawsBroken, openAtVenue, refused, places: places(acked) })).toBe(code);
  });
});
