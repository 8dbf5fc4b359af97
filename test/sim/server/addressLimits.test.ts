import { request as httpRequest } from "node:http";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random } from "../../../src/sim/exchange/random.ts";
import { liveOrders } from "../../../src/sim/exchange/state.ts";
import { type AddressUsages, throttled } from "../../../src/sim/server/control/addressLimits.ts";
import {
  ADDRESSES_MAX,
  REQUEST_WAIT_MS_MAX,
  WAITING_REQUESTS_MAX,
} from "../../../src/sim/server/state/bounds.ts";
import { CALM } from "../../../src/sim/server/control/conditions.ts";
import type { Timers } from "../../../src/sim/server/state/timers.ts";
import { requestPipeline } from "../../../src/sim/server/requestPipeline.ts";
import { after, type EpochMs } from "../../../src/types/index.ts";
import { client, control, get, request, response, type Served, served, START } from "./served.ts";
import { until } from "../../support/patience.ts";

const HERE = "192.0.2.1";
const ELSEWHERE = "192.0.2.2";

/** Passes requests to the limits, as in `GET /ok`, and returns how long each waits or is refused for. */
function limiter(scale = 1) {
  let callers: AddressUsages = new Map();
  return {
    ask: (route: string, now: EpochMs = START, from = HERE) => {
      const verdict = throttled(callers, { from, route }, { enforcement: "enforced", scale }, now);
      callers = verdict.usages;
      const retryAfterS = verdict.refusal && Number(verdict.refusal.headers?.["Retry-After"]);
      return { afterMs: verdict.afterMs, retryAfterS };
    },
    callers: () => callers,
  };
}

const AT_ONCE = { afterMs: 0, retryAfterS: null };

/** How many requests pass at one time before one has to wait. */
function passingAtOnce(whats: readonly string[], scale = 1): number {
  const { ask } = limiter(scale);
  for (let count = 0; ; count += 1)
    if (ask(whats[count % whats.length] ?? "").afterMs > 0) return count;
}

describe("the limits of an address are the documented ones", () => {
  it.each([
    [9_000, ["GET /time"]],
    [9_000, ["GET /time", "GET /markets", "GET /fee-rate", "GET /order-scoring", "GET /nowhere"]],
    [100, ["GET /ok"]],
    [200, ["GET /balance-allowance"]],
    [50, ["GET /balance-allowance/update"]],
    [50, ["PUT /balance-allowance/update", "GET /balance-allowance/update"]],
    [1_500, ["GET /book"]],
    [500, ["POST /books"]],
    [1_500, ["GET /price"]],
    [500, ["POST /prices"]],
    [1_500, ["GET /midpoint"]],
    [500, ["POST /midpoints"]],
    [1_000, ["GET /prices-history"]],
    [200, ["GET /tick-size"]],
    [500, ["GET /data/orders"]],
    [500, ["GET /data/trades"]],
    [900, ["GET /data/orders", "GET /data/trades"]],
    [900, ["GET /data/order/0x1", "GET /data/order/0x2"]],
    [125, ["GET /notifications", "DELETE /notifications"]],
    [100, ["GET /auth/derive-api-key", "POST /auth/api-key", "GET /auth/ban-status/closed-only"]],
    [4_000, ["GET /gamma/tags"]],
    [500, ["GET /gamma/events", "GET /gamma/events/keyset", "GET /gamma/events/slug/one"]],
    [300, ["GET /gamma/markets", "GET /gamma/markets/keyset", "GET /gamma/markets/slug/one"]],
    [350, ["GET /gamma/public-search"]],
    [5_000, ["POST /order"]],
    [5_000, ["DELETE /order"]],
    [2_000, ["POST /orders"]],
    [2_000, ["DELETE /orders"]],
    [250, ["DELETE /cancel-all"]],
    [1_500, ["DELETE /cancel-market-orders"]],
  ])("%i in ten seconds of %j", (limit, whats) => {
    expect(passingAtOnce(whats)).toBe(limit);
  });

  // The narrower limits together allow less, so these apply only where each of them is rounded up to 1.
  it.each([
    [15_000, ["GET /time", "GET /gamma/tags"]],
    [900, ["GET /gamma/events", "GET /gamma/markets"]],
  ])("%i in ten seconds of %j together", (limit, whats) => {
    expect(passingAtOnce(whats, 1.45 / limit)).toBe(1);
    expect(passingAtOnce(whats, 1.55 / limit)).toBe(2);
  });

  it.each([
    ["POST /order", 5_000, 120_000],
    ["DELETE /order", 5_000, 120_000],
    ["POST /orders", 2_000, 21_000],
    ["DELETE /orders", 2_000, 15_000],
    ["DELETE /cancel-all", 250, 6_000],
    ["DELETE /cancel-market-orders", 1_500, 21_000],
  ])("of %s in bursts of %i, and %i in ten minutes", (what, burst, sustained) => {
    const scale = 0.02;
    const { ask } = limiter(scale);
    let count = 0;
    for (let now = START; count < sustained * scale; now = after(now, 10_100))
      for (let at = 0; at < burst * scale && count < sustained * scale; at += 1) {
        expect(ask(what, now)).toEqual(AT_ONCE);
        count += 1;
      }
    const later = after(START, 300_000);
    // Ten minutes and one slot after the first request, less the time already waited.
    expect(ask(what, later)).toEqual({ afterMs: 2_000, retryAfterS: 606 - 300 - 2 });
    expect(ask(what, after(START, 606_000))).toEqual(AT_ONCE);
  });

  it("and none of them counts requests to Binance", () => {
    const { ask } = limiter(1e-9);
    for (let at = 0; at < 10; at += 1) expect(ask("GET /api/v3/time")).toEqual(AT_ONCE);
  });
});

describe("a request above a limit of its address", () => {
  it("waits for room, and is refused where room comes too late", () => {
    const { ask } = limiter(0.02);
    expect([ask("GET /ok"), ask("GET /ok")]).toEqual([AT_ONCE, AT_ONCE]);
    expect(ask("GET /ok")).toEqual({ afterMs: 2_000, retryAfterS: 9 });
    const soon = after(START, 10_100 - 1_999);
    expect(ask("GET /ok", soon)).toEqual({ afterMs: 1_999, retryAfterS: null });
    expect(ask("GET /ok", soon)).toEqual({ afterMs: 1_999, retryAfterS: null });
    // The two waiting requests take all the room until their slot leaves the window at 20.2 s.
    const left = Math.ceil((20_200 - 8_101 - 2_000) / 1_000);
    expect(ask("GET /ok", soon)).toEqual({ afterMs: 2_000, retryAfterS: left });
  });

  it("affects neither other routes nor other addresses", () => {
    const { ask } = limiter(0.01);
    ask("GET /ok");
    expect(ask("GET /ok").retryAfterS).not.toBeNull();
    expect(ask("GET /balance-allowance")).toEqual(AT_ONCE);
    expect(ask("GET /ok", START, ELSEWHERE)).toEqual(AT_ONCE);
  });

  it("is refused where too many others wait already", () => {
    const { ask } = limiter(0.01);
    ask("GET /ok");
    for (let at = 0; at < WAITING_REQUESTS_MAX; at += 1)
      expect(ask("GET /ok")).toEqual({ afterMs: REQUEST_WAIT_MS_MAX, retryAfterS: 9 });
    expect(ask("GET /ok")).toEqual({ afterMs: 0, retryAfterS: 11 });
    expect(ask("GET /ok", START, ELSEWHERE)).toEqual(AT_ONCE);
    const over = after(START, REQUEST_WAIT_MS_MAX);
    expect(ask("GET /ok", over).afterMs).toBe(REQUEST_WAIT_MS_MAX);
  });

  it("is counted until enough other addresses have sent requests", () => {
    const { ask, callers } = limiter(0.01);
    ask("GET /ok", START, "first");
    ask("GET /ok", START, "second");
    for (let at = 2; at < ADDRESSES_MAX; at += 1) ask("GET /ok", START, `caller ${at}`);
    expect(ask("GET /ok", START, "first")).not.toEqual(AT_ONCE);
    ask("GET /ok", START, "one more");
    expect(callers().size).toBe(ADDRESSES_MAX);
    expect(ask("GET /ok", START, "first")).not.toEqual(AT_ONCE);
    expect(ask("GET /ok", START, "second")).toEqual(AT_ONCE);
  });

  it("is counted in at most a hundred and one slots of each window", () => {
    const { ask, callers } = limiter();
    for (let ms = 0; ms < 30_000; ms += 50) ask("GET /time", after(START, ms));
    const lengths = [...callers().values()].flatMap(({ passed }) =>
      [...passed.values()].map((slots) => slots.length),
    );
    expect(Math.max(...lengths)).toBe(101);
  });

  it("passes in order, as soon as there is room, and never above the limit of any window", () => {
    // `POST /orders` has 4 in ten seconds, and 42 in ten minutes.
    const windows = [
      { limit: 4, ms: 10_000, lateMs: 100, earlyMs: 0 },
      // Requests pass this limit before the burst, so they may leave it up to that much earlier.
      { limit: 42, ms: 600_000, lateMs: 6_000, earlyMs: REQUEST_WAIT_MS_MAX },
    ];
    const gaps = fc.array(fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.constant(90_000)), {
      minLength: 100,
      maxLength: 200,
    });
    let [delayed, refused] = [0, 0];
    fc.assert(
      fc.property(gaps, (waits) => {
        const { ask } = limiter(0.002);
        const done: number[] = [];
        let now = START;
        for (const gap of waits) {
          now = after(now, gap);
          const { afterMs, retryAfterS } = ask("POST /orders", now);
          const hasRoom = windows.every(
            ({ limit, ms, lateMs }) => done.filter((at) => at > now - ms - lateMs).length < limit,
          );
          if (hasRoom) expect({ afterMs, retryAfterS }).toEqual(AT_ONCE);
          if (retryAfterS === null) done.push(now + afterMs);
          if (retryAfterS !== null) refused += 1;
          else if (afterMs > 0) delayed += 1;
        }
        expect(done).toEqual(done.toSorted((one, other) => one - other));
        for (const { limit, ms, earlyMs } of windows)
          for (const [index, at] of done.entries())
            expect(at - (done[index - limit] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(
              ms - earlyMs,
            );
      }),
      { numRuns: 100 },
    );
    expect(Math.min(delayed, refused)).toBeGreaterThan(100);
  });

  it("meets the burst limit when it is carried out, even after the ten-minute limit delayed it", () => {
    // `DELETE /orders` has 2 in ten seconds, and 15 in ten minutes.
    const { ask } = limiter(0.001);
    const at = (ms: number) => ask("DELETE /orders", after(START, ms));
    for (let count = 0; count < 15; count += 1)
      expect(at(10_100 * Math.floor(count / 2))).toEqual(AT_ONCE);
    for (let count = 0; count < 2; count += 1)
      expect(at(604_000)).toEqual({ afterMs: 2_000, retryAfterS: null });
    expect(at(614_100)).toEqual({ afterMs: 616_100 - 614_100, retryAfterS: null });
  });

  it("passes when it is sent again after its Retry-After", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 60 }), (gaps) => {
        const { ask } = limiter(0.002);
        let now = START;
        for (const gap of gaps) {
          now = after(now, gap);
          ask("POST /orders", now);
        }
        const { afterMs, retryAfterS } = ask("POST /orders", now);
        if (retryAfterS === null) return;
        const again = after(now, afterMs + retryAfterS * 1_000);
        expect(ask("POST /orders", again)).toEqual(AT_ONCE);
      }),
    );
  });

  it("is carried out before later ones on the same route, even where timers fire out of order", () => {
    const waiting: (() => void)[] = [];
    const timers: Timers = {
      after: (_, action) => waiting.push(action),
      cancelAll: () => undefined,
    };
    const done: string[] = [];
    const conditions = {
      ...CALM,
      addressLimits: { enforcement: "enforced", scale: 1 },
    } as const;
    const handle = requestPipeline(
      { answer: ({ body }) => done.push(body), control: () => null },
      {
        context: () => ({ conditions, now: START }),
        takerHits: () => {},
        timers,
        random: random(1),
        log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      },
    );
    const [query, headers] = [new Map<string, string>(), new Map<string, string>()];
    for (const body of ["first", "second", "third"])
      handle({ method: "POST", path: "/order", query, headers, body, from: HERE }, () => {});
    while (waiting.length > 0) waiting.pop()?.();
    expect(done).toEqual(["first", "second", "third"]);
  });
});

const LOW = ["BUY", "YES", 100, 20] as const;
/** Long enough for an answer over loopback to arrive, where one comes. */
const soon = () => new Promise((resolve) => setTimeout(resolve, 30));
/** Resolves once the request that was just made has reached the venue. */
async function arrival(venue: Served): Promise<void> {
  const before = venue.requestCount();
  await until(() => venue.requestCount() > before);
}

const enforced = (venue: Served, scale: number): Promise<void> =>
  control(venue, { do: "addressLimits", enforcement: "enforced", scale });

/** An answer that comes after exactly `ms` of the venue's time. */
async function waited<T>(venue: Served, answer: Promise<T>, ms: number): Promise<T> {
  let isAnswered = false;
  void answer.finally(() => (isAnswered = true));
  await arrival(venue);
  venue.run(ms - 1);
  await soon();
  expect(isAnswered).toBe(false);
  venue.run(1);
  return answer;
}

describe("a venue with limits by address", () => {
  it("enforces none until a control command sets them, and none after one clears them", async () => {
    const venue = await served();
    const statuses = async () => {
      const answers = [];
      for (let at = 0; at < 120; at += 1) answers.push((await get(venue, "/ok")).status);
      return new Set(answers);
    };
    expect(await statuses()).toEqual(new Set([200]));
    for (const end of [
      { do: "clear" },
      { do: "addressLimits", enforcement: "off", scale: 0.01 },
    ] as const) {
      await enforced(venue, 0.01);
      expect((await get(venue, "/ok")).status).toBe(200);
      expect((await waited(venue, get(venue, "/ok"), 2_000)).status).toBe(429);
      await control(venue, end);
      expect(await statuses()).toEqual(new Set([200]));
    }
    // Requests from before they were set do not count.
    await enforced(venue, 0.01);
    expect((await get(venue, "/ok")).status).toBe(200);
  });

  it("delays a request above a limit, then refuses it with the venue's text and Retry-After", async () => {
    const venue = await served();
    await enforced(venue, 0.02);
    for (let at = 0; at < 2; at += 1) expect((await get(venue, "/ok")).status).toBe(200);
    const refused = await waited(venue, response(venue, "GET", "/ok"), 2_000);
    expect(refused).toMatchObject({ status: 429, body: { error: "Too Many Requests" } });
    expect(refused.headers.get("retry-after")).toBe("9");
    expect((await get(venue, "/time")).status).toBe(200);
    venue.run(9_000);
    expect((await get(venue, "/ok")).status).toBe(200);
  });

  it("carries out delayed requests in order, and refused ones never", async () => {
    const venue = await served();
    const us = await client(venue);
    const resting = () => liveOrders(venue.market(), us.owner).map(({ id }) => id);
    await enforced(venue, 0.0004);
    for (let at = 0; at < 2; at += 1) expect((await us.place(LOW)).status).toBe(200);
    const gone = us.signed(LOW);
    expect((await waited(venue, us.ask("POST", "/order", gone.body), 2_000)).status).toBe(429);
    const before = resting();
    expect(before).toHaveLength(2);
    venue.run(6_600);
    const delayed = [us.signed(LOW), us.signed(LOW)];
    const answers: ReturnType<typeof us.ask>[] = [];
    for (const { body } of delayed) {
      answers.push(us.ask("POST", "/order", body));
      await arrival(venue);
    }
    expect(resting()).toEqual(before);
    venue.run(1_500);
    expect((await Promise.all(answers)).map(({ body }) => body.orderID)).toEqual(
      delayed.map(({ id }) => id),
    );
    expect(resting()).toEqual([...before, ...delayed.map(({ id }) => id)]);
    await control(venue, { do: "clear" });
    expect((await us.ask("GET", `/data/order/${gone.id}`)).status).toBe(404);
  });

  // Only Linux gives loopback more than one address.
  it.skipIf(process.platform !== "linux")(
    "counts by the address that a connection comes from",
    async () => {
      const venue = await served();
      const statusFrom = (localAddress: string): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
          const outgoing = httpRequest(`${venue.at.rest}/ok`, { localAddress, agent: false });
          outgoing.on("error", reject).on("response", (answer) => {
            answer.resume();
            resolve(answer.statusCode);
          });
          outgoing.end();
        });
      await enforced(venue, 0.01);
      expect(await statusFrom("127.0.0.1")).toBe(200);
      expect(await statusFrom("127.0.0.2")).toBe(200);
      expect(await waited(venue, statusFrom("127.0.0.2"), 2_000)).toBe(429);
    },
  );

  it("enforces them from the time in a script", async () => {
    const venue = await served({
      scenario: { script: ["at 2s: addressLimits enforced scale=0.01"] },
    });
    for (let at = 0; at < 3; at += 1) expect((await get(venue, "/ok")).status).toBe(200);
    venue.run(2_000);
    expect((await get(venue, "/ok")).status).toBe(200);
    expect((await waited(venue, get(venue, "/ok"), 2_000)).status).toBe(429);
  });

  it("rejects a scale above 1 or of 0, and answers the settings", async () => {
    const venue = await served();
    const said = (fields: object) =>
      request(venue, "POST", "/control", {
        body: JSON.stringify({ do: "addressLimits", enforcement: "enforced", ...fields }),
      });
    expect((await said({})).body.addressLimits).toEqual({ enforcement: "enforced", scale: 1 });
    for (const wrong of [{ scale: 0 }, { scale: 1.1 }, { scale: -1 }, { enforcement: "warning" }])
      expect((await said(wrong)).status).toBe(400);
  });
});
