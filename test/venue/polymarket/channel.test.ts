/** One channel against hostile servers over loopback; a deadline passes in virtual time. */
import { createHash } from "node:crypto";
import { setTimeout as later } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Clock,
  type Instant,
  type Link,
  epochMs,
  monotonicMs,
} from "../../../src/types/index.ts";
import type { DecodeWarning, PolymarketFrame } from "../../../src/venue/polymarket/decode/frame.ts";
import { type ChannelOptions, channel } from "../../../src/venue/polymarket/channels/channels.ts";
import { Secret } from "../../../src/venue/polymarket/sign/index.ts";
import { closedPort, stubTcp } from "../stubServer.ts";
import { type SocketHandler, type StubSocket, stubSocket } from "../stubSocket.ts";
import { systemClock, systemScheduler } from "../../../src/runtimes/system.ts";
import { virtualClock, virtualScheduler } from "../../../src/sim/index.ts";
import type { Time } from "../../../src/venue/index.ts";
import { PATIENT_SOCKETS, until, untilIn } from "../../support/patience.ts";

const SOON_SILENT = { ...PATIENT_SOCKETS, pingEveryMs: 100, silentMs: 400 };
const SOON_OPEN = { ...PATIENT_SOCKETS, openMs: 600 };

/** The test's channel sends words: "!…" is garbled, "book" is the snapshot. */
const OPTIONS: Omit<ChannelOptions<string>, "url" | "onDecodeWarning"> = {
  subscription: new Secret('{"subscribe":"s3cret"}'),
  decode: (text) =>
    text.startsWith("!")
      ? { items: [], warnings: [{ type: "garbled", sample: text }] }
      : { items: text === "PONG" ? [] : text.split(" "), warnings: [] },
  isProof: (items) => items.includes("book"),
  waitingMax: 10_000,
  frameBytesMax: 1_000_000,
  timing: PATIENT_SOCKETS,
};

interface Watched {
  /** "opened", the items, and last "error: cause" once the link has ended. */
  readonly seen: readonly string[];
  readonly warnings: readonly DecodeWarning[];
  readonly leave: () => void;
}

const open: { close: () => Promise<void> }[] = [];
const watched: Watched[] = [];
afterEach(async () => {
  for (const each of watched.splice(0)) each.leave();
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function server(answer: SocketHandler): Promise<StubSocket> {
  const it = await stubSocket(answer);
  open.push(it);
  return it;
}

function watch(
  url: string,
  options: Partial<ChannelOptions<string>> = {},
  time: Time = { clock: systemClock, scheduler: systemScheduler },
): Watched {
  const seen: string[] = [];
  const warnings: DecodeWarning[] = [];
  const subscription = channel(
    { ...OPTIONS, url, onDecodeWarning: (warning) => warnings.push(warning), ...options },
    time,
  ).subscribe({
    next: (link) => seen.push(link.type === "item" ? link.item : link.type),
    error: (error: unknown) => seen.push(String(error)),
    complete: () => seen.push("complete"),
  });
  const it = { seen, warnings, leave: () => subscription.unsubscribe() };
  watched.push(it);
  return it;
}

function inVirtualTime(url: string, options: Partial<ChannelOptions<string>>) {
  const scheduler = virtualScheduler();
  return {
    ...watch(url, options, { clock: virtualClock(scheduler, 0), scheduler }),
    pass: (ms: number): void => scheduler.runUntil(scheduler.now() + ms),
    until: (isSo: () => unknown): Promise<void> => untilIn(scheduler, isSo),
  };
}

/** Answers PING, and a subscription with `dump`. */
const polite =
  (...dump: readonly string[]): SocketHandler =>
  (socket, text) => {
    if (text === "PING") socket.send("PONG");
    else if (text !== "") for (const each of dump) socket.send(each);
  };

const silent: SocketHandler = () => undefined;

const pingsTo = ({ received }: StubSocket): number =>
  received.filter((text) => text === "PING").length;

describe("a channel", () => {
  it("subscribes, opens with the snapshot, and hands on what follows", async () => {
    const stub = await server(polite("book", "a b", "c"));
    const { seen } = watch(stub.url);
    await until(() => seen.length === 5);

    expect(stub.received[0]).toBe('{"subscribe":"s3cret"}');
    expect(seen).toEqual(["opened", "book", "a", "b", "c"]);
  });

  it("does not open on connecting, nor on a PONG, where a snapshot is the proof", async () => {
    const stub = await server(polite());
    const { seen } = watch(stub.url, { timing: { ...PATIENT_SOCKETS, pingEveryMs: 20 } });
    await until(() => pingsTo(stub) > 5);

    expect(seen).toEqual([]);
  });

  it("holds back items from before the snapshot, then emits all of them", async () => {
    const stub = await server(polite("early", "rules book", "late"));
    const { seen } = watch(stub.url);
    await until(() => seen.length === 5);

    expect(seen).toEqual(["opened", "early", "rules", "book", "late"]);
  });

  it("stamps each item with the arrival of its frame, before decoding and while held back", async () => {
    let now = 0;
    const decode = (text: string): PolymarketFrame<string> => {
      // Decoding takes time.
      if (text !== "PONG") now += 10;
      return OPTIONS.decode(text);
    };
    const clock: Clock = {
      now: () => ({ epochMs: epochMs(now), monotonicMs: monotonicMs(now) }),
    };
    const stub = await server(polite("early", "book a"));
    const links: Link<string>[] = [];
    const subscription = channel(
      { ...OPTIONS, url: stub.url, decode, onDecodeWarning: () => undefined },
      { clock, scheduler: systemScheduler },
    ).subscribe((link) => links.push(link));
    await until(() => links.length === 4);
    subscription.unsubscribe();

    const at = (ms: number): Instant => ({ epochMs: epochMs(ms), monotonicMs: monotonicMs(ms) });
    expect(links).toEqual([
      { type: "opened" },
      { type: "item", item: "early", at: at(0) },
      { type: "item", item: "book", at: at(10) },
      { type: "item", item: "a", at: at(10) },
    ]);
  });

  it("opens with the answer to its first PING where the channel may have nothing to send", async () => {
    const stub = await server(polite());
    const { seen } = watch(stub.url, { isProof: null });
    await until(() => seen.length === 1);

    expect(stub.received.slice(0, 2)).toEqual(['{"subscribe":"s3cret"}', "PING"]);
    expect(seen).toEqual(["opened"]);
  });

  it("does not take an error message for that answer", async () => {
    const stub = await server((socket, text) => {
      if (text.includes("subscribe")) socket.send("!who are you");
      if (text === "PING") socket.close(4001, "unauthorized");
    });
    const { seen, warnings } = watch(stub.url, { isProof: null });
    await until(() => seen.length === 1);

    expect(seen).toEqual(["Error: closed: 4001 unauthorized: !who are you"]);
    expect(warnings).toEqual([{ type: "garbled", sample: "!who are you" }]);
  });

  it("sends PING again and again, and stays open while PONGs come", async () => {
    const stub = await server(polite("book"));
    let pongs = 0;
    const decode: typeof OPTIONS.decode = (text) => {
      if (text === "PONG") pongs += 1;
      return OPTIONS.decode(text);
    };
    const link = inVirtualTime(stub.url, { timing: SOON_SILENT, decode });
    for (let pings = 1; pings < 10; pings += 1) {
      await link.until(() => pongs === pings);
      link.pass(SOON_SILENT.pingEveryMs);
    }

    expect(link.seen).toEqual(["opened", "book"]);
  });

  it("[K] stays open while data comes without PONGs", async () => {
    const stub = await server((socket, text) => {
      if (text !== "") socket.send(text === "PING" ? "x" : "book");
    });
    const link = inVirtualTime(stub.url, { timing: SOON_SILENT });
    for (let pings = 1; pings < 10; pings += 1) {
      await link.until(() => link.seen.filter((text) => text === "x").length === pings);
      link.pass(SOON_SILENT.pingEveryMs);
    }

    expect(link.seen.filter((text) => text.startsWith("Error"))).toEqual([]);
  });

  it("reports a message that is not understood and goes on", async () => {
    const stub = await server(polite("book", "!{", "a"));
    const { seen, warnings } = watch(stub.url);
    await until(() => seen.length === 3);

    expect(seen).toEqual(["opened", "book", "a"]);
    expect(warnings).toEqual([{ type: "garbled", sample: "!{" }]);
  });

  it("is one connection for each subscription, closed on unsubscribing", async () => {
    const stub = await server(polite("book"));
    const one = watch(stub.url);
    const other = watch(stub.url);
    await until(() => one.seen.length + other.seen.length === 4);
    expect([stub.opened(), stub.open()]).toEqual([2, 2]);

    one.leave();
    await until(() => stub.open() === 1);
    expect(stub.open()).toBe(1);

    other.leave();
    await until(() => stub.open() === 0);
    expect(stub.open()).toBe(0);
    expect([...one.seen, ...other.seen]).toEqual(["opened", "book", "opened", "book"]);
  });

  it("can be unsubscribed while it connects", async () => {
    const stub = await server(polite("book"));
    const { leave, seen } = watch(stub.url);
    leave();
    await later(80);
    await until(() => stub.open() === 0);

    expect(seen).toEqual([]);
  });

  it("closes the connection even where the other side never answers the close", async () => {
    let [isSubscribed, isClosed] = [false, false];
    // Answers the handshake, and nothing after it.
    const tcp = await stubTcp((socket, chunk) => {
      const text = chunk.toString("latin1");
      if (!text.startsWith("GET ")) return void (isSubscribed = true);
      socket.write(handshake(text));
      socket.on("close", () => {
        isClosed = true;
      });
    });
    open.push(tcp);
    const link = inVirtualTime(tcp.origin.replace("http", "ws"), {});
    await link.until(() => isSubscribed);
    link.leave();
    await later(50);
    const wasClosed = isClosed;
    link.pass(1_000);
    await until(() => isClosed);

    expect(wasClosed).toBe(false);
  });
});

describe("[K] a link ends, with its cause, when", () => {
  it("the venue closes it", async () => {
    const stub = await server((socket, text) => {
      polite("book")(socket, text);
      setTimeout(() => socket.close(1001, "deploy"), 50);
    });
    const { seen } = watch(stub.url);
    await until(() => seen.length === 3);

    expect(seen).toEqual(["opened", "book", "Error: closed: 1001 deploy"]);
  });

  it("the connection breaks", async () => {
    const stub = await server((socket, text) => {
      polite("book")(socket, text);
      setTimeout(() => socket.terminate(), 50);
    });
    const { seen } = watch(stub.url);
    await until(() => seen.length === 3);

    expect(seen).toEqual(["opened", "book", "Error: closed: 1006"]);
  });

  it("the connection is open and silent", async () => {
    let isFrozen = false;
    const stub = await server((socket, text) => {
      if (!isFrozen) polite("book")(socket, text);
    });
    const { seen } = watch(stub.url, { timing: SOON_SILENT });
    await until(() => seen.length === 2);
    isFrozen = true;
    await until(() => seen.length === 3 && stub.open() === 0);

    expect(seen).toEqual(["opened", "book", "Error: frozen: nothing heard for 400 ms"]);
    expect(stub.open()).toBe(0);
  });

  it("the snapshot never comes", async () => {
    const stub = await server(polite());
    const link = inVirtualTime(stub.url, { timing: SOON_OPEN });
    await link.until(() => stub.received.length > 0);
    link.pass(SOON_OPEN.openMs);

    expect(link.seen).toEqual(["Error: the subscription was not answered in 600 ms"]);
  });

  it("only garbled messages come", async () => {
    const stub = await server(polite("!", "!!"));
    const link = inVirtualTime(stub.url, { timing: SOON_OPEN });
    await link.until(() => link.warnings.length === 2);
    link.pass(SOON_OPEN.openMs);

    expect(link.seen).toEqual(["Error: the subscription was not answered in 600 ms: !!"]);
  });

  it("nothing comes after the handshake", async () => {
    const stub = await server(silent);
    const link = inVirtualTime(stub.url, { isProof: null, timing: SOON_OPEN });
    await link.until(() => stub.received.length > 0);
    link.pass(SOON_OPEN.openMs);

    expect(link.seen).toEqual(["Error: the subscription was not answered in 600 ms"]);
  });

  it("the handshake is never answered", async () => {
    const tcp = await stubTcp(() => undefined);
    open.push(tcp);
    const { seen } = watch(tcp.origin.replace("http", "ws"), { timing: SOON_OPEN });
    await until(() => seen.length === 1);

    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatch(/^Error: (no connection|the subscription).* 600 ms$/);
  });

  const PAGE = "<html><head><title>403 Forbidden</title></head><body>nginx</body></html>";
  it.each([
    ["a page", "403 Forbidden", PAGE, "HTTP 403 on the upgrade: 403 Forbidden nginx"],
    ["nothing", "404 Not Found", "", "HTTP 404 on the upgrade: Not Found"],
    ["words", "429 Too Many Requests", "slow\ndown", "HTTP 429 on the upgrade: slow down"],
    ["a redirect", "302 Found", "", "HTTP 302 on the upgrade: Found"],
  ])("the handshake is refused with %s", async (_what, status, body, cause) => {
    const tcp = await stubTcp((socket) => {
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    open.push(tcp);
    const { seen } = watch(tcp.origin.replace("http", "ws"));
    await until(() => seen.length === 1);

    expect(seen).toEqual([`Error: ${cause}`]);
  });

  it("the handshake is refused without end: some of it is read, and the connection is left", async () => {
    let isLeft = false;
    const tcp = await stubTcp((socket) => {
      socket.on("close", () => {
        isLeft = true;
      });
      socket.write(
        `HTTP/1.1 403 Forbidden\r\nContent-Length: 99999999\r\n\r\n${"no ".repeat(9_000)}`,
      );
    });
    open.push(tcp);
    const { seen } = watch(tcp.origin.replace("http", "ws"));
    await until(() => seen.length === 1 && isLeft);

    expect(seen[0]).toMatch(/^Error: HTTP 403 on the upgrade: no no /);
    expect(seen[0]?.length).toBe("Error: ".length + 200);
  });

  it("the handshake is refused, and the words do not come", async () => {
    const tcp = await stubTcp((socket) => {
      socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 20\r\n\r\nbecause");
    });
    open.push(tcp);
    const { seen } = watch(tcp.origin.replace("http", "ws"));
    await until(() => seen.length === 1);

    expect(seen).toEqual(["Error: HTTP 403 on the upgrade: because"]);
  });

  it("nothing listens", async () => {
    const { seen } = watch((await closedPort()).replace("http", "ws"));
    await until(() => seen.length === 1);

    expect(seen).toEqual([expect.stringContaining("ECONNREFUSED")]);
  });

  it("a frame is larger than any of the venue's", async () => {
    const stub = await server(polite("book", "x".repeat(5 * 1024 * 1024)));
    const { seen } = watch(stub.url);
    await until(() => seen.length === 3);

    expect(seen).toEqual(["opened", "book", "Error: a frame of more than 1000000 bytes"]);
  });

  it("and the cause never contains the secret of the subscription", async () => {
    const stub = await server((socket, text) => socket.close(1008, text.slice(0, 5)));
    const { seen } = watch(stub.url);
    await until(() => seen.length === 1);

    expect(seen.join()).not.toContain("s3cret");
  });
});

function handshake(request: string): string {
  const key = /sec-websocket-key: (\S+)/i.exec(request)?.[1] ?? "";
  const accept = createHash("sha1")
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  return [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    "\r\n",
  ].join("\r\n");
}

describe("a flood", () => {
  const flood = Array.from({ length: 5_000 }, (_, at) => `f${at}`);
  // The server's own work stops the same loop for a while.
  const timing = { ...PATIENT_SOCKETS, pingEveryMs: 1_000 };

  it("that outruns us ends the link with its cause, and nothing of it comes after that", async () => {
    const stub = await server(polite("book", ...flood));
    const { seen } = watch(stub.url, { timing, waitingMax: 100 });
    await until(() => seen.some((each) => each.startsWith("Error")));
    await later(50);

    expect(seen.at(-1)).toMatch(/^Error: outran us: 101 frames waited$/);
    expect(seen.length).toBeLessThan(flood.length);
  });

  it("that we can follow is read whole and in order, and timers run in between", async () => {
    const stub = await server(polite("book", ...flood));
    let turns = 0;
    const turnsAt: number[] = [];
    const { seen } = watch(stub.url, {
      timing,
      waitingMax: 100_000,
      decode: (text) => {
        const endsAt = performance.now() + 0.05;
        while (performance.now() < endsAt);
        if (text.startsWith("f")) turnsAt.push(turns);
        return OPTIONS.decode(text);
      },
    });
    const ticking = setInterval(() => {
      turns += 1;
    }, 1);
    await until(() => seen.length >= flood.length + 2);
    clearInterval(ticking);

    expect(seen).toEqual(["opened", "book", ...flood]);
    // A quarter of a second of work: one turn that starves every timer would show none of these.
    expect(new Set(turnsAt).size).toBeGreaterThan(5);
  });
});
