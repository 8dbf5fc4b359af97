import { expect, it } from "vitest";
import { client, get, served } from "./served.ts";

it("a maker's rebates are public, by day and market", async () => {
  const venue = await served({
    traders: "empty",
    windowMs: 86_400_000,
    scenario: { fee: { rateBp: 700, exponent: 1 } },
  });
  venue.run(1_000);
  const [maker, taker] = [await client(venue), await client(venue, 2)];
  await maker.place(["BUY", "YES", 5000, 100]);
  await taker.place(["BUY", "NO", 5000, 100]);
  venue.run(10_000);
  const rebatesOf = (address: string, date = "2026-11-22") =>
    get(venue, `/rebates/current?date=${date}&maker_address=${address}`);

  expect((await rebatesOf(maker.owner)).body).toEqual([
    {
      date: "2026-11-22",
      condition_id: venue.market().market.id,
      asset_address: "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB",
      maker_address: maker.owner,
      // A fifth of the taker's fee: 0.07 x 100 / 4.
      rebated_fees_usdc: "0.35",
    },
  ]);
  expect((await rebatesOf(taker.owner)).body).toEqual([]);
  expect((await rebatesOf(maker.owner, "2026-11-21")).body).toEqual([]);
  expect((await rebatesOf(maker.owner, "yesterday")).status).toBe(400);
  expect((await rebatesOf("0x1")).status).toBe(400);
});
