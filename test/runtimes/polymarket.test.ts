import { firstValueFrom } from "rxjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chooseSigner, rollingSeries, type Addresses } from "../../src/venue/polymarket/index.ts";
import { type StubServer, respondWith, stubServer } from "../venue/stubServer.ts";
import { simulatedIdentity } from "../../src/runtimes/served.ts";
import { polymarketRuntime } from "../../src/runtimes/index.ts";

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

let server: StubServer;
beforeAll(async () => {
  server = await stubServer(respondWith(503, "{}"));
});
afterAll(() => server.close());

describe("a simulation over sockets", () => {
  const here = (): Addresses => ({
    rest: server.origin,
    gamma: `${server.origin}/gamma`,
    marketSocket: "ws://127.0.0.1:9/market",
    userSocket: "ws://127.0.0.1:9/user",
    priceSocket: null,
    binanceRest: server.origin,
    binanceSocket: "ws://[::1]:9",
  });
  const entered = async (changed: Partial<Addresses>): Promise<unknown> => {
    const identity = simulatedIdentity(await chooseSigner(silent));
    const options = {
      mode: "sim",
      addresses: { ...here(), ...changed },
      series: [rollingSeries(300_000)],
      identity,
      credentials: null,
      journalDirectory: null,
    } as const;
    return firstValueFrom(polymarketRuntime(options, silent)).catch(String);
  };

  it.each(["gamma", "marketSocket", "userSocket", "priceSocket", "binanceRest", "binanceSocket"])(
    "does not begin where %s is elsewhere: nothing is asked of anybody",
    async (name) => {
      const before = server.requests.length;
      expect(await entered({ [name]: "https://venue.invalid" })).toMatch(
        /a simulation takes loopback addresses only/,
      );
      expect(server.requests).toHaveLength(before);
    },
  );

  it("asks a venue of this machine, and says so when that does not take it in", async () => {
    const before = server.requests.length;
    expect(await entered({})).toMatch(/login at http:\/\/127\.0\.0\.1:\d+ failed/);
    expect(server.requests.length).toBeGreaterThan(before);
  });
});

function ignore(): void {
  return undefined;
}
