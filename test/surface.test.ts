/**
 * What each folder shows through its door, by name: whoever adds to it reads here what he adds it to.
 * Types are not in it; they cost nothing to show.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const DOORS = [
  "src/index.ts",
  "src/strategy.ts",
  "src/account/index.ts",
  "src/app/index.ts",
  "src/executor/index.ts",
  "src/gateway/index.ts",
  "src/journal/index.ts",
  "src/ledger/index.ts",
  "src/observers/index.ts",
  "src/operators/index.ts",
  "src/pricing/index.ts",
  "src/record/index.ts",
  "src/runtimes/index.ts",
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

/** Doors between the parts of one room; whoever is outside enters by the room's own. */
const INNER = /^src\/(sim|sim\/server|venue\/polymarket)\/(?!server\/index|sign\/)[^/]+\/index/;

const WIDTH = 80;

/** The names of the values behind a door, in rows. */
async function shown(door: (typeof DOORS)[number]): Promise<string> {
  const values = (await import(pathToFileURL(door).href)) as Readonly<Record<string, unknown>>;
  const rows = Object.keys(values)
    .toSorted()
    .reduce<readonly string[]>((acc, name) => {
      const row = `${acc.at(-1) ?? ""} ${name}`.trim();
      return row.length > WIDTH ? [...acc, name] : [...acc.slice(0, -1), row];
    }, []);
  return rows.join("\n");
}

describe("the door of", () => {
  it("tandem-mm", async () => {
    expect(await shown("src/index.ts")).toMatchInlineSnapshot(`
      "BALANCE_MAX BUDGET_USDC_MAX COINS ConfigError DOLLAR_BP ENTRIES_MAX FEEDS
      FEE_RATE_MAX FILLS_MAX ID_LENGTH_MAX INPUTS LIMIT_ACTIONS LawBroken MICRO
      NO_FAILURES NO_SHARES NO_USDC OPERATOR_LEVELS ORDER_SHARES_MAX ORDER_SIZE_MAX
      SKEW_MAX_MS SLOTS SUMMARY_VERSION TOKENS UNLIMITED after app appConfig areSound
      assert causeOf ceilTo coinOf complement eachCoin effective epochMs explain
      fileJournal floorTo formatMicro formatPriceBp isLoopbackHost isOrderSize
      isPossiblyLive isPowerOfTen isRecord isTick larger liveIdentity liveRuntime
      lotsFloor marketId mayRest memoryJournal microShares microUsdc minus monotonicMs
      nearest netShares notionalCeil notionalFloor orderId otherSide otherToken own
      parseEpochMs parseMicroShares parseMicroUsdc parsePriceBp parseReferencePrice
      plus priceBp problemsOf referencePrice requestId servedRuntime simulatedRuntime
      simulatedVenue smaller stricterLevel systemChance systemClock systemLog
      systemMacrotask systemNonce systemScheduler systemTime tokenId tradeId
      transactionId triesText whyNot withFailure workingOrders"
    `);
  });

  it("tandem-mm/strategy", async () => {
    expect(await shown("src/strategy.ts")).toMatchInlineSnapshot(
      `"BUILT_IN DOLLAR_BP MICRO askLeg bidLeg defineStrategy netShares stopTarget z"`,
    );
  });

  it("observers", async () => {
    expect(await shown("src/observers/index.ts")).toMatchInlineSnapshot(
      `"MARKET_SUMMARIES_MAX SUMMARY_VERSION endLines readersOf summaryCounter verdictOf"`,
    );
  });

  it("runtimes", async () => {
    expect(await shown("src/runtimes/index.ts")).toMatchInlineSnapshot(`
      "POLYMARKET_TIMING SIMULATED_CASH SKEW_NOTABLE_MS SYNTHETIC_VOLATILITY
      coinsServed dryRun liveIdentity liveRuntime polymarketRuntime referenceSource
      servedRuntime servedVenue servedVenueOptions simulatedIdentity simulatedKey
      simulatedRuntime simulatedVenue syntheticPath systemChance systemClock systemLog
      systemMacrotask systemNonce systemProcesses systemScheduler systemTime"
    `);
  });

  it("account", async () => {
    expect(await shown("src/account/index.ts")).toMatchInlineSnapshot(
      `
      "CONVERSIONS LIMIT_NAMES NO_CONVERSIONS cashView conversionStep initial margins
      memory parseMemory step"
    `,
    );
  });

  it("app", async () => {
    expect(await shown("src/app/index.ts")).toMatchInlineSnapshot(
      `
      "PARAMETERS VERSION app appConfig parameterWarnings strategySections
      tradingConfig tradingParameters"
    `,
    );
  });

  it("account", async () => {
    expect(await shown("src/account/index.ts")).toMatchInlineSnapshot(
      `
      "CONVERSIONS LIMIT_NAMES NO_CONVERSIONS cashView conversionStep initial margins
      memory parseMemory step"
    `,
    );
  });

  it("executor", async () => {
    expect(await shown("src/executor/index.ts")).toMatchInlineSnapshot(
      `
      "ORDER_LIFE_MS_MIN cashOf checks executor explain initialState inputAges isAtRest
      isOver isPossiblyLive isSettled isVerifiedEmpty levelOf nextDeadline
      pendingSince reducer resumed tradeChanges tradeEntries workingOrders worstCaseOf"
    `,
    );
  });

  it("gateway", async () => {
    expect(await shown("src/gateway/index.ts")).toMatchInlineSnapshot(
      `
      "DEADLINES bucket buckets cancelReserve createFence gateway heartbeat
      rateLimitWarning"
    `,
    );
  });

  it("journal", async () => {
    expect(await shown("src/journal/index.ts")).toMatchInlineSnapshot(`
      "OPERATOR_SOCKET accountFile decode fileJournal histories levelFile memoryAccount
      memoryJournal memoryLevel prepareDirectory readRegularFile readSegment refold
      segmentLines segmentPaths segmentsOfTitle writeDraft"
    `);
  });

  it("ledger", async () => {
    expect(await shown("src/ledger/index.ts")).toMatchInlineSnapshot(
      `
      "attributed attribution earned edgeBp fairMark profit resolvedMark saleMark
      traded valued"
    `,
    );
  });

  it("pricing", async () => {
    expect(await shown("src/pricing/index.ts")).toMatchInlineSnapshot(`
      "AVERAGED_S UNSEEN_BASIS VARIANCE_ERROR VOLATILITY_DEFAULTS beforeOpenDigital
      blended bootstrapped breakEvenSpread brier calibrationSlope deciles expectedFill
      fairMove halfSpread impliedMove logLoss logOdds meanOfSeconds microprice
      normalCdf normalDensity observed probabilityOf qlike rebate resultDeviation
      settlementRule settlingPrice spotDigital standardError twapDigital unobserved
      windowDigital withPair withSecond"
    `);
  });

  it("operators", async () => {
    expect(await shown("src/operators/index.ts")).toMatchInlineSnapshot(
      `
      "concatMapLanes concatMapPreemptible debounceWithin delayedInOrder latest
      observeInSlices paced permits reconnecting rotating routed slots spread"
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
      "CHAINLINK_DAY_VARIANCE CRYPTO_FEE_BP OUR_ACCOUNT TRADERS_NAMES constantLatency
      noFaults random simulation syntheticReference uniformLatency virtualClock
      virtualScheduler"
    `);
  });

  it("streams/caches", async () => {
    expect(await shown("src/streams/caches/index.ts")).toMatchInlineSnapshot(
      `
      "LATENCY_AGE_MAX_MS MARKOUTS_S NO_FILLS NO_LATENCY NO_PLACES NO_TRADES
      PUBLIC_TRADES_MAX RECENT_FILLS_MAX SENT_MAX SHOWN_WITHIN_MS UNFILTERED bookCache
      cache contained foldItem foldLatency foldMarket foldPublicTrades foldQueuePlaces
      isFar isNear latencyAt referenceCache settlementCache withAgreement withFills
      withMarkouts withPrice withWorkingOrders withoutHeld"
    `,
    );
  });

  it("streams/feeds", async () => {
    expect(await shown("src/streams/feeds/index.ts")).toMatchInlineSnapshot(
      `
      "feed feedBackoff loadChanges loadMeter noteItem silenceDetector withFreshness
      withSecondSource"
    `,
    );
  });

  it("streams/strategy", async () => {
    expect(await shown("src/streams/strategy/index.ts")).toMatchInlineSnapshot(
      `
      "BOOK_LAG_MS BUILT_IN FAULT_HOLD_MS OFFSET_SAMPLE_MS STARTUP_PARAMETERS
      STRUCTURAL_KEYS askLeg bidLeg chosenBy chosenIntents commonParameters
      commonWords defineStrategy digital intents isCommon isStrategy keysOf modelOf
      nothingShown othersMid ownKeysOf parameterWords problemsOfStrategy reactionOf
      sampledOffset stopTarget strategyParameters touchOf volatilityOptions"
    `,
    );
  });

  it("types", async () => {
    expect(await shown("src/types/index.ts")).toMatchInlineSnapshot(`
      "BALANCE_MAX BUDGET_USDC_MAX COINS ConfigError DOLLAR_BP ENTRIES_MAX FEEDS
      FEE_RATE_MAX FILLS_MAX ID_LENGTH_MAX INPUTS LIMIT_ACTIONS LawBroken MICRO
      NO_FAILURES NO_SHARES NO_USDC OPERATOR_LEVELS ORDER_SHARES_MAX ORDER_SIZE_MAX
      SKEW_MAX_MS SLOTS TOKENS UNLIMITED after areSound assert causeOf ceilTo coinOf
      complement eachCoin effective epochMs floorTo formatMicro formatPriceBp
      isLoopbackHost isOrderSize isPowerOfTen isRecord isTick larger lotsFloor
      marketId mayRest microShares microUsdc minus monotonicMs nearest netShares
      notionalCeil notionalFloor orderId otherSide otherToken own parseEpochMs
      parseMicroShares parseMicroUsdc parsePriceBp parseReferencePrice plus priceBp
      problemsOf referencePrice requestId smaller stricterLevel tokenId tradeId
      transactionId triesText whyNot withFailure"
    `);
  });

  it("venue", async () => {
    expect(await shown("src/venue/index.ts")).toMatchInlineSnapshot(
      `"FRAME_BYTES_MAX SNAPSHOT_WAITING_MAX answerBytesMax broken socket tooLong"`,
    );
  });

  it("venue/binance", async () => {
    expect(await shown("src/venue/binance/index.ts")).toMatchInlineSnapshot(
      `
      "STREAM_TIMING decodeBinance decodeKlines klines klinesPath referenceStream
      tickerPrice"
    `,
    );
  });

  it("sim/server", async () => {
    expect(await shown("src/sim/server/index.ts")).toMatchInlineSnapshot(
      `"SERVED_SERIES endpointsAt parseScript rollingWindows venueServer"`,
    );
  });

  it("venue/polymarket/sign", async () => {
    expect(await shown("src/venue/polymarket/sign/index.ts")).toMatchInlineSnapshot(`
      "ORDER_TYPE POLYGON SIGNATURE_TYPES SIGNERS Secret WALLET_FACTORY addressOf
      chooseSigner clobAuthDigest contractCall createOrder exchangeOf isOrder
      l1Headers l2Headers limitAmounts marketBuyAmounts orderHasher orderOf
      parseAddress parseContractCall parseCredentials parsePrivateKey
      recoverBatchOwner recoverOwner requestText signBatch signOrder withoutSecrets"
    `);
  });

  it("venue/polymarket", async () => {
    expect(await shown("src/venue/polymarket/index.ts")).toMatchInlineSnapshot(`
      "CHANNEL_TIMING DISCOVERY_TIMING FIRST_CURSOR ORDER_TYPE PING POLYGON
      PRICES_TIMING SERIES SIGNATURE_TYPES SIGNERS Secret VENUE_TIMING WALLET_FACTORY
      WATCHDOG_TIMING acceptedLogin addressOf areLoopbackAddresses balanceRequest
      bookHash bookRequest booksRequest cancelAllRequest cancelRequest chooseSigner
      clobAuthDigest clobClient clobMarketRequest closedOnlyRequest coinsOf
      connectionPool contractCall createApiKeyRequest createOrder credentialsHolder
      decodeApiKey decodeBalances decodeBook decodeBooks decodeCancelAnswer
      decodeClobMarket decodeClosedOnly decodeFeeRate decodeFunds decodeGammaEvents
      decodeGammaMarkets decodeHeartbeat decodeMarketFrame decodeNegRisk decodeOrder
      decodeOrderCount decodeOrdersPage decodePlaceAnswer decodePriceFrame
      decodeRateTier decodeTickSize decodeTime decodeTradesPage decodeUserFrame
      decodeVersion decodeWarnings deriveApiKeyRequest deriveCredentials disagreements
      discovery exchangeOf feeRateRequest fixedCredentials gammaEventRequest
      gammaMarketRequest gammaSeriesRequest heartbeatRequest isLoopbackUrl isOrder
      isSeriesName isWhole l1Headers l2Headers limitAmounts login marketBuyAmounts
      marketSubscription marketSubscriptionChange namesOf negRiskRequest orderHasher
      orderOf orderRequest ordersRequest outgoing parseAddress parseContractCall
      parseCredentials parsePrivateKey placeRequest polymarketChannels polymarketVenue
      polymarketWallet priceStream rateTierRequest recoverBatchOwner recoverOwner
      requestText rollingSeries settlementConflict signBatch signOrder skews
      tickSizeRequest timeRequest tradesRequest urlsOf userSubscription
      userSubscriptionChange versionRequest walletRefusal whileClocksAgree wire
      withoutSecrets"
    `);
  });
});

describe("every door", () => {
  it("is in this file", () => {
    const doors = readdirSync("src", { recursive: true, encoding: "utf8" })
      .map((file) => `src/${file.replaceAll("\\", "/")}`)
      // What a strategy needs is of two rooms, so its door is none of theirs.
      .filter((file) => file.endsWith("/index.ts") || file === "src/strategy.ts")
      .filter((file) => !INNER.test(file));

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
