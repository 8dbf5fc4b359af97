/** The last two lines of a run and its exit code: one table, one summary, no contradiction. */
import { describe, expect, it } from "vitest";
import { EXIT_CLEAN, EXIT_REFUSED, EXIT_UNSAFE } from "../../src/cli/command.ts";
import { EXITS } from "../../src/cli/startCommand.ts";
import { initialState } from "../../src/executor/index.ts";
import { eventLog } from "../../src/observers/eventLog.ts";
import {
  type Refused,
  type Summary,
  endLines,
  summaryCounter,
  verdictOf,
} from "../../src/observers/index.ts";
import type { Log } from "../../src/types/index.ts";
import { UNHALTED, config, instant, market as marketOf, working } from "../support/builders.ts";

const REFUSED: Refused = { reason: "restricted", text: "not in your region", count: 3 };
const EMPTY = summaryCounter(() => 0, "sim").summary();
const places = (acked: number, unknown = 0): Summary["places"] => ({
  ...EMPTY.places,
  decided: 3,
  sent: 3,
  acked,
  unknown,
  rejected: 3 - acked - unknown,
});

const CLEAN = "ended: nothing of ours rests";
const NOTHING_QUOTED = "nothing was quoted: refused for good";
const MAY_REST = "ended: orders may rest at the venue";
const rows: readonly (readonly [string, Partial<Summary>, code: number, text: string])[] = [
  ["nothing happened", {}, EXIT_CLEAN, CLEAN],
  ["orders were taken", { places: places(3), fills: 1 }, EXIT_CLEAN, CLEAN],
  ["all was refused", { refused: REFUSED, places: places(0) }, EXIT_REFUSED, NOTHING_QUOTED],
  ["refused after one was taken", { refused: REFUSED, places: places(1) }, EXIT_CLEAN, CLEAN],
  ["refused, but one not answered", { refused: REFUSED, places: places(0, 1) }, EXIT_CLEAN, CLEAN],
  ["refused, but matched", { refused: REFUSED, places: places(0), fills: 1 }, EXIT_CLEAN, CLEAN],
  [
    "no market was found",
    { failing: [{ source: "discovery", cause: "HTTP 500", tries: 10 }] },
    EXIT_REFUSED,
    "nothing was traded: no market was found",
  ],
  [
    "the venue's clock was not read",
    { failing: [{ source: "clock", cause: "HTTP 500", tries: 10 }] },
    EXIT_CLEAN,
    CLEAN,
  ],
  ["orders may rest", { openAtVenue: null }, EXIT_UNSAFE, MAY_REST],
  ["refused, and may rest", { openAtVenue: null, refused: REFUSED }, EXIT_UNSAFE, MAY_REST],
  [
    "the summary has missed outputs",
    { openAtVenue: null, outputsMissed: 2 },
    EXIT_UNSAFE,
    "ended: outputs were missed, so orders may rest at the venue",
  ],
  [
    "the kill switch has tripped, and verified",
    { lawsBroken: 1 },
    EXIT_UNSAFE,
    "ended by the kill switch: nothing of ours rests",
  ],
  [
    "the kill switch has tripped, and given up",
    { lawsBroken: 1, openAtVenue: null, refused: REFUSED },
    EXIT_UNSAFE,
    "ended by the kill switch: orders may rest at the venue",
  ],
];

describe("the end of a run", () => {
  it.each(rows)("%s", (_, changed, code, text) => {
    const summary = { ...EMPTY, ...changed };
    const [figures, last] = endLines(summary);

    expect(last.text).toBe(text);
    expect(last.level).toBe(code === EXIT_CLEAN ? "info" : "error");
    expect(EXITS[verdictOf(summary)]).toBe(code);
    // Neither line says that nothing rests where the other does not.
    expect(figures.text).toBe("summary");
    expect(figures.facts["openAtVenue"]).toBe(summary.openAtVenue);
    if (summary.openAtVenue === null) expect(last.text).toMatch(/may rest/);
    else expect(last.text).not.toMatch(/may rest/);
  });

  it("names what failed at finding a market, whatever else fails", () => {
    const clock = { source: "clock", cause: "GET /time: HTTP 500", tries: 2 } as const;
    const discovery = { source: "discovery", cause: "GET /events: HTTP 403", tries: 10 } as const;
    expect(endLines({ ...EMPTY, failing: [clock, discovery] })[1].facts).toEqual(discovery);
  });

  it("sums up in dollars with two places", () => {
    const model = { unrealised: 0, mark: 0 };
    const pnlUsdc = { realised: 1.234, fees: 0.5, unrealised: -0.1, mark: 3, model };
    const [{ facts }] = endLines({ ...EMPTY, pnlUsdc, runtimeMs: 61_234 });
    expect(facts).toMatchObject({
      ran: "61.2s",
      pnl: "0.63",
      realised: "1.23",
      unrealised: "-0.10",
      fees: "0.50",
    });
  });
});

it("a log that has missed outputs names no order where the summary has heard the proof", () => {
  const said: string[] = [];
  const say = (_: unknown, text: string): unknown => said.push(text);
  const log: Log = { debug: () => undefined, info: say, warn: say, error: say };
  let openAtVenue: 0 | null = null;
  const reader = eventLog(
    log,
    config(),
    () => ({ ...EMPTY, openAtVenue }),
    () => 0,
  );
  const market = marketOf();
  const AN_ORDER = working("BUY YES 20 @ 0.4");
  const state = {
    ...initialState(market, instant(0), UNHALTED),
    working: { [AN_ORDER.id]: AN_ORDER },
  };
  const input = { seq: 1, at: instant(0), event: { type: "clock.ticked" } } as const;
  const transition = { input, state, effects: [] };
  reader.read({ type: "transition.made", market: market.id, transition });

  reader.end();
  expect(said).toContain("order may rest at the venue");

  said.length = 0;
  openAtVenue = 0;
  reader.missed(3);
  reader.end();
  expect(said).toEqual(["market result"]);
});
