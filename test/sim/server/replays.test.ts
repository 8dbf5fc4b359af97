import { expect, it } from "vitest";
import { l2Headers } from "../../../src/venue/polymarket/sign/index.ts";
import {
  type Client,
  client,
  control,
  type Reply,
  request,
  served,
  type Served,
} from "./served.ts";

const REFUSED = { status: 401, body: { error: "Unauthorized/Invalid api key" } };

/** The same bytes each time it is called, as somebody who has seen them can send them. */
function copied(venue: Served, us: Client, method: string, path: string, body?: string) {
  const line = { method, path, body: body ?? null };
  const headers = l2Headers(us.owner, us.credentials, line, venue.now()).reveal();
  return (): Promise<Reply> =>
    request(venue, method, path, { headers, ...(body !== undefined && { body }) });
}

it("an order is taken once, whatever has become of it", async () => {
  const venue = await served();
  const us = await client(venue);
  const { body, id } = us.signed(["BUY", "YES", 100, 20]);
  const send = copied(venue, us, "POST", "/order", body);
  expect((await send()).status).toBe(200);
  expect((await send()).body.error).toContain("Duplicated");
  await us.ask("DELETE", "/order", { orderID: id });
  venue.run(20_000);
  expect(await send()).toEqual(REFUSED);
});

it.each([
  ["DELETE", "/cancel-all", undefined],
  ["DELETE", "/cancel-market-orders", "market"],
  ["POST", "/heartbeats", undefined],
  ["POST", "/v1/heartbeats", '{"heartbeat_id":""}'],
  ["DELETE", "/auth/api-key", undefined],
] as const)("%s %s is not taken again later", async (method, path, text) => {
  const venue = await served();
  const us = await client(venue);
  const market = venue.market().market.id;
  const send = copied(
    venue,
    us,
    method,
    path,
    text === "market" ? JSON.stringify({ market }) : text,
  );
  expect((await send()).status).toBe(200);
  const still = await client(venue);
  await still.place(["BUY", "YES", 100, 20]);
  venue.run(2_000);
  expect(await send()).toEqual(REFUSED);
  expect((await still.ask("GET", "/data/orders")).body.data).toHaveLength(1);
});

it("whoever cancels or beats twice within a second is no copy of himself", async () => {
  const venue = await served();
  const us = await client(venue);
  const stop = copied(venue, us, "DELETE", "/cancel-all");
  await us.place(["BUY", "YES", 100, 20]);
  expect((await stop()).body.canceled).toHaveLength(1);
  await us.place(["BUY", "YES", 100, 20]);
  venue.run(250);
  expect((await stop()).body.canceled).toHaveLength(1);
});

it("a read may be repeated, and so may what was not carried out", async () => {
  const venue = await served();
  const us = await client(venue);
  const read = copied(venue, us, "GET", "/data/orders");
  await read();
  venue.run(5_000);
  expect((await read()).status).toBe(200);
  const send = copied(venue, us, "POST", "/order", us.signed(["BUY", "YES", 100, 20]).body);
  await control(venue, { do: "mode", mode: "paused", forMs: 3_000 });
  expect((await send()).status).toBe(503);
  await control(venue, { do: "clear" });
  expect((await send()).status).toBe(200);
});
