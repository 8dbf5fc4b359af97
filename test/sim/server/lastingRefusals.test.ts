/** Everything refused for one reason, and keys that are rotated: as a client of the served venue sees it. */
import { describe, expect, it } from "vitest";
import { LASTING_REASONS, LASTING_REFUSALS } from "../../../src/sim/faults/index.ts";
import { decodePlaceAnswer } from "../../../src/venue/polymarket/index.ts";
import { client, control, served } from "./served.ts";

const BUY = ["BUY", "YES", 100, 20] as const;

describe("everything refused", () => {
  it.each(LASTING_REASONS)("%s: in the words that our decoder reads as that", async (reason) => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, { do: "refuseAll", reason });
    const { status, text } = LASTING_REFUSALS[reason];

    const refused = await us.place(BUY);

    expect(refused).toEqual({ status, body: { error: text } });
    const reply = { status, text: JSON.stringify(refused.body), retryAfter: null };
    expect(decodePlaceAnswer(reply, 1).answer).toMatchObject({
      legs: [{ type: "rejected", refusal: { reason, text } }],
    });
    const isOfAll = reason === "auth" || reason === "restricted";
    expect((await us.ask("GET", "/data/orders")).status).toBe(isOfAll ? status : 200);
    await control(venue, { do: "clear" });
    expect((await us.place(BUY)).status).toBe(200);
  });

  it("closedOnly: what sells is not refused for that", async () => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, { do: "refuseAll", reason: "closedOnly" });
    const { body } = await us.place(["SELL", "YES", 9_900, 20]);
    expect(body.error).toMatch(/not enough balance/);
  });
});

describe("rotated keys", () => {
  it("are forgotten, and another is derived", async () => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, { do: "rotateKeys" });
    expect((await us.ask("GET", "/data/orders")).status).toBe(401);
    const again = await client(venue);
    expect(again.owner).toBe(us.owner);
    expect(again.credentials.apiKey).not.toBe(us.credentials.apiKey);
    expect((await again.ask("GET", "/data/orders")).status).toBe(200);
    expect((await us.ask("GET", "/data/orders")).status).toBe(401);
  });
});
