/** The wallet's port over HTTP against a stub of the relayer and of the chain; over loopback. */
import { asyncScheduler, firstValueFrom, type Observable, type SchedulerLike, toArray } from "rxjs";
import { afterEach, describe, expect, it } from "vitest";
import { virtualScheduler } from "../../../src/sim/index.ts";
import {
  epochMs,
  type Market,
  marketId,
  microShares,
  microUsdc,
  priceBp,
  tokenId,
  transactionId,
  type WalletCall,
} from "../../../src/types/index.ts";
import {
  addressOf,
  type DecodeWarning,
  type Listing,
  parseAddress,
  parsePrivateKey,
  polymarketWallet,
  Secret,
  walletRefusal,
} from "../../../src/venue/polymarket/index.ts";
import { wasmSigner } from "../../../src/venue/polymarket/sign/signers/wasm.ts";
import { untilIn } from "../../support/patience.ts";
import { type RequestHandler, respondWith, stubServer, type StubServer } from "../stubServer.ts";

const RELAYER_KEY = "a-key-of-the-relayer";
const NODE_KEY = "a-key-of-the-node";
const MARKET = marketId(`0x${"cd".repeat(32)}`);
const NEWER = marketId(`0x01${"ab".repeat(16)}${"00".repeat(15)}`);
const MERGE: WalletCall = { type: "merge", market: MARKET, size: microShares(30_000_000) };
const TERMS = { nonce: 4, deadline: epochMs(1_795_305_900_000) };

const signer = await wasmSigner();
const key =
  parsePrivateKey("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80") ??
  expect.unreachable("no key");
const owner = addressOf(signer, key);
const maker =
  parseAddress("0x8C3aa6a5Eb0A8D2d2Ba5e6B4a2e4D9fe1B3F2A11", signer.keccak256) ??
  expect.unreachable("no wallet");

const listing = (id: Market["id"], exchange: Listing["exchange"]): Listing => ({
  market: {
    id,
    slug: "btc-updown-5m-1795305600",
    tokenIds: { YES: tokenId("1"), NO: tokenId("2") },
    opensAt: epochMs(1_795_305_600_000),
    endsAt: epochMs(1_795_305_900_000),
    rules: {
      tick: priceBp(100),
      orderSizeMin: microShares(5_000_000),
      lot: microShares(10_000),
      notionalMin: microUsdc(0),
    },
  },
  strike: null,
  exchange,
  isNegRisk: false,
  feeRate: microUsdc(0),
  isTradeReady: true,
  saidSettlement: null,
});

const answerWith = (status: number, body: unknown): RequestHandler =>
  respondWith(status, JSON.stringify(body));

const open: StubServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function meet(answer: RequestHandler, scheduler: SchedulerLike = asyncScheduler) {
  const stub = await stubServer(answer);
  open.push(stub);
  const warnings: DecodeWarning[] = [];
  const wallet = polymarketWallet(
    {
      origin: stub.origin,
      chain: new Secret(`${stub.origin}/v2/${NODE_KEY}?more=1`),
      account: { owner, wallet: "depositWallet", maker },
      key,
      signer,
      relayerKey: new Secret(RELAYER_KEY),
      listings: new Map([
        [MARKET, listing(MARKET, "2")],
        [NEWER, listing(NEWER, "3")],
      ]),
      onDecodeWarning: (_source, warning) => warnings.push(warning),
    },
    { scheduler },
  );
  return { stub, wallet, warnings };
}

const all = <T>(answer$: Observable<T>): Promise<readonly T[]> =>
  firstValueFrom(answer$.pipe(toArray()));

describe("a call", () => {
  it("is submitted with the key of the relayer, as the official client does", async () => {
    const { wallet, stub } = await meet(
      answerWith(200, { transactionID: "id", state: "STATE_NEW" }),
    );
    expect(await all(wallet.submit(MERGE, TERMS))).toEqual([
      { type: "acked", transactionId: "id" },
    ]);
    const [request] = stub.requests;
    expect(request).toMatchObject({
      method: "POST",
      path: "/submit",
      headers: { relayer_api_key: RELAYER_KEY, relayer_api_key_address: owner },
    });
    // The first of the official client's vectors.
    expect(JSON.parse(request?.body ?? "")).toMatchObject({
      type: "WALLET",
      from: owner,
      to: "0x00000000000Fb5C9ADea0298D729A0CB3823Cc07",
      nonce: "4",
      signature:
        "0x92f2bf2c24b3285a7c656ce8c6e3f8e91d6e25322f8da3e674a6834177bbd63b4828d51622bdeba66441c2f985ab2f4c52ee06296ac1375c8453ca159b99dd391c",
      depositWalletParams: { depositWallet: maker, deadline: "1795305900" },
    });
  });

  it.each([
    [400, { error: "wallet nonce mismatch" }],
    [401, { error: "invalid authorization" }],
    [429, { error: "Too Many Requests" }],
    [500, "Internal server error"],
    [200, { state: "STATE_NEW" }],
    [200, ""],
  ])("that is answered with %i and %j may be carried out all the same", async (status, body) => {
    const { wallet } = await meet(answerWith(status, body));
    const answers = await all(wallet.submit(MERGE, TERMS));
    expect(answers).toMatchObject([{ type: "lost" }]);
    expect(JSON.stringify(answers)).toContain("POST /submit");
  });

  it("that is never answered is lost by its deadline", async () => {
    const scheduler = virtualScheduler();
    const { wallet, stub } = await meet(() => undefined, scheduler);
    const answers: unknown[] = [];
    wallet.submit(MERGE, TERMS).subscribe((answer) => answers.push(answer));
    await untilIn(scheduler, () => stub.requests.length === 1);
    scheduler.runUntil(scheduler.now() + 30_000);
    expect(answers).toMatchObject([{ type: "lost" }]);
  });

  it.each([
    [NEWER, "Protocol V2"],
    [marketId(`0x${"99".repeat(32)}`), "not listed"],
  ])("of the market %s is refused by name, and nothing leaves", async (market, why) => {
    const { wallet, stub } = await meet(answerWith(200, {}));
    const [answer] = await all(wallet.submit({ type: "redeem", market }, TERMS));
    expect(answer).toMatchObject({ type: "rejected", refusal: { reason: "unsupported" } });
    expect(JSON.stringify(answer)).toContain(
      `redeem by hand: a market ${why === "not listed" ? "that is " : "of "}${why}`,
    );
    expect(stub.requests).toEqual([]);
  });
});

describe("a look-up", () => {
  it.each([
    ["STATE_NEW", "waiting"],
    ["STATE_EXECUTED", "waiting"],
    ["STATE_OF_TOMORROW", "waiting"],
    ["STATE_MINED", "mined"],
    ["STATE_CONFIRMED", "confirmed"],
    ["STATE_FAILED", "failed"],
    ["STATE_INVALID", "failed"],
  ])("of a transaction in %s reads %s", async (state, expected) => {
    const { wallet, stub } = await meet(answerWith(200, [{ transactionID: "a b", state }]));
    expect(await all(wallet.transaction(transactionId("a b")))).toEqual([
      { type: "answered", value: expected },
    ]);
    expect(stub.requests[0]?.path).toBe("/transaction?id=a+b");
  });

  it.each<[string, number, unknown, object]>([
    ["none of the id", 200, [], { type: "answered", value: null }],
    ["404", 404, { error: "not found" }, { type: "answered", value: null }],
    ["another", 200, [{ transactionID: "b", state: "STATE_CONFIRMED" }], { type: "lost" }],
    ["nonsense", 200, "?", { type: "lost" }],
    ["500", 500, "?", { type: "lost" }],
  ])(
    "of a transaction that finds %s proves no more than that",
    async (_what, status, body, expected) => {
      const { wallet } = await meet(answerWith(status, body));
      expect(await all(wallet.transaction(transactionId("a")))).toMatchObject([expected]);
    },
  );

  it.each<[unknown, object]>([
    [{ nonce: "17" }, { type: "answered", value: 17 }],
    [{ nonce: 17 }, { type: "answered", value: 17 }],
    [{ nonce: "-1" }, { type: "lost" }],
    [{ nonce: "9".repeat(20) }, { type: "lost" }],
    [{}, { type: "lost" }],
  ])("of the nonce reads %j", async (body, expected) => {
    const { wallet, stub } = await meet(answerWith(200, body));
    expect(await all(wallet.nonce())).toMatchObject([expected]);
    expect(stub.requests[0]?.path).toBe(`/nonce?address=${owner}&type=WALLET`);
  });

  it("of what is final asks a node for the newest final block, and for the nonce in that block", async () => {
    const block = { number: "0x1b4", timestamp: "0x6b02a5ac" };
    const { wallet, stub } = await meet((request, response, socket) => {
      const { method } = JSON.parse(request.body) as { method: string };
      const result = method === "eth_call" ? `0x${"5".padStart(64, "0")}` : block;
      answerWith(200, { jsonrpc: "2.0", id: 1, result })(request, response, socket);
    });
    expect(await all(wallet.finalized())).toEqual([
      { type: "answered", value: { at: 0x6b_02_a5_ac * 1_000, nonce: 5 } },
    ]);
    expect(stub.requests.map(({ path }) => path)).toEqual([
      `/v2/${NODE_KEY}?more=1`,
      `/v2/${NODE_KEY}?more=1`,
    ]);
    expect(stub.requests.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { method: "eth_getBlockByNumber", params: ["finalized", false] },
      { method: "eth_call", params: [{ to: maker, data: "0xaffed0e0" }, "0x1b4"] },
    ]);
    // The relayer's key is not the node's to see.
    expect(stub.requests[0]?.headers).not.toHaveProperty("relayer_api_key");
  });

  it.each([
    ["no block", { result: null }],
    ["an error", { error: { code: -32_000, message: "no" } }],
    ["a time that is none", { result: { number: "0x1", timestamp: "soon" } }],
    ["a time beyond all", { result: { number: "0x1", timestamp: `0x${"f".repeat(16)}` } }],
  ])("of what is final with %s proves nothing", async (_what, body) => {
    const { wallet, stub } = await meet(answerWith(200, { jsonrpc: "2.0", id: 1, ...body }));
    expect(await all(wallet.finalized())).toMatchObject([{ type: "lost" }]);
    expect(stub.requests).toHaveLength(1);
  });

  it("quotes no key, whatever is answered", async () => {
    const said = `${RELAYER_KEY} /v2/${NODE_KEY}?more=1`;
    const { wallet, warnings } = await meet(answerWith(400, { error: said }));
    const answers = [
      ...(await all(wallet.submit(MERGE, TERMS))),
      ...(await all(wallet.nonce())),
      ...(await all(wallet.transaction(transactionId("a")))),
      ...(await all(wallet.finalized())),
      ...warnings,
    ];
    expect(answers.length).toBeGreaterThanOrEqual(4);
    expect(JSON.stringify(answers)).not.toContain(RELAYER_KEY);
    expect(JSON.stringify(answers)).not.toContain(NODE_KEY);
  });
});

describe("before anything runs", () => {
  const both = { relayerKey: true, chain: true };
  it.each([
    ["depositWallet", both, null],
    ["key", both, "deposit wallets alone, and this one is of kind key"],
    ["proxy", both, "deposit wallets alone, and this one is of kind proxy"],
    ["safe", both, "deposit wallets alone, and this one is of kind safe"],
    ["depositWallet", { relayerKey: false, chain: true }, "no key of the relayer"],
    ["depositWallet", { relayerKey: true, chain: false }, "no node of the chain"],
  ] as const)("a wallet of kind %s with %j is refused by name: %s", (kind, has, why) => {
    const refusal = walletRefusal(kind, has);
    if (why === null) expect(refusal).toBeNull();
    else {
      expect(refusal).toMatch(/^merge and redeem by hand: /);
      expect(refusal).toContain(why);
    }
  });
});
