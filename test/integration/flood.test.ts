/**
 * The user channel says the same thing tens of thousands of times: what a venue that replays its own
 * queue does. The program once drained 88,500 repeats of a trade for three minutes, without a quote.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { Subscription } from "rxjs";
import { afterAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { Event } from "../../src/types/index.ts";
import { type CheckedRun, type Heard, checkedRun, violations } from "./checkedRun.ts";
import { until } from "../support/patience.ts";

const life = new Subscription();
afterAll(() => life.unsubscribe());

interface Relay {
  readonly url: string;
  /** Sends the last frame of this kind so often to every client that is open. */
  readonly repeat: (kind: "trade" | "order", times: number) => Promise<void>;
}

/** Hands on every frame of a channel, both ways. */
async function relayTo(upstreamUrl: string): Promise<Relay> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const lastFrame = new Map<string, string>();
  server.on("connection", (client) => {
    const upstream = new WebSocket(upstreamUrl);
    const unsent: string[] = [];
    upstream.on("open", () => {
      for (const text of unsent.splice(0)) upstream.send(text);
    });
    client.on("message", (data: Buffer) => {
      const text = data.toString("utf8");
      if (upstream.readyState === WebSocket.OPEN) upstream.send(text);
      else unsent.push(text);
    });
    upstream.on("message", (data: Buffer) => {
      const text = data.toString("utf8");
      const kind = /"event_type":"(\w+)"/.exec(text)?.[1];
      if (kind !== undefined) lastFrame.set(kind, text);
      client.send(text);
    });
    for (const [end, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      end.on("error", () => undefined);
      end.on("close", () => other.terminate());
    }
  });
  life.add(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    repeat: async (kind, times) => {
      const text = lastFrame.get(kind) ?? expect.unreachable(`no ${kind} has come yet`);
      for (let sent = 0; sent < times; sent += 1) {
        for (const client of server.clients) {
          if (client.readyState === WebSocket.OPEN) client.send(text);
        }
        // The server shares this loop: it may not be what starves the timers.
        if (sent % 500 === 499) await turn();
      }
    },
  };
}

async function flooded(seed: number): Promise<CheckedRun & Pick<Relay, "repeat">> {
  let relay: Relay | undefined;
  const run = await checkedRun(
    {
      seed,
      generation: "v1",
      windowMs: 3_600_000,
      // What it takes to read a flood is time of the machine.
      isOnTheWall: true,
      via: async (endpoints) => {
        relay = await relayTo(endpoints.userSocket);
        return { ...endpoints, userSocket: relay.url };
      },
    },
    life,
  );
  const { repeat } = relay ?? expect.unreachable("the run was not given a relay");
  await run.converges();
  await run.until(({ fills }) => fills > 0);
  return { ...run, repeat };
}

const eventsOf = (heard: readonly Heard[], type: Event["type"]): readonly Event[] =>
  heard.flatMap((said) =>
    said.type === "transition" && said.transition.input.event.type === type
      ? [said.transition.input.event]
      : [],
  );

describe("a flood of the user channel", () => {
  it("the last trade 88,500 times: no step for a repeat, and it quotes on", async () => {
    const run = await flooded(11);
    const before = run.heard.length;
    await run.repeat("trade", 88_500);
    await run.converges();

    const during = run.heard.slice(before);
    // Trades go on, each with a few reports.
    expect(eventsOf(during, "trade.reported").length).toBeLessThan(500);
    expect(eventsOf(during, "clock.ticked").length).toBeGreaterThan(0);
    expect(eventsOf(during, "heartbeat.lapsed")).toEqual([]);
    expect(await run.stop()).toMatchObject({ openAtVenue: 0, lawsBroken: 0 });
    expect(violations(run.heard, run.truth())).toEqual([]);
  });

  it("the last order 20,000 times: each is heard, the clock ticks on, and it quotes again", async () => {
    const run = await flooded(12);
    const before = run.heard.length;
    await run.repeat("order", 20_000);
    const isRead = (): boolean => {
      const heard = run.heard.slice(before);
      const isCut = eventsOf(heard, "feed.lost").length > 0;
      return isCut || eventsOf(heard, "order.reported").length >= 20_000;
    };
    // Seldom: to look through all of them takes time from those who read them.
    await until(isRead, "all of them are read", 500);
    await run.converges();

    const during = run.heard.slice(before);
    expect(eventsOf(during, "clock.ticked").length).toBeGreaterThan(0);
    expect(await run.stop()).toMatchObject({ openAtVenue: 0, lawsBroken: 0 });
    expect(violations(run.heard, run.truth())).toEqual([]);
  });
});
