/** Which strategy trades which market, what changes while it runs, and a strategy that fails in one market of two. */
import { describe, expect, it } from "vitest";
import { appConfig } from "../../src/app/index.ts";
import {
  CHANGES_MAX,
  UNDO_MAX,
  chosenFor,
  createSettings,
  strategySettings,
} from "../../src/app/strategies.ts";
import { strategyWarnings } from "../../src/app/parameterWarnings.ts";
import { type AnyStrategy, BUILT_IN, bidLeg } from "../../src/streams/strategy/index.ts";
import { ConfigError, type Market, isRecord } from "../../src/types/index.ts";
import { market } from "../support/builders.ts";
import { z } from "zod";
import { rig } from "./rig.ts";

const settingsOf = (sections: object) => {
  const { settings, problems } = strategySettings(sections);
  if (settings === null) throw new Error(problems.join("; "));
  return settings;
};
const problemsOf = (sections: object): readonly string[] => strategySettings(sections).problems;
const named = (slug: string, changed: Partial<Market> = {}): Market => ({
  ...market(),
  slug,
  ...changed,
});

describe("series", () => {
  it("may each have their own strategy; what is not said is that of all, of another strategy the common part alone", () => {
    const settings = settingsOf({
      strategy: { halfSpreadBp: 300, holdBp: 5 },
      series: {
        "btc-updown-15m": { strategy: { sizeShares: 50 } },
        "btc-updown-5m": { strategy: { name: "dummy", bidBp: 1000 } },
        "btc-updown-1h": {},
      },
    });
    const of = (slug: string, changed: Partial<Market> = {}) =>
      chosenFor(settings, named(slug, changed)).parameters;
    expect(of("btc-updown-4h-1")).toMatchObject({
      name: "digital",
      halfSpreadBp: 300,
      sizeShares: 20,
    });
    expect(of("btc-updown-15m-1")).toMatchObject({
      name: "digital",
      halfSpreadBp: 300,
      sizeShares: 50,
    });
    expect(of("btc-updown-5m-1")).toMatchObject({ name: "dummy", bidBp: 1000, holdBp: 5 });
    expect(of("btc-updown-5m-1")).not.toHaveProperty("halfSpreadBp");
    // A market that knows its series is of no other, whatever its name.
    const hourly = { series: "btc-updown-15m" };
    expect(of("bitcoin-up-or-down-june-8-3am-et", hourly)).toMatchObject({ sizeShares: 50 });
    expect(of("btc-updown-15m-1", { series: "eth-updown-1h" })).toMatchObject({ sizeShares: 20 });
  });

  it.each<[series: unknown, expected: readonly string[]]>([
    [7, ["series: not an object, as in { … }"]],
    [{ "eth-updown": {} }, ["series.eth-updown: not a series, such as btc-updown-15m"]],
    [{ "ehh-updown-5m": {} }, ["series.ehh-updown-5m: not a series, such as btc-updown-15m"]],
    [
      { "xrp-updown-4h": { strategy: 1 } },
      ["series.xrp-updown-4h.strategy: not an object, as in { … }"],
    ],
    [
      { "btc-updown-5m": { executor: {} } },
      ['series.btc-updown-5m.executor: not a parameter; a series has only "strategy"'],
    ],
    [
      { "btc-updown-5m": { strategy: { volatilityPrior: 0.001 } } },
      [
        "series.btc-updown-5m.strategy.volatilityPrior: is of the whole account: set strategy.volatilityPrior",
      ],
    ],
    [
      { "btc-updown-5m": { strategy: { halfSpreadBp: 1, bidBp: 4 } } },
      [
        "series.btc-updown-5m.strategy.bidBp: not a parameter of digital, but of dummy",
        "series.btc-updown-5m.strategy.halfSpreadBp: at least 10 bp",
      ],
    ],
  ])("%j is refused by name", (series, expected) => {
    expect(problemsOf({ series })).toEqual(expected);
  });

  it("every problem of every section is said, and each once", () => {
    expect(
      problemsOf({
        strategy: { holdBp: 0 },
        series: { "btc-updown-5m": { strategy: { quietMs: -1 } } },
      }),
    ).toEqual([
      "strategy.holdBp: at least 1 bp",
      "series.btc-updown-5m.strategy.quietMs: at least 0 ms",
    ]);
  });
});

describe("a program's own strategy", () => {
  const own: AnyStrategy = {
    name: "own",
    describe: "a test's own",
    parameters: z.strictObject({ priceBp: z.number().default(4000) }),
    quote: (_, parameters) => ({
      mode: "normal",
      bid: bidLeg(isRecord(parameters) ? Number(parameters["priceBp"]) : 0, 20),
      ask: null,
      reason: "own",
      fairBp: null,
    }),
  };
  const config = (parameters: object, strategies = [own]) =>
    appConfig(parameters, null, undefined, strategies);

  it("is chosen by its name, and refused where there is another of this name", () => {
    expect(config({ strategy: { name: "own", priceBp: 7 } }).strategy).toMatchObject({
      priceBp: 7,
    });
    expect(config({}).strategy.name).toBe("digital");
    expect(() => config({}, [{ ...own, name: "mid" }])).toThrow(ConfigError);
    expect(() => config({}, [own, own])).toThrow(/own: there is another one of this name/);
    expect(() => config({}, [{ ...own, describe: 7 as never }])).toThrow(/strategy 1: describe/);
  });

  it("[B] that throws in one market stops that one, by its name, and the other one trades on", async () => {
    const config5m = appConfig({ strategy: { name: "own" } }, null, undefined, [
      {
        ...own,
        quote: (view, parameters) => {
          if (!view.market.slug.startsWith("sim-up-or-down-2")) throw new Error("not this one");
          return own.quote(view, parameters);
        },
      },
    ]);
    const run = rig({ windowMs: [60_000, 300_000], config: config5m });
    await run.runUntil(20_000);
    const log = run.log().join("\n");
    expect(run.outcome()).toBeNull();
    expect(log).toMatch(/sim-up-or-down-[0-9]{5,}.*strategy: own threw: Error: not this one/);
    expect(log).not.toMatch(/sim-up-or-down-2.*own threw/);
    expect(log).toMatch(/info: quoting .*sim-up-or-down-2/);
    expect(run.app.summary().lawsBroken).toBe(0);
  });

  it("sees how far the market lies from the model, as of the last fifth of a second", async () => {
    const ages: (number | null)[] = [];
    const bookAges: number[] = [];
    const looking: AnyStrategy = {
      ...own,
      quote: (view, parameters) => {
        const { marketOffset, bookSeenAt, now } = view;
        if (view.book !== null) bookAges.push(now.monotonicMs - (bookSeenAt ?? Infinity));
        ages.push(marketOffset && now.monotonicMs - marketOffset.at);
        return own.quote(view, parameters);
      },
    };
    const run = rig({
      windowMs: [300_000],
      config: config({ strategy: { name: "own" } }, [looking]),
    });
    await run.runUntil(8_000);
    const late = ages.slice(-20);
    expect(late).toHaveLength(20);
    for (const age of late) expect(age).toBeLessThanOrEqual(200);
    for (const age of late) expect(age).not.toBeNull();
    // A book changes several times a second here.
    expect(bookAges.length).toBeGreaterThan(20);
    for (const age of bookAges) expect(age >= 0 && age < 5_000).toBe(true);
  });

  it("is set while it runs: in every market's journal, in the log, and in the next quote; and taken back", async () => {
    const run = rig({ windowMs: [60_000, 300_000], config: config({ strategy: { name: "own" } }) });
    await run.runUntil(8_000);
    const lastBids = () =>
      run.journals().map((journal) => {
        const intents = journal.lines().flatMap((line): unknown[] => {
          const { event } = JSON.parse(line) as {
            event?: { type: string; intent?: { bid: { price: number } | null } };
          };
          return event?.type === "intent.published" && event.intent?.bid
            ? [event.intent.bid.price]
            : [];
        });
        return intents.at(-1);
      });
    expect(lastBids()).toEqual([4000, 4000]);
    const answer = run.app.set(
      { "strategy.priceBp": 3000, "strategy.quietMs": 10 },
      "a test",
      "me",
    );
    const changes = [
      { name: "strategy.priceBp", from: 4000, to: 3000 },
      { name: "strategy.quietMs", from: 25, to: 10 },
    ];
    expect(answer).toEqual({ type: "set", changes, warnings: [] });
    // The ceiling of the debounce, and the executor's turn.
    await run.runUntil(8_160);
    expect(lastBids()).toEqual([3000, 3000]);
    for (const journal of run.journals()) {
      const kept = journal.lines().filter((line) => line.includes('"parameters.changed"'));
      expect(kept.map((line) => JSON.parse(line) as object)).toMatchObject([
        {
          event: {
            type: "parameters.changed",
            changes,
            isUndo: false,
            reason: "a test",
            who: "me",
          },
        },
      ]);
      expect(JSON.parse(journal.lines()[0] ?? "")).toMatchObject({
        config: { strategy: { name: "own", priceBp: 4000 } },
      });
    }
    expect(run.log()).toContainEqual(
      expect.stringMatching(/parameters set .*"4000 -> 3000".*"me"/),
    );

    expect(run.app.undo("enough", "me")).toMatchObject({ type: "set" });
    await run.runUntil(8_330);
    expect(lastBids()).toEqual([4000, 4000]);
    expect(run.log()).toContainEqual(expect.stringMatching(/parameters taken back/));
    run.app.stop("over");
    expect(run.app.set({ "strategy.priceBp": 1 }, "late", "me")).toEqual({
      type: "refused",
      problems: ["the run is ending"],
    });
    await run.runUntil(40_000);
    expect(run.app.summary().lawsBroken).toBe(0);
  });
});

describe("changes while it runs", () => {
  const live = () =>
    createSettings(settingsOf({ series: { "btc-updown-5m": { strategy: { sizeShares: 30 } } } }));
  const refused = (changes: unknown, reason: unknown = "why", who: unknown = "me") => {
    const settings = live();
    const before = settings.read();
    const { answer, changed } = settings.set(changes, reason, who);
    expect(settings.read()).toBe(before);
    expect(changed).toBeNull();
    return answer.type === "refused" ? answer.problems : [];
  };

  it.each<[changes: unknown, expected: readonly unknown[]]>([
    [7, ["changes: not an object, as in { … }"]],
    [{}, ["name a parameter, and its value"]],
    [{ "strategy.halfSpreadBp": undefined }, ["strategy.halfSpreadBp: give a value"]],
    [{ "strategy.halfSpreadBp": 50 }, ["nothing changes: these are the values already"]],
    [
      { "strategy.halfSpreadBp": 5, "strategy.holdBp": "x", "strategy.sizeShares": 30 },
      ["strategy.halfSpreadBp: at least 10 bp", "strategy.holdBp: not a number"],
    ],
    [
      {
        "strategy.name": "mid",
        "strategy.file": "x.js",
        "strategy.volatilityPrior": 1,
        "strategy.quietMs": -1,
      },
      [
        expect.stringMatching(/^strategy\.name: which strategy runs cannot be set/),
        expect.stringMatching(/^strategy\.file: which strategy runs cannot be set/),
        expect.stringMatching(/^strategy\.volatilityPrior: is read once/),
        "strategy.quietMs: at least 0 ms",
      ],
    ],
    [
      { "executor.cutoffMs": 5, "strategy.__proto__.x": 1 },
      [
        expect.stringMatching(/^executor\.cutoffMs: not a parameter that can be set/),
        expect.stringMatching(/^strategy\.__proto__\.x: not a parameter that can be set/),
      ],
    ],
    [{ halfSpredBp: 1 }, [expect.stringContaining("did you mean strategy.halfSpreadBp?")]],
    [{ "strategy.__proto__": 1 }, [expect.stringMatching(/^strategy\.__proto__: not a parameter/)]],
    [
      { "series.btc-updown-4h.strategy.holdBp": 5 },
      [
        "series.btc-updown-4h.strategy.holdBp: this run has no section of the series btc-updown-4h, only of btc-updown-5m",
      ],
    ],
    [
      Object.fromEntries(
        Array.from({ length: CHANGES_MAX + 1 }, (_, at) => [`strategy.a${at}`, 1]),
      ),
      [`at most ${CHANGES_MAX} parameters in one change`],
    ],
  ])("%j is refused whole", (changes, expected) => {
    expect(refused(changes)).toEqual(expected);
  });

  it("needs a reason and a name, each of a bounded length", () => {
    const right = { "strategy.holdBp": 5 };
    expect(refused(right, " ", 7)).toEqual([
      "reason: say why, in at most 200 characters",
      "who: say who, in at most 200 characters",
    ]);
    expect(refused(right, "x".repeat(201))).toHaveLength(1);
  });

  it("is of one series, or of all that do not say otherwise; what stays the same is the same object", () => {
    const settings = live();
    const before = settings.read();
    settings.set({ "series.btc-updown-5m.strategy.holdBp": 7 }, "why", "me");
    expect(settings.read().standard).toBe(before.standard);
    const { answer } = settings.set(
      { "strategy.sizeShares": 40, "strategy.pullBp": 99 },
      "why",
      "me",
    );
    expect(answer).toEqual({
      type: "set",
      changes: [
        { name: "strategy.sizeShares", from: 20, to: 40 },
        { name: "strategy.pullBp", from: 150, to: 99 },
        { name: "series.btc-updown-5m.strategy.pullBp", from: 150, to: 99 },
      ],
      warnings: [],
    });
  });

  it("of a series is refused where no series has a section", () => {
    const { answer } = createSettings(settingsOf({})).set(
      { "series.btc-updown-5m.strategy.holdBp": 5 },
      "why",
      "me",
    );
    expect(answer).toEqual({
      type: "refused",
      problems: [
        "series.btc-updown-5m.strategy.holdBp: this run has no section of the series btc-updown-5m, of no series",
      ],
    });
  });

  it("warns of what hardly goes together since, by its section, and once", () => {
    const { executor } = appConfig();
    const settings = createSettings(
      settingsOf({
        strategy: { quietMs: 200 },
        series: { "btc-updown-5m": { strategy: { sizeShares: 30 } } },
      }),
      (each) => strategyWarnings(each, executor),
    );
    const warningsAfter = (changes: object): readonly string[] => {
      const { answer } = settings.set(changes, "why", "me");
      return answer.type === "set" ? answer.warnings : answer.problems;
    };
    const low = "quotes are pulled and shown again at the same price";
    expect(warningsAfter({ "strategy.pullBp": 15 })).toEqual([
      `strategy.pullBp 15 is below strategy.holdBp 20: ${low}`,
    ]);
    // What is odd already is not said again; nor that a series takes it over.
    expect(warningsAfter({ "strategy.skewPerShare": 0.001 })).toEqual([]);
    expect(warningsAfter({ "series.btc-updown-5m.strategy.pullBp": 12 })).toEqual([
      `series.btc-updown-5m.strategy.pullBp 12 is below series.btc-updown-5m.strategy.holdBp 20: ${low}`,
    ]);
    expect(warningsAfter({ "strategy.oneSidedAtShares": 25 })).toEqual([
      "series.btc-updown-5m.strategy.oneSidedAtShares 25 is below series.btc-updown-5m.strategy.sizeShares 30: a single fill leaves one side out",
    ]);
  });

  it("that hardly goes together is in the log too", async () => {
    const run = rig({ windowMs: [60_000] });
    await run.runUntil(2_000);
    expect(run.app.set({ "strategy.pullBp": 15 }, "a test", "me")).toMatchObject({
      warnings: [expect.stringMatching(/^strategy.pullBp 15 is below/)],
    });
    await run.runUntil(2_100);
    expect(run.log()).toContainEqual(
      expect.stringMatching(/warn: configuration: strategy.pullBp 15 is below/),
    );
    run.app.stop("over");
    await run.runUntil(40_000);
  });

  it("is taken back one by one, the last first, as far as is remembered", () => {
    const settings = live();
    expect(settings.undo("why", "me").answer.type).toBe("refused");
    for (let holdBp = 1; holdBp <= UNDO_MAX + 1; holdBp += 1) {
      if (holdBp !== 60) settings.set({ "strategy.holdBp": holdBp }, "why", "me");
    }
    const { answer, changed } = settings.undo("back", "me");
    expect(answer).toMatchObject({ changes: [{ from: UNDO_MAX + 1, to: UNDO_MAX }, {}] });
    expect(changed).toMatchObject({ isUndo: true, reason: "back" });
    let count = 1;
    while (settings.undo("back", "me").answer.type === "set") count += 1;
    expect(count).toBe(UNDO_MAX);
  });

  it("every strategy that comes with the program can be set", () => {
    for (const { name } of BUILT_IN) {
      const settings = createSettings(settingsOf({ strategy: { name } }));
      expect(settings.set({ "strategy.holdBp": 5 }, "why", "me").answer.type).toBe("set");
    }
  });
});
