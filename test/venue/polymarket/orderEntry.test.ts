/** The port over HTTP against a stub of the venue; real clock, over loopback. */
import { createHmac } from "node:crypto";
import {
  asyncScheduler,
  firstValueFrom,
  type Observable,
  type SchedulerLike,
  Subscription,
  toArray,
} from "rxjs";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  type Clock,
  epochMs,
  marketId,
  type MarketId,
  microUsdc,
  MICRO,
  microShares,
  monotonicMs,
  orderId,
  type OrderTicket,
  type PlaceLeg,
  priceBp,
  tokenId,
  type Venue,
} from "../../../src/types/index.ts";
import {
  addressOf,
  exchangeOf,
  type Identity,
  type Listing,
  type DecodeWarning,
  decodeWarnings,
  orderHasher,
  orderOf,
  recoverOwner,
  fixedCredentials,
  parseCredentials,
  parsePrivateKey,
  polymarketVenue,
  type Signer,
  VENUE_TIMING,
} from "../../../src/venue/polymarket/index.ts";
import { wasmSigner } from "../../../src/venue/polymarket/sign/signers/wasm.ts";
import {
  type RequestHandler,
  type StubRequest,
  closedPort,
  respondWith,
  stubServer,
  type StubServer,
} from "../stubServer.ts";
import { virtualScheduler } from "../../../src/sim/index.ts";
import { timeByTurns, until, untilIn } from "../../support/patience.ts";

timeByTurns();
const SECRET = "NJskQfM9L-OuoBWvpP52c8UKWrnbmV7AUmjjc_KcaCk=";
const PASSPHRASE = "a-passphrase-of-a-test";
const NOW = 1_795_305_600_000;
const MARKET = marketId(`0x${"cd".repeat(32)}`);
const YES = tokenId(
  "25070934348813416902477876984955073880416401960631253331845590271167412497744",
);
const NO = tokenId(
  "111614563957165270026378011809694313565736745512637881727398424401624030147043",
);

const LISTING: Listing = {
  market: {
    id: MARKET,
    slug: "btc-updown-15m-1795305600",
    tokenIds: { YES, NO },
    opensAt: epochMs(NOW),
    endsAt: epochMs(NOW + 900_000),
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

const clock: Clock = {
  now: () => ({ epochMs: epochMs(NOW), monotonicMs: monotonicMs(performance.now()) }),
};

let identity: Identity;
let signer: Signer;
beforeAll(async () => {
  signer = await wasmSigner();
  const key = parsePrivateKey(`${"0".repeat(60)}beef`);
  const credentials = parseCredentials({
    key: "the-api-key",
    secret: SECRET,
    passphrase: PASSPHRASE,
  });
  if (key === null || credentials === null) throw new Error("the test's own keys are wrong");
  const owner = addressOf(signer, key);
  identity = {
    account: { owner, wallet: "key", maker: owner },
    key,
    signer,
    credentials: fixedCredentials(credentials),
  };
});

const open: StubServer[] = [];
let running = new Subscription();
afterEach(async () => {
  running.unsubscribe();
  running = new Subscription();
  await Promise.all(open.splice(0).map((each) => each.close()));
});

interface Met {
  readonly venue: Venue;
  readonly stub: StubServer;
  readonly warnings: readonly (readonly [source: string, warning: DecodeWarning])[];
  /** Keeps the connections warm until the test ends. */
  readonly keepWarm: () => Promise<void>;
}

async function meet(
  answer: RequestHandler,
  scheduler: SchedulerLike = asyncScheduler,
): Promise<Met> {
  const stub = await stubServer(answer);
  open.push(stub);
  const warnings: [string, DecodeWarning][] = [];
  const { venue, background$ } = polymarketVenue(
    {
      origin: stub.origin,
      identity,
      listings: new Map([[MARKET, LISTING]]),
      onDecodeWarning: (source, warning) => warnings.push([source, warning]),
      timing: { leaveMs: 500, placeMs: 400, cancelMs: 400, readMs: 400, warmEveryMs: 40 },
    },
    { clock, scheduler },
  );
  const keepWarm = async (): Promise<void> => {
    running.add(background$.subscribe());
    // The last of four keep-alives for each of two connections of every kind.
    await until(() => stub.requests.length >= 4 * 2 * 3);
  };
  return { venue, stub, warnings, keepWarm };
}

/** Everything that a request emits: it must be one answer. */
const all = <T>(answer$: Observable<T>): Promise<readonly T[]> =>
  firstValueFrom(answer$.pipe(toArray()));

const ticket = (salt = 1): OrderTicket => ({
  market: MARKET,
  tokenId: YES,
  side: "BUY",
  price: priceBp(4_900),
  size: microShares(20 * MICRO),
  salt,
  createdAt: epochMs(NOW),
  expiresAt: epochMs(NOW + 240_000),
  orderType: "GTD",
  postOnly: true,
});
const leg = (salt = 1): PlaceLeg => ({
  orderId: orderId(`0x${salt}`),
  ticket: ticket(salt),
  epoch: { account: 0, market: 0 },
  liveAfter: 1,
});
const may = (): boolean => true;

const accepted = (id: string): object => ({
  success: true,
  errorMsg: "",
  orderID: id,
  status: "live",
  makingAmount: "",
  takingAmount: "",
});
const openOrder = (id: string, assetId: string = YES): object => ({
  id,
  status: "LIVE",
  owner: "the-api-key",
  maker_address: "",
  market: MARKET,
  asset_id: assetId,
  side: "BUY",
  original_size: "20",
  size_matched: "0",
  price: "0.49",
  created_at: 1,
});
const page = (entries: readonly object[], next: string): string =>
  JSON.stringify({ limit: 100, count: entries.length, next_cursor: next, data: entries });
const trade = (id: string, matchTime: number): object => ({
  id,
  taker_order_id: "0xtheirs",
  market: MARKET,
  asset_id: YES,
  side: "SELL",
  size: "5",
  price: "0.49",
  status: "TRADE_STATUS_MATCHED",
  match_time: String(matchTime),
  trader_side: "MAKER",
  maker_orders: [
    {
      order_id: "0xours",
      owner: "the-api-key",
      matched_amount: "5",
      price: "0.49",
      asset_id: YES,
      side: "BUY",
    },
  ],
});

const queryOf = ({ path }: StubRequest): URLSearchParams => new URL(path, "http://x").searchParams;

describe("an order", () => {
  it("[J] has its id before it is sent, and is signed by its owner for the exchange of its market", async () => {
    const { venue, stub } = await meet(respondWith(200, JSON.stringify(accepted("0xabc"))));
    const hasher = orderHasher(signer.keccak256, exchangeOf("2", false));
    const order = orderOf(identity.account, ticket());

    expect(venue.orderId(ticket())).toBe(hasher.orderId(order));
    await all(venue.place([leg()], may));

    const body = JSON.parse(stub.requests[0]?.body ?? "") as { order: { signature: string } };
    expect(body).toMatchObject({
      owner: "the-api-key",
      orderType: "GTD",
      postOnly: true,
      order: { expiration: "1795305840", makerAmount: "9800000", takerAmount: "20000000" },
    });
    expect(recoverOwner(signer, hasher, { ...order, signature: body.order.signature })).toBe(
      identity.account.owner,
    );
  });

  it("carries an HMAC of the exact body that is sent, and of the path without its query", async () => {
    const { venue, stub } = await meet(respondWith(200, page([], "LTE=")));
    await all(venue.place([leg(1), leg(2)], may));
    await all(venue.openOrders(MARKET));

    expect(stub.requests.map(({ path }) => path.split("?")[0])).toEqual([
      "/orders",
      "/data/orders",
    ]);
    for (const { method, path, body, headers } of stub.requests) {
      const text = `${NOW / 1_000}${method}${path.split("?")[0] ?? ""}${body}`;
      const mac = createHmac("sha256", Buffer.from(SECRET, "base64url")).update(text);
      expect(headers).toMatchObject({
        poly_address: identity.account.owner,
        poly_timestamp: String(NOW / 1_000),
        poly_api_key: "the-api-key",
        poly_passphrase: PASSPHRASE,
        poly_signature: mac.digest("base64").replaceAll("+", "-").replaceAll("/", "_"),
      });
    }
  });

  it("is answered leg by leg, alone and in a wave", async () => {
    const refused = { success: true, errorMsg: "invalid post-only order: order crosses book" };
    const { venue, stub } = await meet((asked, ...rest) =>
      respondWith(
        200,
        JSON.stringify(
          asked.path === "/order"
            ? accepted("0x1")
            : [accepted("0x1"), { ...accepted(""), ...refused }],
        ),
      )(asked, ...rest),
    );

    expect(await all(venue.place([leg()], may))).toEqual([
      { type: "answered", legs: [{ type: "acked", orderId: "0x1" }] },
    ]);
    expect(await all(venue.place([leg(1), leg(2)], may))).toMatchObject([
      {
        type: "answered",
        legs: [{ type: "acked" }, { type: "rejected", refusal: { reason: "postOnlyCross" } }],
      },
    ]);
    expect(stub.requests.map(({ path }) => path)).toEqual(["/order", "/orders"]);
  });

  it("[C] does not leave where the fence refuses, on a new or an open connection", async () => {
    const { venue, stub, keepWarm } = await meet(respondWith(200, "1"));
    const fenced = [{ type: "notSent", cause: "epoch", retryAfterMs: null }];

    expect(await all(venue.place([leg()], () => false))).toEqual(fenced);
    await keepWarm();
    expect(await all(venue.place([leg()], () => false))).toEqual(fenced);

    let mayLeave = true;
    const late = all(venue.place([leg()], () => mayLeave));
    mayLeave = false;
    expect(await late).toEqual(fenced);
    expect(stub.requests.filter(({ method }) => method === "POST")).toEqual([]);
  });

  it.each<[string, RequestHandler, object]>([
    [
      "the rate limit",
      respondWith(429, '{"error":"Too many requests"}', {
        "retry-after": "1",
        "Poly-RateLimit-Remaining": "0",
      }),
      { reason: "rateLimited", retryAfterMs: 1_000 },
    ],
    [
      "a mode of the venue",
      respondWith(
        503,
        '{"error":"post-only mode: only post-only orders and cancels are allowed","code":"post_only_mode","retry_after_seconds":79}',
      ),
      { reason: "postOnlyMode", retryAfterMs: 79_000 },
    ],
    ["a refusal", respondWith(400, '{"error":"invalid signature"}'), { reason: "signature" }],
    ["an unknown text", respondWith(400, '{"error":"no"}'), { reason: "unclassified", text: "no" }],
  ])("refused by %s is rejected with a reason, leg by leg", async (_name, answer, refusal) => {
    const { venue } = await meet(answer);
    const leg$ = { type: "rejected", refusal };

    expect(await all(venue.place([leg(1), leg(2)], may))).toMatchObject([
      { type: "answered", legs: [leg$, leg$] },
    ]);
    expect(await all(venue.cancelAll(MARKET))).toMatchObject([{ type: "refused", refusal }]);
  });
});

describe("an answer that does not prove a refusal", () => {
  const DATED = {
    "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT",
    date: "Wed, 21 Oct 2026 07:27:58 GMT",
  };
  it.each<[string, RequestHandler, object]>([
    ["a restart", respondWith(425, "", DATED), { reason: "restarting", retryAfterMs: 2_000 }],
    [
      "a 429 of a hop",
      respondWith(429, "slow down", DATED),
      { reason: "rateLimited", retryAfterMs: 2_000 },
    ],
  ])(
    "[J] B8: %s is lost, and says how long to wait, by a date too",
    async (_name, answer, refusal) => {
      const { venue } = await meet(answer);
      const lost = [{ type: "lost", refusal }];
      expect(await all(venue.place([leg(1), leg(2)], may))).toMatchObject(lost);
      expect(await all(venue.cancelAll(MARKET))).toMatchObject(lost);
      expect(await all(venue.openOrders(MARKET))).toMatchObject(lost);
      expect(await all(venue.balances(MARKET))).toMatchObject(lost);
    },
  );
});

describe("the rate limit's headers", () => {
  it("come with the answers to a place, a cancel and a stop, refused or not", async () => {
    const headers = { "Poly-RateLimit-Remaining": "-2", "Poly-RateLimit-Tier": "standard" };
    const { venue } = await meet((asked, ...rest) =>
      asked.method === "POST"
        ? respondWith(429, "", { ...headers, "retry-after": "3" })(asked, ...rest)
        : respondWith(200, '{"canceled":[]}', headers)(asked, ...rest),
    );
    const allowance = { tier: "standard", remaining: -2, isOver: false, retryAfterMs: null };

    expect(await all(venue.place([leg()], may))).toMatchObject([
      { type: "answered", allowance: { ...allowance, isOver: true, retryAfterMs: 3_000 } },
    ]);
    for (const answer$ of [venue.cancel([orderId("0x1")]), venue.cancelAll(MARKET)]) {
      expect(await all(answer$)).toMatchObject([{ type: "answered", allowance }]);
    }
  });

  it("where missing, the answer has no allowance", async () => {
    const { venue } = await meet(respondWith(200, '{"canceled":[]}'));
    expect(await all(venue.cancelAll(MARKET))).toEqual([
      { type: "answered", cancelled: [], refused: [] },
    ]);
  });
});

describe("[C] a stop", () => {
  it("does not wait for hanging places, and finds its connection open", async () => {
    // No deadline passes by itself: on a busy machine not all would leave before theirs.
    const scheduler = virtualScheduler();
    const pass = (ms: number): void => scheduler.runUntil(scheduler.now() + ms);
    const { venue, stub, keepWarm } = await meet((asked, ...rest) => {
      if (asked.method === "POST") return;
      respondWith(200, asked.method === "DELETE" ? '{"canceled":["0x1"]}' : "1")(asked, ...rest);
    }, scheduler);
    let isWarm = false;
    void keepWarm().then(() => (isWarm = true));
    await until(() => {
      pass(1);
      return isWarm;
    });
    const hanging = Array.from({ length: 20 }, (_, salt) => all(venue.place([leg(salt)], may)));
    const answered: string[] = [];
    for (const place of hanging)
      void place.then((given) => answered.push(...given.map(({ type }) => type)));
    const count = (of: string): number => answered.filter((type) => type === of).length;
    const posts = () => stub.requests.filter(({ method }) => method === "POST").length;
    await untilIn(scheduler, () => posts() + count("notSent") === hanging.length);
    // Eight connections, less those of the two warm ones that are just asking.
    const left = posts();
    expect([6, 7, 8]).toContain(left);
    const before = stub.connections();

    expect(await all(venue.cancelAll(MARKET))).toEqual([
      { type: "answered", cancelled: ["0x1"], refused: [] },
    ]);
    expect(count("lost")).toBe(0);
    expect(stub.connections()).toBe(before);
    expect(stub.requests.findLast(({ method }) => method === "DELETE")).toMatchObject({
      path: "/cancel-market-orders",
      body: JSON.stringify({ market: MARKET }),
    });
    pass(500);
    await Promise.all(hanging);
    expect(count("lost")).toBe(left);
    expect(count("notSent")).toBe(20 - left);
  });

  it("for every market of the account has no body", async () => {
    const { venue, stub } = await meet(respondWith(200, '{"canceled":[],"not_canceled":{}}'));

    await all(venue.cancelAll(null));

    expect(stub.requests).toMatchObject([{ method: "DELETE", path: "/cancel-all", body: "" }]);
  });

  it("by id gives the outcome of each cancel", async () => {
    const { venue } = await meet(
      respondWith(
        200,
        '{"canceled":["0x1"],"not_canceled":{"0x2":"order can\'t be found - already canceled or matched"}}',
      ),
    );

    expect(await all(venue.cancel([orderId("0x1"), orderId("0x2")]))).toMatchObject([
      {
        type: "answered",
        cancelled: ["0x1"],
        refused: [{ orderId: "0x2", refusal: { reason: "gone" } }],
      },
    ]);
  });
});

describe("[J] a list is read to its last page, or lost", () => {
  const pages: Readonly<Record<string, string>> = {
    "MA==": page([openOrder("0x1")], "MQ=="),
    "MQ==": page([openOrder("0x2", NO)], "Mg=="),
    "Mg==": page([], "LTE="),
  };
  const pageByCursor =
    (from: Readonly<Record<string, string>>): RequestHandler =>
    (asked, ...rest) => {
      const text = from[queryOf(asked).get("next_cursor") ?? ""];
      (text === undefined ? respondWith(500, "") : respondWith(200, text))(asked, ...rest);
    };

  it("page by page", async () => {
    const { venue, stub } = await meet(pageByCursor(pages));

    const [answer] = await all(venue.openOrders(MARKET));

    expect(answer).toMatchObject({
      type: "answered",
      value: [
        { orderId: "0x1", token: "YES" },
        { orderId: "0x2", token: "NO" },
      ],
    });
    expect(stub.requests.map((asked) => queryOf(asked).get("market"))).toEqual(
      Array.from({ length: 3 }, () => MARKET),
    );
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ["its second page fails", { ...pages, "MQ==": "<html>" }],
    ["its last page is missing", { "MA==": pages["MA=="] ?? "" }],
    ["its cursor leads back", { ...pages, "MQ==": page([openOrder("0x2")], "MA==") }],
    ["its cursor does not change", { "MA==": page([openOrder("0x1")], "MA==") }],
    ["an entry is malformed", { "MA==": page([{ ...openOrder("0x1"), id: "" }], "LTE=") }],
    ["an order is of an unlisted token", { "MA==": page([openOrder("0x1", "7")], "LTE=") }],
    ["it has no entries", { "MA==": '{"next_cursor":"LTE="}' }],
  ])("lost where %s", async (_name, from) => {
    const { venue } = await meet(pageByCursor(from));

    expect(await all(venue.openOrders(null))).toMatchObject([{ type: "lost" }]);
  });

  it("trades of the market from the second of `since` on", async () => {
    const second = NOW / 1_000;
    const { venue, stub } = await meet(
      respondWith(
        200,
        page([trade("a", second - 1), trade("b", second), trade("c", second + 1)], "LTE="),
      ),
    );

    const [answer] = await all(venue.trades(MARKET, epochMs(NOW + 700)));

    expect(answer).toMatchObject({ type: "answered", value: [{ id: "b" }, { id: "c" }] });
    expect(Number(queryOf(stub.requests[0] as StubRequest).get("after"))).toBeLessThan(second);
  });

  it("trades page by page, each at once, of many pages too", async () => {
    const last = 150;
    const { venue } = await meet((asked, ...rest) => {
      const at = Number(atob(queryOf(asked).get("next_cursor") ?? ""));
      const next = at === last ? "LTE=" : btoa(String(at + 1));
      respondWith(200, page([trade(`trade ${at}`, NOW / 1_000)], next))(asked, ...rest);
    });

    const answers = await all(venue.trades(MARKET, epochMs(NOW)));

    expect(answers).toHaveLength(last + 1);
    expect(answers.map(({ type }) => type)).toEqual(answers.map(() => "answered"));
    expect(answers.filter((answer) => "isPart" in answer)).toHaveLength(last);
    expect(answers.at(-1)).not.toHaveProperty("isPart");
  });

  it("trades up to the page that fails", async () => {
    const { venue } = await meet(
      pageByCursor({ "MA==": page([trade("a", NOW / 1_000)], "MQ=="), "MQ==": "<html>" }),
    );

    expect(await all(venue.trades(MARKET, epochMs(NOW)))).toMatchObject([
      { type: "answered", value: [{ id: "a" }], isPart: true },
      { type: "lost" },
    ]);
  });
});

describe("a read", () => {
  it("of an order by its id: found, or null for an unknown id", async () => {
    const { venue } = await meet((asked, ...rest) =>
      (asked.path.endsWith("0x1")
        ? respondWith(200, JSON.stringify(openOrder("0x1")))
        : respondWith(404, '{"error":"order not found"}'))(asked, ...rest),
    );

    expect(await all(venue.order(orderId("0x1")))).toMatchObject([
      { type: "answered", value: { orderId: "0x1", token: "YES" } },
    ]);
    expect(await all(venue.order(orderId("0x2")))).toEqual([{ type: "answered", value: null }]);
  });

  it("of the balances is three requests and one answer", async () => {
    const { venue, stub } = await meet((asked, ...rest) => {
      const token = queryOf(asked).get("token_id");
      const balance = token === null ? "1000000000" : token === YES ? "5000000" : "0";
      respondWith(200, JSON.stringify({ balance, allowances: {} }))(asked, ...rest);
    });

    expect(await all(venue.balances(MARKET))).toEqual([
      { type: "answered", value: { cash: 1_000_000_000, YES: 5_000_000, NO: 0 } },
    ]);
    expect(new Set(stub.requests.map(({ path }) => path))).toEqual(
      new Set([
        "/balance-allowance?asset_type=COLLATERAL&signature_type=0",
        `/balance-allowance?asset_type=CONDITIONAL&token_id=${YES}&signature_type=0`,
        `/balance-allowance?asset_type=CONDITIONAL&token_id=${NO}&signature_type=0`,
      ]),
    );
  });

  it("of refreshed balances asks for three updates first, whatever becomes of them", async () => {
    const { venue, stub } = await meet((asked, ...rest) => {
      const isUpdate = asked.path.startsWith("/balance-allowance/update?");
      respondWith(isUpdate ? 500 : 200, isUpdate ? "" : '{"balance":"1"}')(asked, ...rest);
    });

    expect(await all(venue.balances(MARKET, true))).toMatchObject([{ type: "answered" }]);
    const paths = stub.requests.map(({ path }) => path.split("?")[0]);
    expect(paths).toEqual([
      ...Array.from({ length: 3 }, () => "/balance-allowance/update"),
      ...Array.from({ length: 3 }, () => "/balance-allowance"),
    ]);
    const queries = stub.requests.map(({ path }) => path.split("?")[1] ?? "");
    expect(queries.slice(0, 3).toSorted()).toEqual(queries.slice(3).toSorted());
  });

  it("of the balances is lost where one of the three fails", async () => {
    const { venue } = await meet((asked, ...rest) =>
      (queryOf(asked).get("token_id") === NO
        ? respondWith(500, "")
        : respondWith(200, '{"balance":"1"}'))(asked, ...rest),
    );

    expect(await all(venue.balances(MARKET))).toMatchObject([{ type: "lost" }]);
  });
});

describe("the heartbeat", () => {
  it("starts with an empty id, then sends the id of the last answer", async () => {
    let beats = 0;
    const { venue, stub } = await meet((...rest) =>
      respondWith(200, JSON.stringify({ heartbeat_id: `id${(beats += 1)}` }))(...rest),
    );
    for (let n = 0; n < 3; n += 1)
      expect(await all(venue.heartbeat())).toEqual([{ type: "answered", value: null }]);

    expect(stub.requests.map(({ body }) => body)).toEqual(
      ["", "id1", "id2"].map((id) => JSON.stringify({ heartbeat_id: id })),
    );
  });

  it("retries once, at once, with the id that the venue expects", async () => {
    const wrong = '{"error_msg":"Invalid Heartbeat ID","heartbeat_id":"right"}';
    let isAlwaysWrong = false;
    const { venue, stub } = await meet((asked, ...rest) =>
      (asked.body.includes("right") && !isAlwaysWrong
        ? respondWith(200, '{"heartbeat_id":"next"}')
        : respondWith(400, wrong))(asked, ...rest),
    );

    expect(await all(venue.heartbeat())).toEqual([{ type: "answered", value: null }]);
    expect(stub.requests).toHaveLength(2);
    isAlwaysWrong = true;
    expect(await all(venue.heartbeat())).toMatchObject([{ type: "lost" }]);
    expect(stub.requests).toHaveLength(4);
  });
});

describe("credentials that the venue does not accept", () => {
  it.each<readonly [string, (venue: Venue) => Observable<unknown>]>([
    ["a place", (venue) => venue.place([leg()], () => true)],
    ["a cancel", (venue) => venue.cancel([orderId("0x1")])],
    ["a cancel-all", (venue) => venue.cancelAll(MARKET)],
    ["open orders", (venue) => venue.openOrders(MARKET)],
    ["an order", (venue) => venue.order(orderId("0x1"))],
    ["trades", (venue) => venue.trades(MARKET, epochMs(0))],
    ["balances", (venue) => venue.balances(MARKET)],
    ["a heartbeat", (venue) => venue.heartbeat()],
  ])("%s tells of it, with the credentials that were used", async (_, ask) => {
    const told: unknown[] = [];
    const credentials = { ...identity.credentials, refuse: (used: unknown) => told.push(used) };
    const stub = await stubServer(respondWith(401, '{"error":"Unauthorized/Invalid api key"}'));
    open.push(stub);
    const { venue } = polymarketVenue(
      {
        origin: stub.origin,
        identity: { ...identity, credentials },
        listings: new Map([[MARKET, LISTING]]),
        onDecodeWarning: () => undefined,
        timing: { leaveMs: 500, placeMs: 400, cancelMs: 400, readMs: 400, warmEveryMs: 40 },
      },
      { clock, scheduler: asyncScheduler },
    );
    const answers = await all(ask(venue));
    expect(JSON.stringify(answers)).toContain('"reason":"auth"');
    expect(new Set(told)).toEqual(new Set([identity.credentials.read()]));
  });
});

describe("whatever the venue does", () => {
  const requests: readonly [string, (venue: Venue) => Observable<{ readonly type: string }>][] = [
    ["place", (venue) => venue.place([leg(1), leg(2)], may)],
    ["cancel", (venue) => venue.cancel([orderId("0x1")])],
    ["cancelAll", (venue) => venue.cancelAll(null)],
    ["openOrders", (venue) => venue.openOrders(null)],
    ["order", (venue) => venue.order(orderId("0x1"))],
    ["trades", (venue) => venue.trades(MARKET, epochMs(NOW))],
    ["balances", (venue) => venue.balances(MARKET)],
    ["heartbeat", (venue) => venue.heartbeat()],
  ];
  const hostileAnswers: readonly [string, RequestHandler][] = [
    ["silence", () => undefined],
    ["a reset", (_asked, _response, socket) => socket.resetAndDestroy()],
    [
      "half a body",
      (_a, response, socket) => {
        response.writeHead(200, { "content-length": "50" }).write("{");
        setTimeout(() => socket.destroy(), 10);
      },
    ],
    ["no JSON", respondWith(200, "<html>")],
    ["nothing", respondWith(200, "")],
    ["null", respondWith(200, "null")],
    ["a list of nonsense", respondWith(200, "[1,null,{}]")],
    ["another object", respondWith(200, '{"a":1}')],
    ["an internal error", respondWith(500, '{"error":"could not insert order"}')],
    ["a gateway's page", respondWith(502, "<html>Bad gateway</html>")],
    [
      "a page that shows what it was sent",
      (asked, ...rest) =>
        respondWith(502, JSON.stringify({ error: asked.headers["poly_passphrase"] }))(
          asked,
          ...rest,
        ),
    ],
    ["a redirect", respondWith(307, "", { location: "/" })],
  ];

  it.each(hostileAnswers)(
    "%s: each request gives one answer and completes",
    async (name, answer) => {
      const { venue, warnings } = await meet(answer);

      const answers = await Promise.all(
        requests.map(async ([request, ask]) => [request, await all(ask(venue))] as const),
      );

      for (const [request, emitted] of answers) {
        expect([request, emitted.length]).toEqual([request, 1]);
        // An empty or null answer to a read by id means that there is no such order.
        const isAbsence = request === "order" && ["nothing", "null"].includes(name);
        expect([request, emitted[0]?.type]).toEqual([request, isAbsence ? "answered" : "lost"]);
      }
      const words = JSON.stringify([answers, warnings]);
      for (const secret of [SECRET, PASSPHRASE]) expect(words).not.toContain(secret);
    },
  );

  it("nothing listens: each request is not sent", async () => {
    const { venue } = polymarketVenue(
      {
        origin: await closedPort(),
        identity,
        listings: new Map<MarketId, Listing>([[MARKET, LISTING]]),
        onDecodeWarning: () => undefined,
        timing: VENUE_TIMING,
      },
      { clock, scheduler: asyncScheduler },
    );

    const unsent = {
      type: "notSent",
      cause: "unreachable",
      retryAfterMs: null,
      detail: expect.stringContaining("ECONNREFUSED") as string,
    };
    expect(await all(venue.place([leg()], may))).toEqual([unsent]);
    expect(await all(venue.cancelAll(null))).toEqual([unsent]);
    expect(await all(venue.openOrders(null))).toEqual([unsent]);
  });

  it("an answer that is not understood is reported with the path of its request", async () => {
    const { venue, warnings } = await meet(respondWith(200, "<html>"));
    await all(venue.order(orderId("0x1234")));

    expect(warnings).toEqual([["/data/order", { type: "garbled", sample: "<html>" }]]);
  });
});

describe("decodeWarnings", () => {
  it("counts every warning and report, and logs the first, tenth, hundredth … of each kind", () => {
    const warnLines: string[] = [];
    const debugLines: string[] = [];
    const warnings = decodeWarnings({
      warn: ({ source, type, count }, text) =>
        warnLines.push(`${String(source)} ${String(type)} ${String(count)}: ${text}`),
      debug: ({ type }, text) => debugLines.push(`${String(type)}: ${text}`),
    });
    for (let n = 0; n < 250; n += 1)
      warnings.onDecodeWarning("market", { type: "garbled", sample: "{" });
    warnings.onDecodeWarning("user", { type: "unknown", sample: "{}" });
    warnings.onWatchdogReport("market", { type: "wrong", about: "YES" });
    // A quiet channel that is up to date is no warning.
    warnings.onWatchdogReport("market", { type: "quiet", about: "nothing heard" });

    expect([...warnings.counts()]).toEqual([
      ["market garbled", 250],
      ["user unknown", 1],
      ["market wrong", 1],
      ["market quiet", 1],
    ]);
    expect(warnLines).toEqual([
      "market garbled 1: message not understood",
      "market garbled 10: message not understood",
      "market garbled 100: message not understood",
      "user unknown 1: message not understood",
      "market wrong 1: book check sum is wrong",
    ]);
    expect(debugLines).toEqual([
      "quiet: quiet channel is up to date: the venue's own book is the same",
    ]);
  });
});
