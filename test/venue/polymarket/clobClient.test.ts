/** A program that posts an order of its own, on the served venue and on ones that answer oddly. */
import type { ServerResponse } from "node:http";
import { firstValueFrom } from "rxjs";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ClobClient, clobClient } from "../../../src/venue/polymarket/index.ts";
import { systemTime } from "../../../src/runtimes/system.ts";
import { venueInRealTime } from "../../sim/server/inRealTime.ts";
import { stubServer } from "../stubServer.ts";

const privateKey = "5".padStart(64, "0");
const GTC = { tickSize: "0.01", negRisk: false, orderType: "GTC" } as const;

const clientAt = (host: string): Promise<ClobClient> =>
  firstValueFrom(clobClient({ host, privateKey, signatureType: 0 }, systemTime));

const order = (tokenID: string) => ({ tokenID, price: 0.05, size: 5, side: "BUY" }) as const;

/** Lets every key in, and answers an order as `answer` says. */
async function venueThat(answer: (response: ServerResponse) => void) {
  const server = await stubServer(({ path }, response) => {
    if (path === "/time") response.end(String(Math.floor(Date.now() / 1_000)));
    else if (path === "/auth/derive-api-key")
      response.end(JSON.stringify({ apiKey: "id", secret: "c2VjcmV0", passphrase: "words" }));
    else answer(response);
  });
  onTestFinished(() => server.close());
  return server;
}

describe("clobClient", () => {
  it("posts an order once: the second time the venue refuses it in its own words", async () => {
    const { at } = await venueInRealTime();
    const client = await clientAt(at.rest);
    const listed = await fetch(`${at.rest}/gamma/markets?closed=false&limit=1`);
    const [{ clobTokenIds }] = (await listed.json()) as [{ clobTokenIds: string }];
    const [token] = JSON.parse(clobTokenIds) as [string];
    const created = client.createOrder(order(token), GTC);

    const { orderID } = created;
    expect(await firstValueFrom(client.postOrder(created))).toEqual({ type: "accepted", orderID });
    expect(await firstValueFrom(client.postOrder(created))).toEqual({
      type: "refused",
      errorMsg: expect.stringMatching(/duplicated/i) as string,
    });
    expect(client.createOrder(order(token), GTC).orderID).not.toBe(orderID);
  });

  it.each([
    ["no answer", (response: ServerResponse) => response.destroy()],
    ["a 500", (response: ServerResponse) => response.writeHead(500).end("{}")],
    ["no JSON", (response: ServerResponse) => response.end("<html>")],
  ])("does not know what became of an order after %s", async (_what, answer) => {
    const { origin } = await venueThat(answer);
    const client = await clientAt(origin);

    expect(await firstValueFrom(client.postOrder(client.createOrder(order("1"), GTC)))).toEqual({
      type: "unknown",
      errorMsg: expect.stringMatching(/./) as string,
    });
  });

  it("says that a venue cannot be reached", async () => {
    const server = await stubServer((_request, response) => response.end());
    const { origin } = server;
    await server.close();
    await expect(clientAt(origin)).rejects.toThrow(/login at .* cannot be reached/);
  });

  it.each([
    [{ privateKey: "7" }, /privateKey: not 64 hex digits/],
    [{ signatureType: 1 }, /funder: the address of the wallet/],
    [{ host: "http://venue.invalid" }, /host: not an address/],
    [{ host: "http://127.0.0.1:1/order" }, /host: not an address/],
    [{ funder: "0x12" }, /funder: not an address/],
  ] as const)("asks nobody where the options are wrong: %o", async (wrong, problem) => {
    const server = await venueThat((response) => response.end());
    const options = { host: server.origin, privateKey, signatureType: 0, ...wrong } as const;

    await expect(firstValueFrom(clobClient(options, systemTime))).rejects.toThrow(problem);
    expect(server.requests).toEqual([]);
  });
});
