import { describe, expect, it } from "vitest";
import { random } from "../../../src/sim/exchange/random.ts";
import {
  CALM,
  type Conditions,
  controlled,
  controlWire,
} from "../../../src/sim/server/control/conditions.ts";
import {
  drawFrameDelaysMs,
  drawRequestFaults,
  NO_REQUEST_FAULTS,
} from "../../../src/sim/server/control/faultDraws.ts";
import { after } from "../../../src/types/index.ts";
import { START } from "./served.ts";

const headers = new Map([["poly_api_key", "some"]]);
const PLACE = { method: "POST", path: "/order", headers };
const CANCEL = { method: "DELETE", path: "/cancel-all", headers };
const READ = { method: "GET", path: "/data/orders", headers };

const given = (...commands: readonly object[]): Conditions =>
  commands.reduce<Conditions>(
    (reached, command) => controlled(reached, controlWire.parse(command), START),
    CALM,
  );
const drawn = (conditions: Conditions, asked = PLACE, at = START, seed = 1) =>
  Array.from({ length: 400 }, (_, index) =>
    drawRequestFaults(asked, conditions, at, random(seed).fork(`request ${index}`)),
  );
const shareOf = <T>(all: readonly T[], isSo: (one: T) => boolean): number =>
  all.filter(isSo).length / all.length;

describe("the faults of a request", () => {
  it("are none while nothing is set", () => {
    for (const one of drawn(CALM)) expect(one).toEqual(NO_REQUEST_FAULTS);
  });

  it("lose the request or its answer, at the given ratio", () => {
    const before = drawn(given({ do: "loseRequest", ratio: 0.25 }));
    expect(shareOf(before, ({ carriedOutAfterMs }) => carriedOutAfterMs === null)).toBeCloseTo(
      0.25,
      1,
    );
    expect(
      before.every((one) => (one.carriedOutAfterMs === null) === (one.instead === "reset")),
    ).toBe(true);
    const behind = drawn(given({ do: "loseAnswer", ratio: 0.25 }));
    expect(shareOf(behind, ({ instead }) => instead === "reset")).toBeCloseTo(0.25, 1);
    expect(behind.every(({ carriedOutAfterMs }) => carriedOutAfterMs === 0)).toBe(true);
  });

  it("fail it in the venue's words; 500 and 502 are carried out half the time", () => {
    const failing = (status: number) => drawn(given({ do: "fail", ratio: 1, status }));
    for (const status of [425, 429, 503]) {
      expect(failing(status).every(({ carriedOutAfterMs }) => carriedOutAfterMs === null)).toBe(
        true,
      );
      expect(failing(status)[0]?.instead).toMatchObject({ status });
    }
    for (const status of [500, 502])
      expect(
        shareOf(failing(status), ({ carriedOutAfterMs }) => carriedOutAfterMs === 0),
      ).toBeCloseTo(0.5, 1);
  });

  it("delay the answer within the range", () => {
    const delays = drawn(given({ do: "delay", ratio: 1, minMs: 100, maxMs: 300 })).map(
      ({ answeredAfterMs }) => answeredAfterMs,
    );
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...delays)).toBeLessThanOrEqual(300);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(150);
  });

  it("book places late, and leave half of them without an answer", () => {
    const conditions = given({ do: "bookLate", ratio: 1, minMs: 1_000, maxMs: 8_000 });
    const late = drawn(conditions);
    expect(late.every(({ carriedOutAfterMs }) => (carriedOutAfterMs ?? 0) >= 1_000)).toBe(true);
    expect(shareOf(late, ({ instead }) => instead === "reset")).toBeCloseTo(0.5, 1);
    expect(drawn(conditions, CANCEL)).toEqual(drawn(CALM));
  });

  it("concern only requests of their scope", () => {
    const reset = { instead: "reset" };
    for (const [of, hit] of [
      ["orders", PLACE],
      ["cancels", CANCEL],
      ["reads", READ],
    ] as const) {
      const conditions = given({ do: "loseAnswer", ratio: 1, of });
      for (const asked of [PLACE, CANCEL, READ]) {
        const [one] = drawn(conditions, asked);
        if (asked === hit) expect(one).toMatchObject(reset);
        else expect(one).toEqual(NO_REQUEST_FAULTS);
      }
    }
  });

  it("are the same for the same seed, and none shifts what another draws", () => {
    const lag = { do: "lagBalances", ratio: 0.5, minMs: 1, maxMs: 4_000 };
    const one = given(lag);
    const both = given(lag, { do: "loseAnswer", ratio: 0.5 });
    const ages = (conditions: Conditions, seed = 1) =>
      drawn(conditions, PLACE, START, seed).map(({ balanceAgeMs }) => balanceAgeMs);
    expect(ages(both)).toEqual(ages(one));
    expect(ages(one, 2)).not.toEqual(ages(one));
  });

  it("end after `forMs`, at ratio 0, and when cleared", () => {
    const conditions = given({ do: "loseAnswer", ratio: 1, forMs: 5_000 });
    expect(drawn(conditions, PLACE, after(START, 4_999))[0]?.instead).toBe("reset");
    expect(drawn(conditions, PLACE, after(START, 5_000))).toEqual(drawn(CALM));
    for (const end of [{ do: "loseAnswer", ratio: 0 }, { do: "clear" }])
      expect(drawn(given({ do: "loseAnswer", ratio: 1 }, end))).toEqual(drawn(CALM));
  });

  it("are dropped by the first command after their time", () => {
    const conditions = given({ do: "loseAnswer", ratio: 1, forMs: 5_000 });
    const next = controlWire.parse({ do: "freeze", channel: "user" });
    expect(controlled(conditions, next, after(START, 4_999)).faults).toHaveLength(2);
    expect(controlled(conditions, next, after(START, 5_000)).faults).toHaveLength(1);
  });

  it("follow the last command for each name and scope", () => {
    const words = Array.from({ length: 50 }, (_, at) => ({ do: "loseAnswer", ratio: at / 50 }));
    expect(given(...words).faults).toMatchObject([{ ratio: 49 / 50 }]);
    expect(
      given({ do: "freeze", channel: "user" }, { do: "freeze", channel: "market" }).faults,
    ).toHaveLength(2);
  });
});

describe("the faults of a frame", () => {
  const delays = (conditions: Conditions, channel: "market" | "user" = "user") =>
    Array.from({ length: 400 }, (_, index) =>
      drawFrameDelaysMs(channel, conditions, START, random(1).fork(`frame ${index}`)),
    );

  it("lose, delay or duplicate it at the given ratio, on their channel alone", () => {
    const range = { minMs: 200, maxMs: 400 };
    const lost = given({ do: "loseFrames", channel: "user", ratio: 0.25 });
    expect(shareOf(delays(lost), (one) => one.length === 0)).toBeCloseTo(0.25, 1);
    expect(new Set(delays(lost, "market").flat())).toEqual(new Set([0]));
    const late = given({ do: "delayFrames", channel: "user", ratio: 0.5, ...range });
    expect(shareOf(delays(late), ([ms = 0]) => ms >= 200 && ms <= 400)).toBeCloseTo(0.5, 1);
    const doubled = given({ do: "duplicateFrames", channel: "user", ratio: 0.5, ...range });
    expect(shareOf(delays(doubled), (one) => one.length === 2)).toBeCloseTo(0.5, 1);
    expect(delays(doubled).every(([first]) => first === 0)).toBe(true);
  });
});
