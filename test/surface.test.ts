/**
 * What each folder shows through its door, by name: whoever adds to it reads here what he adds it to.
 * Types are not in it; they cost nothing to show.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const DOORS = [
  "src/index.ts",
  "src/app/index.ts",
  "src/executor/index.ts",
  "src/gateway/index.ts",
  "src/journal/index.ts",
  "src/ledger/index.ts",
  "src/operators/index.ts",
  "src/record/index.ts",
  "src/sim/index.ts",
  "src/sim/server/index.ts",
  "src/streams/caches/index.ts",
  "src/streams/feeds/index.ts",
  "src/streams/strategy/index.ts",
  "src/types/index.ts",
  "src/venue/index.ts",
  "src/venue/binance/index.ts",
  "src/venue/polymarket/index.ts",
  "src/venue/polymarket/sign/index.ts",
] as const;

const WIDTH = 80;

/** The names of the values behind a door, in rows. */
async function shown(door: (typeof DOORS)[number]): Promise<string> {
  const values = (await import(pathToFileURL(door).href)) as Readonly<Record<string, unknown>>;
  const rows = Object.keys(values)
    .toSorted()
    .reduce<readonly string[]>((sofar, name) => {
      const row = `${sofar.at(-1) ?? ""} ${name}`.trim();
      return row.length > WIDTH ? [...sofar, name] : [...sofar.slice(0, -1), row];
    }, []);
  return rows.join("\n");
}

describe("the door of", () => {
  it("tandem-mm", async () => {
    expect(await shown("src/index.ts")).toMatchInlineSnapshot(`
      "ConfigError DOLLAR_BP FEEDS LawBroken MICRO NO_SHARES NO_USDC OPERATOR_LEVELS
      SLOTS SUMMARY_VERSION TOKENS after app appConfig assert ceilTo complement
      effective epochMs explain fileJournal floorTo formatMicro formatPriceBp
      isPossiblyLive larger lotsFloor marketId memoryJournal microShares microUsdc
      minus monotonicMs netShares notionalCeil notionalFloor orderId otherSide
      otherToken parseMicroShares parseMicroUsdc parsePriceBp parseReferencePrice plus
      priceBp referencePrice requestId simulatedRuntime simulatedVenue smaller
      systemChance systemClock systemLog systemMacrotask systemNonce systemScheduler
      tokenId tradeId workingOrders"
    `);
  });

  it("app", async () => {
    expect(await shown("src/app/index.ts")).toMatchInlineSnapshot(`
      "MARKET_SUMMARIES_MAX SIMULATED_CASH SKEW_MAX_MS SKEW_NOTABLE_MS SUMMARY_VERSION
      SYNTHETIC_VOLATILITY USAGE WIRED_TIMING app appConfig daemonConfig doctorConfig
      fillsOf isKnownEmpty referenceSource servedVenue simulatedIdentity simulatedKey
      simulatedRuntime simulatedVenue simulatedWiring systemChance systemClock
      systemLog systemMacrotask systemNonce systemProcesses systemScheduler tally
      wiredRuntime"
    `);
  });

  it("executor", async () => {
    expect(await shown("src/executor/index.ts")).toMatchInlineSnapshot(
      `
      "executor explain initialState isPossiblyLive nextDeadline pendingSince reducer
      resumed tradeEntries workingOrders"
    `,
    );
  });

  it("gateway", async () => {
    expect(await shown("src/gateway/index.ts")).toMatchInlineSnapshot(
      `"DEADLINES bucket buckets fence gateway heartbeat reserve shortage"`,
    );
  });

  it("journal", async () => {
    expect(await shown("src/journal/index.ts")).toMatchInlineSnapshot(`
      "decode fileJournal levelFile memoryJournal memoryLevel prepareDirectory refold
      segmentLines segmentPaths segmentsOfTitle"
    `);
  });

  it("ledger", async () => {
    expect(await shown("src/ledger/index.ts")).toMatchInlineSnapshot(`"profit"`);
  });

  it("operators", async () => {
    expect(await shown("src/operators/index.ts")).toMatchInlineSnapshot(
      `
      "concatMapLanes concatMapPreemptible debounceWithin latest permits reconnecting
      rotating"
    `,
    );
  });

  it("record", async () => {
    expect(await shown("src/record/index.ts")).toMatchInlineSnapshot(
      `"rebased recording replayed"`,
    );
  });

  it("sim", async () => {
    expect(await shown("src/sim/index.ts")).toMatchInlineSnapshot(`
      "OUR_ACCOUNT TRADERS_NAMES constantLatency noFaults random simulation
      syntheticReference uniformLatency virtualClock virtualScheduler"
    `);
  });

  it("streams/caches", async () => {
    expect(await shown("src/streams/caches/index.ts")).toMatchInlineSnapshot(
      `"bookCache cache foldMarket observed referenceCache unobserved"`,
    );
  });

  it("streams/feeds", async () => {
    expect(await shown("src/streams/feeds/index.ts")).toMatchInlineSnapshot(`"doubts feed"`);
  });

  it("streams/strategy", async () => {
    expect(await shown("src/streams/strategy/index.ts")).toMatchInlineSnapshot(
      `"fairNow pullWish quote stopWish strategy strategyParameters touchOf"`,
    );
  });

  it("types", async () => {
    expect(await shown("src/types/index.ts")).toMatchInlineSnapshot(`
      "ConfigError DOLLAR_BP FEEDS LawBroken MICRO NO_SHARES NO_USDC OPERATOR_LEVELS
      SLOTS TOKENS after assert ceilTo complement effective epochMs floorTo
      formatMicro formatPriceBp larger lotsFloor marketId microShares microUsdc minus
      monotonicMs netShares notionalCeil notionalFloor orderId otherSide otherToken
      parseMicroShares parseMicroUsdc parsePriceBp parseReferencePrice plus priceBp
      referencePrice requestId smaller tokenId tradeId"
    `);
  });

  it("venue", async () => {
    expect(await shown("src/venue/index.ts")).toMatchInlineSnapshot(`"broken socket"`);
  });

  it("venue/binance", async () => {
    expect(await shown("src/venue/binance/index.ts")).toMatchInlineSnapshot(
      `"STREAM_TIMING decodeBinance decodeKlines klines klinesPath referenceStream"`,
    );
  });

  it("sim/server", async () => {
    expect(await shown("src/sim/server/index.ts")).toMatchInlineSnapshot(
      `"SERVED_SERIES endpointsAt isLoopback rollingWindows venueServer"`,
    );
  });

  it("venue/polymarket/sign", async () => {
    expect(await shown("src/venue/polymarket/sign/index.ts")).toMatchInlineSnapshot(`
      "ORDER_TYPE POLYGON SIGNATURE_TYPES SIGNERS Secret addressOf chooseSigner
      clobAuthDigest exchangeOf isOrder l1Headers l2Headers limitAmounts
      marketBuyAmounts orderHasher orderOf ownerOf parseAddress parseCredentials
      parsePrivateKey requestText signOrder"
    `);
  });

  it("venue/polymarket", async () => {
    expect(await shown("src/venue/polymarket/index.ts")).toMatchInlineSnapshot(`
      "CHANNEL_TIMING DISCOVERY_TIMING FIRST_CURSOR ORDER_TYPE PING POLYGON
      PRICES_TIMING SERIES SIGNATURE_TYPES SIGNERS Secret VENUE_TIMING WATCH_TIMING
      addressOf balanceRequest bookHash bookRequest booksRequest cancelAllRequest
      cancelRequest chooseSigner clobAuthDigest clobMarketRequest closedOnlyRequest
      createApiKeyRequest decodeApiKey decodeBalances decodeBook decodeBooks
      decodeCancelAnswer decodeClobMarket decodeClosedOnly decodeFeeRate decodeFunds
      decodeGammaEvents decodeGammaMarkets decodeHeartbeat decodeMarketFrame
      decodeNegRisk decodeOrder decodeOrderCount decodeOrdersPage decodePlaceAnswer
      decodePriceFrame decodeRateTier decodeTickSize decodeTime decodeTradesPage
      decodeUserFrame decodeVersion deriveApiKeyRequest disagreements discovery entry
      exchangeOf feeRateRequest gammaEventRequest gammaMarketRequest
      gammaSeriesRequest heartbeatRequest isOrder isWhole l1Headers l2Headers
      limitAmounts line marketBuyAmounts marketSubscription marketSubscriptionChange
      negRiskRequest oddityCounts orderHasher orderOf orderRequest ordersRequest
      outgoing ownerOf parseAddress parseCredentials parsePrivateKey placeRequest
      polymarketChannels polymarketVenue priceStream rateTierRequest requestText
      rollingSeries signOrder skews tickSizeRequest timeRequest tradesRequest
      userSubscription userSubscriptionChange versionRequest whileClocksAgree wire"
    `);
  });
});

describe("every door", () => {
  it("is in this file", () => {
    const doors = readdirSync("src", { recursive: true, encoding: "utf8" })
      .map((file) => `src/${file.replaceAll("\\", "/")}`)
      .filter((file) => file.endsWith("/index.ts"));

    expect([...DOORS].toSorted()).toEqual(doors.toSorted());
  });

  it("of the package is one of them; its program is the daemon", () => {
    const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
      readonly exports: Readonly<Record<string, string>>;
      readonly bin: Readonly<Record<string, string>>;
    };
    const sourceOf = (built: string): string =>
      built.replace("./dist/", "src/").replace(/\.js$/, ".ts");

    for (const built of Object.values(manifest.exports)) expect(DOORS).toContain(sourceOf(built));
    for (const built of Object.values(manifest.bin)) {
      expect(existsSync(sourceOf(built))).toBe(true);
      expect(readFileSync(sourceOf(built), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    }
  });
});
