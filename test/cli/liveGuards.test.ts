import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { riskText } from "../../src/cli/liveGuards.ts";
import { liveIdentity } from "../../src/runtimes/index.ts";
import { SECRET_VARIABLES } from "../../src/cli/secretVariables.ts";
import { ConfigError } from "../../src/types/index.ts";
import { addressOf, chooseSigner, parsePrivateKey } from "../../src/venue/polymarket/index.ts";
import { pureSigner } from "../../src/venue/polymarket/sign/signers/pure.ts";
import { type DaemonConfig, daemonConfig } from "../../src/cli/flags.ts";

const KEY = `0x${"a5".repeat(32)}`;
const OWNER = addressOf(pureSigner(), parsePrivateKey(KEY) ?? expect.unreachable("no key"));
const SAFE = "0xE111180000d2663C0091e4f400237545B87B996B";
const LIMITS = { budgetUsdc: 50, netMaxShares: 40, grossMaxShares: 80 };
const ENVIRONMENT = { TANDEM_PRIVATE_KEY: KEY };
const DAILY = { lossPerDayUsd: { max: 30, action: "halt" } };
const WHOLE = { executor: LIMITS, limits: DAILY, account: { wallet: "key" } };

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tandem-live-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let files = 0;
function file(content: unknown, mode = 0o600): string {
  const path = join(folder, `file-${(files += 1)}`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  chmodSync(path, mode);
  return path;
}

interface Given {
  readonly parameters?: unknown;
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

function parsed({ parameters = WHOLE, flags = [], environment = ENVIRONMENT }: Given = {}) {
  const args = ["--live", "--series", "btc-updown-5m", "--config", file(parameters), ...flags];
  return daemonConfig(args, environment) ?? expect.unreachable("the usage was asked for");
}

const live = (given: Given = {}): NonNullable<DaemonConfig["live"]> =>
  parsed(given).live ?? expect.unreachable("not live");

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
/** Of a run that is confirmed: what else is wrong with it. */
const problems = ({ flags = [], ...given }: Given): readonly string[] =>
  problemsOf(() => parsed({ ...given, flags: ["--yes", ...flags] }));

describe("a live run", () => {
  it("without anything else is told everything that is missing, at once", () => {
    expect(problemsOf(() => daemonConfig(["--live"], {}))).toEqual([
      expect.stringMatching(/^no private key: set TANDEM_PRIVATE_KEY, or .*--key-file/),
      expect.stringMatching(/^--series: one of btc-updown-5m, /),
      expect.stringMatching(/^account: /),
      ...Object.keys(LIMITS).map((name) => expect.stringMatching(`^executor.${name}: `) as string),
      expect.stringMatching(/^limits.lossPerDayUsd: must be set/),
      expect.stringMatching(/^--yes: not given/),
    ]);
    expect(problemsOf(() => daemonConfig(["--live", "--dry-run"], {}))).not.toContainEqual(
      expect.stringMatching(/^--yes: /),
    );
  });

  it("with all of it is one, on the real addresses, not confirmed yet", () => {
    const config = parsed();

    expect(config).toMatchObject({ mode: "live", journalDirectory: ".tandem/journal/live" });
    expect(config.live).toMatchObject({
      series: [{ name: "btc-updown-5m" }],
      wallet: "key",
      maker: null,
      credentials: null,
      isConfirmed: false,
      addresses: {
        rest: "https://clob.polymarket.com",
        gamma: "https://gamma-api.polymarket.com",
        marketSocket: "wss://ws-subscriptions-clob.polymarket.com/ws/market",
        userSocket: "wss://ws-subscriptions-clob.polymarket.com/ws/user",
        priceSocket: "wss://ws-live-v2.polymarket.com/ws",
        binanceRest: "https://api.binance.com",
        binanceSocket: "wss://stream.binance.com:9443",
      },
    });
    expect(live({ flags: ["--yes"] }).isConfirmed).toBe(true);
  });

  it("is not what a parameter file makes of another run: without --live its sections are not used", () => {
    const config = daemonConfig(["--config", file(WHOLE)], ENVIRONMENT);
    expect(config).toMatchObject({ mode: "sim", live: null, venue: "sockets" });
  });

  it.each(["budgetUsdc", "netMaxShares", "grossMaxShares"])(
    "takes no default for %s, though there is one",
    (name) => {
      const { [name]: _, ...others } = LIMITS as Readonly<Record<string, number>>;
      expect(problems({ parameters: { ...WHOLE, executor: others } })).toEqual([
        `executor.${name}: must be set for a live run, in the file of --config`,
      ]);
    },
  );

  it("takes no default for the loss of a day, and no action that does not end one", () => {
    expect(problems({ parameters: { ...WHOLE, limits: { widenBp: 100 } } })).toEqual([
      'limits.lossPerDayUsd: must be set for a live run, in the file of --config, as in { "max": 50, "action": "halt" }',
    ]);
    const widening = { lossPerDayUsd: { max: 30, action: "widen" } };
    expect(problems({ parameters: { ...WHOLE, limits: widening } })).toEqual([
      "limits.lossPerDayUsd: a wider spread ends no loss: reduceOnly, flatten or halt",
    ]);
  });

  it.each(["sim", "venue", "seed", "window", "reference", "speed"])(
    "has nothing to do with --%s, which is of simulated venues",
    (name) => {
      expect(problems({ flags: [`--${name}=http://127.0.0.1:1`] })).toContainEqual(
        `--${name}: is for simulated venues, not for --live`,
      );
    },
  );

  it.each([["--key-file", "x"], ["--yes"]])("is what %s needs", (...flag) => {
    expect(problemsOf(() => daemonConfig(flag, {}))).toEqual([`${flag[0]}: needs --live`]);
  });

  it.each(["", "btc", "btc-updown-1d", "toString"])("knows no series %j", (name) => {
    expect(problems({ flags: [`--series=${name}`] })).toContainEqual(
      expect.stringMatching(/^--series: /),
    );
  });

  it("keeps a history of its own, and so does a dry run", () => {
    const flags = ["--journal", "j"];
    expect(parsed({ flags }).journalDirectory).toBe(join("j", "live"));
    expect(parsed({ flags: [...flags, "--dry-run"] })).toMatchObject({
      mode: "dryRun",
      journalDirectory: join("j", "dryRun"),
    });
    expect(daemonConfig(["--dry-run", ...flags])).toMatchObject({ mode: "dryRun", live: null });
  });
});

describe("the account", () => {
  it.each([
    ["nobody's", { wallet: "purse" }, /^account\.wallet: /],
    ["a safe without an address", { wallet: "safe" }, /^account\.maker: /],
    ["a key with one", { wallet: "key", maker: SAFE }, /^account\.maker: /],
    ["mistyped", { wallet: "safe", maker: SAFE.slice(0, -1) }, /^account\.maker: /],
    ["mistyped in its case", { wallet: "safe", maker: SAFE.replace("E1", "e1") }, /not an address/],
  ])("is refused where it is %s", (_, account, reason) => {
    expect(problems({ parameters: { ...WHOLE, account } })).toEqual([
      expect.stringMatching(reason),
    ]);
  });

  it("of a wallet comes from the configuration", () => {
    const account = { wallet: "depositWallet", maker: SAFE.toLowerCase() };
    expect(live({ parameters: { ...WHOLE, account } })).toMatchObject({
      wallet: "depositWallet",
      maker: SAFE,
    });
  });
});

describe("the venue", () => {
  const here = {
    rest: "http://127.0.0.1:80",
    gamma: "http://127.0.0.1:80/gamma/",
    marketSocket: "ws://127.0.0.1:80/ws/market",
    userSocket: "ws://127.0.0.1:80/ws/user",
    priceSocket: null,
    binanceRest: "http://127.0.0.1:80",
    binanceSocket: "ws://[::1]:80",
  };
  const wrong = (venue: object): readonly string[] => problems({ parameters: { ...WHOLE, venue } });

  it("may be on this machine, in the clear, if all of it is", () => {
    expect(live({ parameters: { ...WHOLE, venue: here } }).addresses).toMatchObject({
      gamma: "http://127.0.0.1/gamma",
      priceSocket: null,
    });
  });

  it.each(Object.keys(here).filter((name) => name !== "priceSocket"))(
    "on this machine is refused without %s, which would be the real one's",
    (name) => {
      const { [name]: _, ...others } = here as Readonly<Record<string, string | null>>;
      expect(wrong(others)).toEqual([expect.stringMatching(/^venue: some of the addresses/)]);
    },
  );

  it("on this machine is refused with the real price socket, which is the default", () => {
    const { priceSocket: _, ...others } = here;
    expect(wrong(others)).toEqual([expect.stringMatching(/^venue: some of the addresses/)]);
  });

  it.each([
    ["rest", "http://clob.example.com"],
    ["rest", "https://clob.example.com/path"],
    ["rest", "https://user:secret@clob.example.com"],
    ["rest", "wss://clob.example.com"],
    ["rest", "clob.example.com"],
    ["gamma", "https://gamma.example.com/?key=1"],
    ["marketSocket", "ws://ws.example.com"],
    ["userSocket", "https://ws.example.com"],
    ["binanceSocket", "wss://ws.example.com/stream"],
  ])("does not have %s at %s", (name, url) => {
    const said = wrong({ [name]: url });
    expect(said).toEqual([expect.stringMatching(`^venue\\.${name}: not an address`)]);
    expect(said.join()).not.toContain(url);
  });
});

describe("secrets", () => {
  const keyFile = (content: string, mode?: number): Given => ({
    environment: {},
    flags: ["--key-file", file(content, mode)],
  });

  it.each([KEY, KEY.slice(2), `\n${KEY}\n`])("a key is read from a file that says %j", (text) => {
    const { key } = live(keyFile(text));
    expect(Buffer.from(key.reveal()).toString("hex")).toBe(KEY.slice(2));
  });

  it.each([0o644, 0o640, 0o604, 0o620, 0o601])("others may not use the key file: %o", (mode) => {
    expect(problems(keyFile(KEY, mode))).toEqual([
      expect.stringMatching(new RegExp(`mode ${mode.toString(8)}\\): chmod 600`)),
    ]);
  });

  it("a key that is none, missing, or given twice is a problem that does not repeat it", () => {
    const wrong = KEY.slice(0, -1);
    for (const given of [
      keyFile(wrong),
      keyFile(`${KEY}${" ".repeat(2_000)}`),
      { environment: {}, flags: ["--key-file", join(folder, "nowhere")] },
      { environment: {}, flags: ["--key-file", folder] },
      { environment: { TANDEM_PRIVATE_KEY: wrong } },
      { environment: { TANDEM_PRIVATE_KEY: "" } },
      { flags: ["--key-file", file(KEY)] },
    ] satisfies readonly Given[]) {
      const said = problems(given);
      expect(said).toHaveLength(1);
      expect(said.join()).not.toContain(wrong.slice(4, 40));
    }
  });

  const api = {
    TANDEM_API_KEY: "id",
    TANDEM_API_SECRET: "c2VjcmV0LWJ5dGVz",
    TANDEM_API_PASSPHRASE: "a phrase",
  };

  it("API credentials are given together or not at all", () => {
    const { credentials } = live({ environment: { ...ENVIRONMENT, ...api } });
    expect(credentials?.apiKey).toBe("id");
    expect(credentials?.passphrase.reveal()).toBe("a phrase");
    for (const name of Object.keys(api)) {
      const { [name]: _, ...others } = api as Readonly<Record<string, string>>;
      expect(problems({ environment: { ...ENVIRONMENT, ...others } })).toEqual([
        expect.stringMatching(/^API credentials: .*together or not at all/),
      ]);
    }
  });

  it("an API secret that is no base64 is a problem that does not repeat it", () => {
    const environment = { ...ENVIRONMENT, ...api, TANDEM_API_SECRET: "not base64!" };
    const said = problems({ environment });
    expect(said).toEqual([expect.stringMatching(/^API credentials: /)]);
    expect(said.join()).not.toContain("not base64!");
  });

  it("no printer shows them in a configuration", () => {
    const config = parsed({ environment: { ...ENVIRONMENT, ...api } });
    const shown = `${JSON.stringify(config)} ${String(config.live?.key)}`;
    for (const secret of [KEY.slice(2), api.TANDEM_API_SECRET, api.TANDEM_API_PASSPHRASE]) {
      expect(shown).not.toContain(secret);
    }
  });

  it("every variable that may hold one is known by name, to be forgotten", () => {
    expect([...SECRET_VARIABLES].toSorted()).toEqual(
      ["TANDEM_PRIVATE_KEY", ...Object.keys(api)].toSorted(),
    );
  });
});

describe("what is at risk", () => {
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

  async function said(given: Given): Promise<string> {
    const config = parsed(given);
    const wanted = config.live ?? expect.unreachable("not live");
    const { account } = liveIdentity(wanted, await chooseSigner(silent));
    return riskText(wanted, account, config.app).join("\n");
  }

  it("is said with host, account, series, largest loss, stock, orders; never with the key", async () => {
    const text = await said({ flags: ["--for", "1h"] });

    expect(text).toMatch(/^at +clob\.polymarket\.com$/m);
    expect(text).toMatch(new RegExp(`^as +${OWNER}, which holds the funds$`, "m"));
    expect(text).toMatch(/^series +btc-updown-5m, a window every 5 minutes$/m);
    // Twelve windows in an hour, and one that is under way when it begins.
    expect(text).toMatch(/at most 50 USDC in a window \(budgetUsdc.*until --for 13 windows$/m);
    expect(text).toMatch(
      /^day +once 30 USDC are lost in a day of UTC.*everything is cancelled.*not resolved then can still lose its budget$/m,
    );
    expect(text).toMatch(/at most 40 shares more .*, 80 of both/);
    expect(text).toMatch(/^orders +GTD, for 180 s; post-only/m);
    expect(text.toLowerCase()).not.toContain(KEY.slice(2, 20));
  });

  it("is of a day where no end is given, and names the wallet that holds the funds", async () => {
    const text = await said({
      parameters: {
        executor: { ...LIMITS, orderType: "GTC" },
        limits: { lossPerDayUsd: { max: 30, action: "reduceOnly" } },
        account: { wallet: "safe", maker: SAFE },
      },
      flags: ["--series", "btc-updown-1h"],
    });

    expect(text).toContain(`${OWNER}, for the safe ${SAFE}`);
    expect(text).toContain("in a day 25 windows");
    expect(text).toMatch(/nothing is bought any more.*can still lose its budget/);
    expect(text).toContain("GTC, which stay when this program dies");
  });

  it("names every series, with the windows of all", async () => {
    const text = await said({ flags: ["--series", "eth-updown-5m,btc-updown-1h"] });
    expect(text).toMatch(/^series +eth-updown-5m, a window every 5 minutes$/m);
    expect(text).toMatch(/^series +btc-updown-1h, a window every 60 minutes$/m);
    // 288 and 24, and one more of each.
    expect(text).toContain("in a day 314 windows");
  });
});

const ignore = (): void => undefined;
