import { describe, expect, it } from "vitest";
import { client, control, get, request, served, type Client, type Reply } from "./served.ts";

const LOW = ["BUY", "YES", 100, 20] as const;
const DISABLED = "Trading is currently disabled. Check polymarket.com for updates";
const CANCEL_ONLY =
  "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.";
const POST_ONLY = "post-only mode: only post-only orders and cancels are allowed";
const failed = (status: number, error: string): Reply => ({ status, body: { error } });

/** Answers of every way to place, and of every way to cancel the resting order `id`. */
async function everyRoute(us: Client, id: string) {
  const market = JSON.parse(us.signed(LOW).body).order.tokenId as string;
  return {
    places: [
      await us.place(LOW),
      await us.place(LOW, { postOnly: true }),
      await us.ask("POST", "/orders", `[${us.signed(LOW).body}]`),
    ],
    cancels: [
      await us.ask("DELETE", "/order", { orderID: id }),
      await us.ask("DELETE", "/orders", [id]),
      await us.ask("DELETE", "/cancel-market-orders", { asset_id: market }),
      await us.ask("DELETE", "/cancel-all"),
    ],
  };
}

const all = (reply: Reply, { length }: readonly unknown[]) => Array.from({ length }, () => reply);

describe("a venue that is restarting", () => {
  it("refuses orders and cancels, and answers reads", async () => {
    const venue = await served();
    const us = await client(venue);
    const id = (await us.place(LOW)).body.orderID;
    await control(venue, { do: "mode", mode: "restarting", forMs: 5_000 });
    const { places, cancels } = await everyRoute(us, id);
    const refusal = failed(425, "service not ready");
    expect([...places, ...cancels]).toEqual(all(refusal, [...places, ...cancels]));
    expect((await us.heard("DELETE", "/cancel-all")).headers.get("retry-after")).toBe("5");
    expect((await us.ask("GET", `/data/order/${id}`)).body.status).toBe("LIVE");
    expect((await get(venue, "/time")).status).toBe(200);
    expect((await us.ask("POST", "/v1/heartbeats", { heartbeat_id: "" })).status).toBe(200);
  });

  it("admits only post-only orders for two minutes afterwards", async () => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, { do: "mode", mode: "restarting", forMs: 5_000 });
    venue.run(5_000);
    venue.run(41_000);
    const refused = await us.heard("POST", "/order", us.signed(LOW).body);
    expect(refused).toMatchObject({
      status: 503,
      body: { error: POST_ONLY, code: "post_only_mode", retry_after_seconds: 79 },
    });
    expect(refused.headers.get("retry-after")).toBe("79");
    const legs = [us.signed(LOW), us.signed(LOW, { postOnly: true })];
    const batch = await us.ask("POST", "/orders", `[${legs.map(({ body }) => body).join(",")}]`);
    expect(batch).toMatchObject({
      status: 200,
      body: [
        { success: false, errorMsg: POST_ONLY, orderID: "" },
        { success: true, status: "live", orderID: legs[1]?.id },
      ],
    });
    expect((await us.ask("DELETE", "/order", { orderID: legs[1]?.id })).body.canceled).toEqual([
      legs[1]?.id,
    ]);
    venue.run(78_900);
    expect((await us.place(LOW)).status).toBe(503);
    venue.run(200);
    expect((await us.place(LOW)).status).toBe(200);
  });

  it("keeps resting orders unless the command wipes them", async () => {
    const venue = await served();
    const us = await client(venue);
    const id = (await us.place(LOW)).body.orderID;
    await control(venue, { do: "mode", mode: "restarting" });
    expect((await us.ask("GET", `/data/order/${id}`)).body.status).toBe("LIVE");
    await control(venue, { do: "mode", mode: "restarting", wipes: true });
    expect((await us.ask("GET", `/data/order/${id}`)).body.status).toBe("CANCELED");
  });

  it("stops the simulated traders too", async () => {
    const venue = await served();
    venue.run(10_000);
    const known = venue.market();
    await control(venue, { do: "mode", mode: "restarting" });
    venue.run(10_000);
    expect(venue.market().book).toBe(known.book);
    await control(venue, { do: "mode", mode: "normal" });
    venue.run(10_000);
    expect(venue.market().book).not.toEqual(known.book);
  });
});

describe("a venue", () => {
  it("in cancel-only mode refuses every order", async () => {
    const venue = await served();
    const us = await client(venue);
    const id = (await us.place(LOW)).body.orderID;
    await control(venue, { do: "mode", mode: "cancelOnly" });
    const { places, cancels } = await everyRoute(us, id);
    expect(places).toEqual(all(failed(503, CANCEL_ONLY), places));
    expect(cancels.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(cancels[0]?.body.canceled).toEqual([id]);
  });

  it("that is paused refuses everything until the pause ends", async () => {
    const venue = await served();
    const us = await client(venue);
    const id = (await us.place(LOW)).body.orderID;
    await control(venue, { do: "mode", mode: "paused", forMs: 60_000 });
    const { places, cancels } = await everyRoute(us, id);
    const refusal = failed(503, DISABLED);
    expect([...places, ...cancels]).toEqual(all(refusal, [...places, ...cancels]));
    venue.run(60_000);
    expect((await us.ask("DELETE", "/cancel-all")).body.canceled).toEqual([id]);
  });
});

describe("the rate limits of a signer", () => {
  const limit = { do: "limits", enforcement: "enforced" } as const;
  const batch = (us: Client, { length }: { length: number }) =>
    `[${Array.from({ length }, () => us.signed(["BUY", "YES", 100, 5]).body).join(",")}]`;
  const said = (headers: Headers) =>
    ["remaining", "reset", "tier", "warning"].map((name) => headers.get(`poly-ratelimit-${name}`));

  it("send no headers while they are off", async () => {
    const venue = await served();
    const us = await client(venue);
    const { headers } = await us.heard("POST", "/order", us.signed(LOW).body);
    expect(said(headers)).toEqual([null, null, null, null]);
  });

  it("refuse a batch as a whole with Retry-After, and refill with time", async () => {
    const venue = await served();
    const [us, other] = [await client(venue), await client(venue, 2)];
    await control(venue, limit);
    const now = Math.ceil(venue.now() / 1_000);
    for (const left of ["45", "30", "15", "0"]) {
      const { status, headers } = await us.heard("POST", "/orders", batch(us, { length: 15 }));
      expect(status).toBe(200);
      expect(said(headers)).toEqual([left, String(now), "standard", null]);
    }
    const refused = await us.heard("POST", "/orders", batch(us, { length: 15 }));
    expect(refused).toMatchObject({ status: 429, body: { error: "Too Many Requests" } });
    expect(refused.headers.get("retry-after")).toBe("1");
    // The time to refill fifteen tokens at forty a second.
    expect(said(refused.headers)[1]).toBe(String(Math.ceil((venue.now() + 375) / 1_000)));
    venue.run(350);
    expect((await us.ask("POST", "/orders", batch(us, { length: 15 }))).status).toBe(429);
    expect(
      (await us.heard("POST", "/order", us.signed(LOW).body)).headers.get(
        "poly-ratelimit-remaining",
      ),
    ).toBe("13");
    // Neither the bucket of another signer nor the one for cancels has been charged.
    const { headers } = await other.heard("POST", "/order", other.signed(LOW).body);
    expect(said(headers)[0]).toBe("59");
    expect(said((await us.heard("DELETE", "/order", { orderID: "0x1" })).headers)[0]).toBe("119");
    expect((await us.ask("GET", "/data/orders")).status).toBe(200);
  });

  it("charge a cancel-all one token for every order, even below zero", async () => {
    const venue = await served();
    const us = await client(venue);
    for (let at = 0; at < 10; at += 1) await us.ask("POST", "/orders", batch(us, { length: 15 }));
    await control(venue, limit);
    const everything = await us.heard("DELETE", "/cancel-all");
    expect(everything.body.canceled).toHaveLength(150);
    expect(said(everything.headers)[0]).toBe("-31");
    const refused = await us.heard("DELETE", "/cancel-all");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    venue.run(400);
    expect((await us.ask("DELETE", "/cancel-all")).status).toBe(200);
  });

  it("never go below zero in the higher tiers", async () => {
    const venue = await served();
    const us = await client(venue);
    const ids = Array.from({ length: 900 }, (_, at) => `0x${at}`);
    for (let at = 0; at < 40; at += 1) await us.ask("POST", "/orders", batch(us, { length: 15 }));
    await control(venue, { ...limit, tier: "platinum" });
    await us.ask("DELETE", "/orders", ids);
    expect(said((await us.heard("DELETE", "/cancel-all")).headers)[0]).toBe("0");
  });

  it("refuse a request above the burst without a Retry-After", async () => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, limit);
    const ids = Array.from({ length: 121 }, (_, at) => `0x${at}`);
    const refused = await us.heard("DELETE", "/orders", ids);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBeNull();
    venue.run(60_000);
    expect((await us.ask("DELETE", "/orders", ids)).status).toBe(429);
    expect((await us.ask("DELETE", "/orders", ids.slice(1))).status).toBe(200);
  });

  it("only warn where they are not enforced", async () => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, { ...limit, enforcement: "warning" });
    for (let at = 0; at < 4; at += 1) await us.ask("POST", "/orders", batch(us, { length: 15 }));
    const { status, headers } = await us.heard("POST", "/order", us.signed(LOW).body);
    expect(status).toBe(200);
    expect(said(headers)).toEqual(["0", expect.any(String), "standard", "true"]);
  });

  it("apply before the mode and before the order is parsed", async () => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, limit);
    await control(venue, { do: "mode", mode: "paused" });
    for (let at = 0; at < 60; at += 1)
      expect((await us.ask("POST", "/order", "{}")).status).toBe(503);
    expect((await us.ask("POST", "/order", "{}")).status).toBe(429);
  });
});

describe("the control address", () => {
  it("takes known commands only, and answers the settings", async () => {
    const venue = await served();
    const said = (body: unknown) =>
      request(venue, "POST", "/control", { body: JSON.stringify(body) });
    expect((await said({ do: "mode", mode: "cancelOnly" })).body).toMatchObject({
      mode: { mode: "cancelOnly", until: null },
      limits: { enforcement: "off" },
      faults: [],
    });
    expect((await said({ do: "clear" })).body.mode).toEqual({ mode: "normal", until: null });
    for (const wrong of [
      {},
      7,
      { do: "what" },
      { do: "mode", mode: "asleep" },
      { do: "mode", mode: "paused", forMs: -1 },
      { do: "mode", mode: "paused", more: 1 },
      { do: "loseAnswer", ratio: 2 },
      { do: "delay", ratio: 1, minMs: 2, maxMs: 1 },
    ]) {
      const answer = await said(wrong);
      expect(answer.status).toBe(400);
      expect(answer.body.error.length).toBeGreaterThan(5);
    }
    expect((await request(venue, "GET", "/control")).status).toBe(405);
    expect((await request(venue, "POST", "/control", { body: "{" })).status).toBe(400);
  });
});
