/**
 * Everything that may happen to a request, and what comes of it: the production gateway and client
 * over loopback. The connections are real; deadlines pass in virtual time, and the venue answers
 * when it is told to, so that no cell depends on how busy the machine is. Each cell says what is heard of the request, then what the next of its
 * kind finds: the connection it was made on, or a new one.
 */
import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer as createHttp } from "node:http";
import { type AddressInfo, type Socket, createServer as createTcp } from "node:net";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Subject } from "rxjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Receipt, buckets, createFence, gateway, heartbeat } from "../../src/gateway/index.ts";
import {
  type Effect,
  type HeartbeatEvent,
  MICRO,
  type PlaceEffect,
  after,
  epochMs,
  marketId,
  microShares,
  microUsdc,
  orderId,
  priceBp,
  requestId,
  tokenId,
} from "../../src/types/index.ts";
import {
  type Identity,
  type Listing,
  addressOf,
  fixedCredentials,
  parseCredentials,
  parsePrivateKey,
  polymarketVenue,
} from "../../src/venue/polymarket/index.ts";
import { wasmSigner } from "../../src/venue/polymarket/sign/signers/wasm.ts";
import { virtualClock, virtualScheduler } from "../../src/sim/index.ts";
import { until } from "../support/patience.ts";

/** What becomes of the request; the next one is answered, but for `nobody`. */
type Fate =
  | "answered"
  | "refused" // 400
  | "failed" // 500
  | "late" // answered, past our deadline
  | "hanging" // never answered
  | "reset unread" // the connection is reset before the venue has read a byte
  | "reset read" // it is reset after the venue has read all of it
  | "nobody"; // no one listens: the only fate of which we know that no byte left
type Kind = "place" | "wave of two" | "cancel" | "cancel-all" | "look" | "heartbeat";

/** Heard of it, in order; and what the next request of its kind goes out on. */
type Cell = readonly [heard: string, next: "same" | "new" | "none"];

/** Without a stop; then with one that comes while the venue has the request. */
const MATRIX: Readonly<Record<Kind, Readonly<Record<Fate, readonly [Cell, Cell]>>>> = {
  place: {
    answered: [
      ["acked", "same"],
      ["unknown (stopped), late: acked", "same"],
    ],
    refused: [
      ["rejected (signature)", "same"],
      ["unknown (stopped), late: rejected", "same"],
    ],
    failed: [
      ["unknown (lost)", "same"],
      ["unknown (stopped)", "same"],
    ],
    late: [
      ["unknown (deadline), late: acked", "same"],
      ["unknown (stopped), late: acked", "same"],
    ],
    hanging: [
      ["unknown (deadline)", "new"],
      ["unknown (stopped)", "new"],
    ],
    "reset unread": [
      ["unknown (lost)", "new"],
      ["unknown (stopped)", "new"],
    ],
    "reset read": [
      ["unknown (lost)", "new"],
      ["unknown (stopped)", "new"],
    ],
    nobody: [
      ["not sent (unreachable)", "none"],
      ["unknown (stopped), late: notSent", "none"],
    ],
  },
  "wave of two": {
    answered: [
      ["acked, rejected (postOnlyCross)", "same"],
      ["unknown (stopped), unknown (stopped), late: acked, late: rejected", "same"],
    ],
    refused: [
      ["rejected (signature), rejected (signature)", "same"],
      ["unknown (stopped), unknown (stopped), late: rejected, late: rejected", "same"],
    ],
    failed: [
      ["unknown (lost), unknown (lost)", "same"],
      ["unknown (stopped), unknown (stopped)", "same"],
    ],
    late: [
      ["unknown (deadline), unknown (deadline), late: acked, late: rejected", "same"],
      ["unknown (stopped), unknown (stopped), late: acked, late: rejected", "same"],
    ],
    hanging: [
      ["unknown (deadline), unknown (deadline)", "new"],
      ["unknown (stopped), unknown (stopped)", "new"],
    ],
    "reset unread": [
      ["unknown (lost), unknown (lost)", "new"],
      ["unknown (stopped), unknown (stopped)", "new"],
    ],
    "reset read": [
      ["unknown (lost), unknown (lost)", "new"],
      ["unknown (stopped), unknown (stopped)", "new"],
    ],
    nobody: [
      ["not sent (unreachable), not sent (unreachable)", "none"],
      ["unknown (stopped), unknown (stopped), late: notSent, late: notSent", "none"],
    ],
  },
  // A stop does not touch what follows: there is nothing in it that a stop would have to take back.
  cancel: {
    answered: whatever("cancelled", "same"),
    refused: whatever("not known to be cancelled (signature)", "same"),
    failed: whatever("not known to be cancelled (unclassified)", "same"),
    late: whatever("not known to be cancelled", "same"),
    hanging: whatever("not known to be cancelled", "new"),
    "reset unread": whatever("not known to be cancelled", "new"),
    "reset read": whatever("not known to be cancelled", "new"),
    nobody: whatever("not known to be cancelled", "none"),
  },
  "cancel-all": {
    answered: whatever("answered: 1 cancelled", "same"),
    refused: whatever("refused", "same"),
    failed: whatever("lost", "same"),
    late: whatever("lost", "same"),
    hanging: whatever("lost", "new"),
    "reset unread": whatever("lost", "new"),
    "reset read": whatever("lost", "new"),
    nobody: whatever("notSent", "none"),
  },
  look: {
    answered: whatever("looked", "same"),
    refused: whatever("failed", "same"),
    failed: whatever("failed", "same"),
    late: whatever("failed", "same"),
    hanging: whatever("failed", "new"),
    "reset unread": whatever("failed", "new"),
    "reset read": whatever("failed", "new"),
    nobody: whatever("failed", "none"),
  },
  heartbeat: {
    answered: whatever("beaten", "same"),
    refused: whatever("failed, refused", "same"),
    failed: whatever("failed, refused", "same"),
    late: whatever("failed", "same"),
    hanging: whatever("failed", "new"),
    "reset unread": whatever("failed", "new"),
    "reset read": whatever("failed", "new"),
    nobody: whatever("failed", "none"),
  },
};

function whatever(...cell: Cell): readonly [Cell, Cell] {
  return [cell, cell];
}

const DEADLINE_MS = 250;
const DEADLINES = {
  placeMs: DEADLINE_MS,
  cancelMs: DEADLINE_MS,
  stopMs: DEADLINE_MS,
  surveyMs: DEADLINE_MS,
  heartbeatMs: DEADLINE_MS,
};

const MARKET = marketId(`0x${"cd".repeat(32)}`);
const NOW = epochMs(1_795_305_600_000);
const LISTING: Listing = {
  market: {
    id: MARKET,
    slug: "btc-updown-15m-1795305600",
    tokenIds: { YES: tokenId("25"), NO: tokenId("11") },
    opensAt: NOW,
    endsAt: after(NOW, 900_000),
    rules: {
      tick: priceBp(100),
      orderSizeMin: microShares(5 * MICRO),
      lot: microShares(10_000),
      notionalMin: microUsdc(0),
    },
  },
  strike: null,
  exchange: "2",
  isNegRisk: false,
  feeRate: microUsdc(70_000),
  isTradeReady: true,
  saidSettlement: null,
};

let identity: Identity;
beforeAll(async () => {
  const signer = await wasmSigner();
  const key = parsePrivateKey(`${"0".repeat(60)}beef`) ?? expect.unreachable("no key");
  const secret = "NJskQfM9L-OuoBWvpP52c8UKWrnbmV7AUmjjc_KcaCk=";
  const credentials =
    parseCredentials({ key: "the-api-key", secret, passphrase: "of a test" }) ??
    expect.unreachable("no credentials");
  const owner = addressOf(signer, key);
  identity = {
    account: { owner, wallet: "key", maker: owner },
    key,
    signer,
    credentials: fixedCredentials(credentials),
  };
});

interface VenueStub {
  readonly origin: string;
  /** The connection of each request that was read, by method and path. */
  readonly asked: readonly { readonly what: string; readonly connection: number }[];
  /** Now the first request meets its fate. */
  readonly act: () => void;
  readonly close: () => void;
}

const open = new Set<VenueStub>();
afterAll(() => {
  for (const stub of open) stub.close();
});

/** A venue that does this to the first request, when it is told to, and answers every other at once. */
async function venueStub(fate: Fate): Promise<VenueStub> {
  const sockets: Socket[] = [];
  const asked: { what: string; connection: number }[] = [];
  let act = (): void => undefined;

  // An idle connection stays open, however long the machine takes.
  const http = createHttp({ keepAliveTimeout: 0 }, (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const isFirst = asked.length === 0 && fate !== "reset unread";
      const connection = sockets.indexOf(request.socket);
      asked.push({ what: `${request.method} ${request.url?.split("?")[0]}`, connection });
      if (!isFirst) return answer(request, response, body);
      act = () => {
        if (fate === "reset read") request.socket.resetAndDestroy();
        else if (fate === "refused") says(response, 400, { error: "invalid signature" });
        else if (fate === "failed") says(response, 500, { error: "internal" });
        else if (fate !== "hanging") answer(request, response, body);
      };
    });
  });
  // Nothing is read of a connection before it is handed to the server above.
  const tcp = createTcp({ pauseOnConnect: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    if (fate === "reset unread" && sockets.length === 1) {
      act = () => socket.resetAndDestroy();
      return;
    }
    http.emit("connection", socket);
    socket.resume();
  });
  tcp.listen(0, "127.0.0.1");
  await once(tcp, "listening");
  const stub: VenueStub = {
    origin: `http://127.0.0.1:${(tcp.address() as AddressInfo).port}`,
    asked,
    act: () => act(),
    close: () => {
      open.delete(stub);
      for (const socket of sockets) socket.destroy();
      tcp.close();
    },
  };
  open.add(stub);
  if (fate === "nobody") {
    stub.close();
    await once(tcp, "close");
  }
  return stub;
}

/** How many requests the client has begun to write, and how many are over: nothing else shows it. */
function clientRequests(origin: string) {
  const counts = { sent: 0, over: 0 };
  const isOurs = (message: unknown): boolean =>
    String((message as { request: { origin: unknown } }).request.origin) === origin;
  const countSent = (message: unknown): unknown => isOurs(message) && (counts.sent += 1);
  const countOver = (message: unknown): unknown => isOurs(message) && (counts.over += 1);
  const heard = [
    ["undici:client:sendHeaders", countSent],
    ["undici:request:trailers", countOver],
    ["undici:request:error", countOver],
  ] as const;
  for (const [channel, count] of heard) subscribe(channel, count);
  return {
    counts,
    close: () => {
      for (const [channel, count] of heard) unsubscribe(channel, count);
    },
  };
}

const accepted = { success: true, errorMsg: "", orderID: "0xabc", status: "live" };
const crossing = {
  ...accepted,
  orderID: "",
  errorMsg: "invalid post-only order: order crosses book",
};
const page = { limit: 100, count: 0, next_cursor: "LTE=", data: [] };

function answer({ url = "", method }: IncomingMessage, response: ServerResponse, body: string) {
  const path = url.split("?")[0] ?? "";
  if (method === "POST" && path === "/order") return says(response, 200, accepted);
  if (method === "POST" && path === "/orders") return says(response, 200, [accepted, crossing]);
  if (path === "/order") {
    return says(response, 200, { canceled: [(JSON.parse(body) as { orderID: string }).orderID] });
  }
  if (path === "/cancel-market-orders") return says(response, 200, { canceled: ["0x1"] });
  if (path === "/balance-allowance") return says(response, 200, { balance: "0", allowances: {} });
  if (path === "/v1/heartbeats") return says(response, 200, { heartbeat_id: "the-next" });
  return says(response, 200, page);
}

function says(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const wave = (name: string, legs: number, market: number): PlaceEffect => ({
  type: "place",
  market: MARKET,
  slot: "bid",
  legs: Array.from({ length: legs }, (_, n) => ({
    orderId: orderId(`${name} ${n}`),
    ticket: {
      market: MARKET,
      tokenId: LISTING.market.tokenIds.YES,
      side: "BUY",
      price: priceBp(4_900),
      size: microShares(20 * MICRO),
      salt: n,
      createdAt: NOW,
      expiresAt: null,
      orderType: "GTC",
      postOnly: true,
    },
    epoch: { account: 0, market },
    liveAfter: n + 1,
  })),
});

/** A request of this kind; null for a heartbeat, which is nobody's effect. */
function effectOf(kind: Kind, name: string, epoch: number): Effect | null {
  switch (kind) {
    case "place":
      return wave(name, 1, epoch);
    case "wave of two":
      return wave(name, 2, epoch);
    case "cancel":
      return { type: "cancel", market: MARKET, orderIds: [orderId(name)] };
    case "cancel-all":
      return stop(name, epoch);
    case "look":
      return {
        type: "survey",
        market: MARKET,
        requestId: requestId(name),
        orderIds: [],
        tradesSince: NOW,
      };
    case "heartbeat":
      return null;
  }
}

const stop = (name: string, market: number): Effect => ({
  type: "cancelAll",
  market: MARKET,
  requestId: requestId(name),
  epoch: { account: 0, market },
});

function inWords(receipt: Receipt | HeartbeatEvent): string {
  switch (receipt.type) {
    case "order.acked":
      return "acked";
    case "order.rejected":
      return `rejected (${receipt.refusal.reason})`;
    case "order.unknown":
      return `unknown (${receipt.cause})`;
    case "order.notSent":
      return `not sent (${receipt.answer.cause})`;
    case "order.answeredLate":
      return `late: ${receipt.answer.type}`;
    case "cancel.acked":
      return "cancelled";
    case "cancel.refused":
      return "not cancelled";
    case "cancel.unknown": {
      const why = receipt.refusal === undefined ? "" : ` (${receipt.refusal.reason})`;
      return `not known to be cancelled${why}`;
    }
    case "cancelAll.answered": {
      const { answer: said } = receipt;
      return said.type === "answered" ? `answered: ${said.cancelled.length} cancelled` : said.type;
    }
    case "survey.answered":
      return "looked";
    case "survey.failed":
      return "failed";
    case "heartbeat.beaten":
      return "beaten";
    case "heartbeat.refused":
      return "refused";
    case "heartbeat.failed":
      return "failed";
    case "heartbeat.lapsed":
      return "lapsed";
  }
}

/** What is said when all goes well. */
const WELL: Readonly<Record<Kind, string>> = {
  place: "acked",
  "wave of two": "acked, rejected (postOnlyCross)",
  cancel: "cancelled",
  "cancel-all": "answered: 1 cancelled",
  look: "looked",
  heartbeat: "beaten",
};

const nameOf = (receipt: Receipt | HeartbeatEvent): string => {
  if ("orderId" in receipt) return receipt.orderId.split(" ")[0] ?? "";
  return "requestId" in receipt ? receipt.requestId : "beat";
};

async function play(kind: Kind, fate: Fate, isStopped: boolean): Promise<void> {
  const [heard, next] = MATRIX[kind][fate][isStopped ? 1 : 0];
  const stub = await venueStub(fate);
  const client = clientRequests(stub.origin);
  const scheduler = virtualScheduler();
  const pass = (ms: number): void => scheduler.runUntil(scheduler.now() + ms);
  // Longer than the gateway's: a late answer is heard.
  const answerMs = 10 * DEADLINE_MS;
  const { venue } = polymarketVenue(
    {
      origin: stub.origin,
      identity,
      listings: new Map([[MARKET, LISTING]]),
      onDecodeWarning: () => undefined,
      timing: {
        leaveMs: DEADLINE_MS / 2,
        placeMs: answerMs,
        cancelMs: answerMs,
        readMs: answerMs,
        warmEveryMs: 1_000,
      },
    },
    { clock: virtualClock(scheduler, NOW), scheduler },
  );
  const effect$ = new Subject<Effect>();
  const receipts: (Receipt | HeartbeatEvent)[] = [];
  const running = effect$
    .pipe(
      gateway(
        {
          venue,
          fence: createFence(),
          permits: buckets(scheduler),
          deadlines: DEADLINES,
          onWaveSent: () => undefined,
        },
        scheduler,
      ),
    )
    .subscribe((receipt) => receipts.push(receipt));
  const of = (name: string): string =>
    receipts
      .filter((receipt) => nameOf(receipt) === name)
      .map(inWords)
      .join(", ");
  const ask = (name: string, epoch: number): void => {
    const effect = effectOf(kind, name, epoch);
    if (effect !== null) return effect$.next(effect);
    running.add(
      heartbeat(venue, () => true, DEADLINE_MS, scheduler).subscribe((event) => {
        receipts.push(event);
      }),
    );
    // The first beat is due at once.
    pass(0);
  };
  try {
    const epoch = isStopped ? 1 : 0;
    ask("first", 0);
    if (fate === "reset unread") await until(() => client.counts.sent === 1);
    else if (fate !== "nobody") await until(() => stub.asked.length === 1);
    if (isStopped) {
      effect$.next(stop("stop", epoch));
      // What a stop displaces is answered in its moment, not at the end of the request.
      if (kind === "place") expect(of("first")).toBe("unknown (stopped)");
      await until(() => of("stop") !== "");
      expect(of("stop")).toBe(fate === "nobody" ? "notSent" : "answered: 1 cancelled");
    }
    if (fate === "late" || fate === "hanging") pass(DEADLINE_MS);
    stub.act();
    // A request that hangs holds its connection; whatever else becomes of it is over by then.
    const overCount = (isStopped ? 1 : 0) + (fate === "hanging" ? 0 : 1);
    await until(() => client.counts.over >= overCount);
    const name = kind === "heartbeat" ? "beat" : "first";
    // Five more requests answer a look.
    await until(() => of(name).length >= heard.length, `heard: ${heard}`);
    expect(of(name)).toBe(heard);

    const before = stub.asked.length;
    ask("second", epoch);
    const well = fate === "nobody" ? MATRIX[kind].nobody[0][0] : WELL[kind];
    // One beat is like another.
    const all =
      kind === "heartbeat" ? [heard, well].filter((each) => each !== "").join(", ") : well;
    const second = kind === "heartbeat" ? "beat" : "second";
    await until(() => of(second).length >= all.length, `heard: ${all}`);
    expect(of(second)).toBe(all);
    const sent = stub.asked[before];
    expect(next).toBe(sent === undefined ? "none" : sent.connection === 0 ? "same" : "new");
    // Nothing is asked twice: of this request, the next one and the stop, each came once at most.
    const mine = stub.asked.filter(({ what }) => what === sent?.what).length;
    const unread = fate === "reset unread" ? 1 : 0;
    if (sent !== undefined && kind !== "look") {
      expect(mine + unread).toBe(kind === "cancel-all" && isStopped ? 3 : 2);
    }
  } finally {
    running.unsubscribe();
    client.close();
    stub.close();
  }
}

const KINDS = Object.keys(MATRIX) as Kind[];
const FATES = Object.keys(MATRIX.place) as Fate[];

describe.each(KINDS)("%s", (kind) => {
  describe.each(FATES)("%s", (fate) => {
    it("[J] is heard of once, and the next goes on", () => play(kind, fate, false));
    it("[C] with a stop meanwhile", () => play(kind, fate, true));
  });
});
