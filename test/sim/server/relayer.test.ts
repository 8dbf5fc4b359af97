/** Our client of the relayer against the served venue: merges and redemptions over HTTP, with what can go wrong. */
import { asyncScheduler, firstValueFrom, type Observable } from "rxjs";
import { describe, expect, it } from "vitest";
import {
  after,
  type CallTerms,
  type EpochMs,
  epochMs,
  MICRO,
  microShares,
  type SubmitAnswer,
  type TransactionId,
  type Wallet,
  type WalletCall,
} from "../../../src/types/index.ts";
import {
  addressOf,
  type Listing,
  parseAddress,
  parsePrivateKey,
  polymarketWallet,
  type PrivateKey,
  Secret,
  decodeGammaMarkets,
} from "../../../src/venue/polymarket/index.ts";
import { client, control, get, request, served, signer, type Served } from "./served.ts";

const KEY_NUMBER = 1;
const maker =
  parseAddress("0x8C3aa6a5Eb0A8D2d2Ba5e6B4a2e4D9fe1B3F2A11", signer.keccak256) ??
  expect.unreachable("no wallet");

/** An account with 30 YES, 30 NO and the rest of 1,000 dollars, and our client for its deposit wallet. */
async function holding(options: Parameters<typeof served>[0] = {}) {
  const venue = await served(options);
  venue.run(2_000);
  const us = await client(venue, KEY_NUMBER);
  await us.place(["BUY", "YES", 6_500, 30]);
  await us.place(["BUY", "NO", 6_500, 30]);
  venue.run(10_000);
  const { market } = venue.market();
  const { body } = await get(venue, `/gamma/markets?slug=${market.slug}`);
  const listed: readonly Listing[] = decodeGammaMarkets(JSON.stringify(body)).answer.listed;
  const warnings: unknown[] = [];
  const signedBy = (key: PrivateKey): Wallet =>
    polymarketWallet(
      {
        origin: venue.at.rest,
        chain: new Secret(`${venue.at.rest}/chain`),
        account: { owner: us.owner, wallet: "depositWallet", maker },
        key,
        signer,
        relayerKey: new Secret("any key"),
        listings: new Map(listed.map((one) => [one.market.id, one])),
        onDecodeWarning: (_source, warning) => warnings.push(warning),
      },
      { scheduler: asyncScheduler },
    );
  const wallet = signedBy(us.key);
  const owned = () => {
    const held = venue.state().markets.get(market.id)?.holdings.get(us.owner);
    return {
      cash: venue.state().accounts.get(us.owner)?.cash ?? 0,
      YES: held?.YES ?? 0,
      NO: held?.NO ?? 0,
    };
  };
  const terms = async (over: Partial<CallTerms> = {}): Promise<CallTerms> => {
    const nonce = await value(wallet.nonce());
    return { nonce, deadline: wholeSecond(after(venue.now(), 300_000)), ...over };
  };
  const submit = async (call: WalletCall, over: Partial<CallTerms> = {}): Promise<SubmitAnswer> =>
    firstValueFrom(wallet.submit(call, await terms(over)));
  return { venue, us, wallet, signedBy, market, owned, submit, warnings };
}

async function value<Value>(
  answer$: Observable<{ readonly type: string; readonly value?: Value }>,
): Promise<Value> {
  const answer = await firstValueFrom(answer$);
  return answer.value ?? expect.unreachable(`no value: ${JSON.stringify(answer)}`);
}

const wholeSecond = (at: EpochMs): EpochMs => epochMs(Math.floor(at / 1_000) * 1_000);

const idOf = (answer: SubmitAnswer): TransactionId =>
  answer.type === "acked" ? answer.transactionId : expect.unreachable(JSON.stringify(answer));

/** Runs until the market that is held is resolved. */
const resolved = async (venue: Served): Promise<void> => {
  await control(venue, { do: "resolve", winner: "NO" });
  venue.run(3_000);
};

describe("a merge at the served venue", () => {
  it("is acknowledged, mined, final, and moves the pairs to cash", async () => {
    const { venue, wallet, market, owned, submit, warnings } = await holding();
    const before = owned();
    const size = microShares(20 * MICRO);
    const id = idOf(await submit({ type: "merge", market: market.id, size }));
    expect(await value(wallet.transaction(id))).toBe("waiting");
    expect(owned()).toEqual(before);
    venue.run(20_000);
    expect(await value(wallet.transaction(id))).toBe("confirmed");
    expect(owned()).toEqual({
      cash: before.cash + size,
      YES: before.YES - size,
      NO: before.NO - size,
    });
    expect(await value(wallet.nonce())).toBe(1);
    const block = await value(wallet.finalized());
    expect(block.nonce).toBe(1);
    expect(block.at).toBeLessThanOrEqual(after(venue.now(), -5_000));
    expect(block.at).toBeGreaterThan(after(venue.now(), -7_000));
    expect(warnings).toEqual([]);
  });

  it.each<[string, (venue: Served) => Partial<CallTerms>]>([
    ["another nonce", () => ({ nonce: 7 })],
    ["a deadline that is over", ({ now }) => ({ deadline: wholeSecond(after(now(), -1_000)) })],
  ])("with %s is refused, and the client does not take that for a proof", async (_what, over) => {
    const { venue, market, owned, submit } = await holding();
    const before = owned();
    const call = { type: "merge", market: market.id, size: microShares(MICRO) } as const;
    expect(await submit(call, over(venue))).toMatchObject({ type: "lost" });
    venue.run(20_000);
    expect(owned()).toEqual(before);
  });

  it.each([
    ["loseRequest", 0],
    ["loseAnswer", 1],
  ] as const)("whose answer is lost by %s is told by the nonce", async (fault, nonce) => {
    const { venue, market, submit, wallet } = await holding();
    await control(venue, { do: fault, ratio: 1, of: "calls" });
    const call = { type: "merge", market: market.id, size: microShares(MICRO) } as const;
    expect(await submit(call)).toMatchObject({ type: "lost" });
    venue.run(30_000);
    expect((await value(wallet.finalized())).nonce).toBe(nonce);
  });

  it.each([
    ["failCalls", "failed"],
    ["loseCalls", "waiting"],
  ] as const)("that meets %s stays undone", async (fault, state) => {
    const { venue, market, submit, wallet, owned } = await holding();
    const before = owned();
    await control(venue, { do: fault, ratio: 1 });
    const size = microShares(MICRO);
    const id = idOf(await submit({ type: "merge", market: market.id, size }));
    venue.run(30_000);
    expect(await value(wallet.transaction(id))).toBe(state);
    expect(owned()).toEqual(before);
  });
});

describe("a redemption at the served venue", () => {
  it("pays where the venue pays nobody unasked", async () => {
    const { venue, market, owned, submit } = await holding({ scenario: { autoRedeems: false } });
    const before = owned();
    await resolved(venue);
    expect(owned()).toEqual(before);
    idOf(await submit({ type: "redeem", market: market.id }));
    venue.run(20_000);
    expect(before.NO).toBeGreaterThan(0);
    expect(owned()).toEqual({ cash: before.cash + before.NO, YES: 0, NO: 0 });
  });
});

describe("a submission that nobody should take", () => {
  it.each<[string, Record<string, string>, number]>([
    ["no key of the relayer", {}, 401],
    ["a key of another address", { relayer_api_key: "k", relayer_api_key_address: maker }, 401],
  ])("because of %s is refused", async (_what, headers, status) => {
    const { venue, us } = await holding();
    const body = JSON.stringify({
      type: "WALLET",
      from: us.owner,
      to: "0x00000000000Fb5C9ADea0298D729A0CB3823Cc07",
      nonce: "0",
      signature: `0x${"11".repeat(65)}`,
      depositWalletParams: { depositWallet: maker, deadline: "1795306200", calls: [] },
    });
    expect((await request(venue, "POST", "/submit", { body, headers })).status).toBe(status);
  });

  it("because another key has signed it is refused", async () => {
    const { venue, us, market, owned, signedBy } = await holding();
    const before = owned();
    const stranger = parsePrivateKey("7".repeat(64)) ?? expect.unreachable("no key");
    expect(addressOf(signer, stranger)).not.toBe(us.owner);
    const call = { type: "merge", market: market.id, size: microShares(MICRO) } as const;
    const answer = await firstValueFrom(
      signedBy(stranger).submit(call, {
        nonce: 0,
        deadline: wholeSecond(after(venue.now(), 300_000)),
      }),
    );
    expect(answer).toMatchObject({ type: "lost" });
    expect(JSON.stringify(answer)).toContain("invalid signature");
    venue.run(20_000);
    expect(owned()).toEqual(before);
  });
});

describe("what is asked of the relayer and the chain", () => {
  it.each([
    ["POST", "/submit", "[]", 400],
    ["POST", "/submit", "", 400],
    ["GET", "/nonce?address=0x12&type=WALLET", "", 400],
    ["GET", "/nonce?type=WALLET", "", 400],
    ["POST", "/chain", "{}", 400],
  ])("%s %s with %j is refused", async (method, path, body, status) => {
    const venue = await served();
    expect((await request(venue, method, path, body === "" ? {} : { body })).status).toBe(status);
  });

  it.each([
    ["GET", "/transaction?id=none", undefined, []],
    [
      "POST",
      "/chain",
      { jsonrpc: "2.0", id: 4, method: "eth_chainId", params: [] },
      { jsonrpc: "2.0", id: 4, error: { code: -32_601, message: "not served" } },
    ],
    [
      "POST",
      "/chain",
      { jsonrpc: "2.0", id: 4, method: "eth_call", params: [{ to: 5, data: [] }, "0x1"] },
      { jsonrpc: "2.0", id: 4, error: { code: -32_601, message: "not served" } },
    ],
  ])("%s %s %j is answered", async (method, path, body, expected) => {
    const venue = await served();
    const reply = await request(venue, method, path, body ? { body: JSON.stringify(body) } : {});
    expect(reply).toMatchObject({ status: 200, body: expected });
  });
});
