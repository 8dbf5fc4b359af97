/**
 * The market channel of the simulated venue behind a line that loses what we tell it to: what the
 * venue really says, in real sockets, while time at the venue passes as fast as we like.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { epochMs, type Market } from "../../src/types/index.ts";
import {
  fixedCredentials,
  parseCredentials,
  polymarketChannels,
  type WatchdogReport,
  type WatchdogTiming,
} from "../../src/venue/polymarket/index.ts";
import { served } from "../sim/server/served.ts";
import { until } from "../support/patience.ts";
import { systemClock, systemScheduler } from "../../src/runtimes/system.ts";

/** Ten times as fast as in production. */
const LOOKING = { quietMs: 400, mismatchMs: 100, requestEveryMs: 500, settleMs: 100 };
/** The same, where the venue's own time stands still for longer than that while a test waits. */
const PATIENT = { ...LOOKING, quietMs: 600_000 };

const over: (() => unknown)[] = [];
afterEach(() => {
  for (const end of over.splice(0)) end();
});

interface Line {
  readonly url: string;
  /** What the venue has said until now has passed, and after it this text to the client. */
  readonly mark: (text: string) => Promise<void>;
}

/** Hands each text of the venue on, or what `mangle` makes of it; null is lost on the way. */
async function line(url: string, mangle: (text: string) => string | null): Promise<Line> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  let mark: Line["mark"] = () => expect.unreachable("nobody is connected");
  server.on("connection", (client) => {
    const venue = new WebSocket(url);
    const waiting: string[] = [];
    let pongs = 0;
    venue.on("open", () => {
      for (const text of waiting.splice(0)) venue.send(text);
    });
    client.on("message", (data: Buffer) => {
      const text = data.toString("utf8");
      if (venue.readyState === WebSocket.OPEN) venue.send(text);
      else waiting.push(text);
    });
    venue.on("message", (data: Buffer) => {
      const told = data.toString("utf8");
      if (told === "PONG") pongs += 1;
      const text = mangle(told);
      if (text !== null) client.send(text);
    });
    mark = async (text) => {
      const before = pongs;
      venue.send("PING");
      // The PONG comes after what was said before.
      await until(() => pongs > before);
      client.send(text);
    };
    client.on("close", () => venue.close());
    over.push(() => venue.terminate());
  });
  over.push(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  await once(server, "listening");
  const at = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: at, mark: (text) => mark(text) };
}

/** Of a kind that the client does not read: said, and nothing is concluded from it. */
const MARK = "a mark of the test";

interface Watching {
  readonly seen: readonly string[];
  readonly sightings: readonly WatchdogReport[];
  /** Time passes at the venue, and all of it is heard, lost or mangled here. */
  readonly pass: (ms: number) => Promise<void>;
  readonly mangleWith: (next: (text: string) => string | null) => void;
}

async function watching(watchTiming: WatchdogTiming): Promise<Watching> {
  const venue = await served();
  venue.run(5_000);
  let mangle = (text: string): string | null => text;
  const { url: marketUrl, mark } = await line(venue.at.marketSocket, (text) => mangle(text));
  const credentials = parseCredentials({ key: "k", secret: "c2VjcmV0", passphrase: "p" });
  if (credentials === null) throw new Error("the test's own credentials are wrong");
  const sightings: WatchdogReport[] = [];
  const seen: string[] = [];
  let marks = 0;
  const channels = polymarketChannels(
    {
      marketUrl,
      userUrl: venue.at.userSocket,
      origin: venue.at.rest,
      credentials: fixedCredentials(credentials),
      wallet: "0x",
      listings: new Map(),
      onDecodeWarning: (source, warning) => {
        if (JSON.stringify(warning).includes(MARK)) marks += 1;
        else seen.push(`${source} ${warning.type}`);
      },
      onWatchdogReport: (sighting) => sightings.push(sighting),
      timing: { pingEveryMs: 10_000, silentMs: 600_000, openMs: 600_000 },
      watchTiming,
    },
    { clock: systemClock, scheduler: systemScheduler },
  );
  // The venue lives by a clock of its own, on which its windows end.
  const market: Market = { ...venue.market().market, endsAt: epochMs(4_000_000_000_000) };
  const subscription = channels.market(market).subscribe({
    next: (link) => seen.push(link.type === "item" ? link.item.type : link.type),
    error: (error: unknown) => seen.push(String(error)),
  });
  over.push(() => subscription.unsubscribe());
  await until(() => seen.length >= 3);
  return {
    seen,
    sightings,
    pass: async (ms) => {
      venue.run(ms);
      const before = marks;
      await mark(JSON.stringify({ event_type: MARK }));
      await until(() => marks > before || isEnded(seen));
    },
    mangleWith: (next) => {
      mangle = next;
    },
  };
}

const isEnded = (seen: readonly string[]): boolean => seen.at(-1)?.startsWith("Error") === true;
const ended = (seen: readonly string[]): Promise<void> => until(() => isEnded(seen));

/** So much of a window that there were trades and changes, and not its end. */
const WHILE_MS = 60_000;

describe("a market channel over a line that loses", () => {
  it("a minute of the venue: trades and changes by the hundred, and no check sum is wrong", async () => {
    const { seen, sightings, pass } = await watching(PATIENT);
    await pass(WHILE_MS);

    expect(seen.filter((word) => word === "level").length).toBeGreaterThan(100);
    expect(seen.filter((word) => word === "book").length).toBeGreaterThan(6);
    expect(sightings).toEqual([]);
  });

  it("[K] one change that is lost is a gap, and the link ends", async () => {
    const { seen, sightings, pass, mangleWith } = await watching(PATIENT);
    let lost = 0;
    mangleWith((text) => {
      if (lost === 0 && text.includes("price_changes")) {
        lost += 1;
        return null;
      }
      return text;
    });
    // Until the next change; a later one of the same level, or a trade, would mend it.
    while (sightings.length === 0) await pass(20);
    await ended(seen);

    expect(lost).toBe(1);
    expect(sightings[0]?.type).toBe("wrong");
    expect(seen.at(-1)).toContain("gap: a check sum wrong");
  });

  it("[K] the books stop and the PONGs do not: frozen, and the link ends", async () => {
    const { seen, pass, mangleWith } = await watching(LOOKING);
    mangleWith((text) => (text === "PONG" ? text : null));
    await pass(2_000);
    await ended(seen);

    // Which token was heard of last before the silence depends on the machine.
    expect(seen.at(-1)).toMatch(
      /^Error: frozen: nothing heard of the (YES|NO) book for 400 ms, and the venue's own book differs$/,
    );
  });

  it("[K] quiet, and nothing is lost: it lives on", async () => {
    const { seen, sightings } = await watching(LOOKING);
    await until(() => seen.filter((word) => word === "confirmed").length >= 2);

    // A book that a busy machine reads too late is unclear, and read again.
    const looks = sightings.map(({ type }) => type).filter((type) => type !== "unclear");
    expect(looks.length).toBeGreaterThanOrEqual(2);
    expect(new Set(looks)).toEqual(new Set(["quiet"]));
    expect(isEnded(seen)).toBe(false);
  });

  it("check sums that are all wrong over the right book are looked into, and cost nothing", async () => {
    const { seen, sightings, pass, mangleWith } = await watching(LOOKING);
    mangleWith((text) => text.replaceAll(/"hash":"[\da-f]+"/g, `"hash":"${"0".repeat(40)}"`));
    await pass(500);
    await until(() => sightings.some(({ type }) => type === "quiet"));

    expect(sightings[0]?.type).toBe("wrong");
    expect(seen.filter((word) => word.startsWith("Error"))).toEqual([]);
  });

  it("check sums that are missing are counted, and nothing is concluded from them", async () => {
    const { seen, sightings, pass, mangleWith } = await watching(PATIENT);
    mangleWith((text) => text.replaceAll(/"hash":"[\da-f]+",?/g, ""));
    await pass(2_000);
    // A check waits for its turn.
    await until(() => sightings.length > 0);

    expect(new Set(sightings.map(({ type }) => type))).toEqual(new Set(["unchecked"]));
    expect(seen.filter((word) => word.startsWith("Error"))).toEqual([]);
  });
});
