/** What a run with real money requires before it starts, and what it puts at risk. */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { z } from "zod";
import type { AppConfig } from "../app/index.ts";
import { type LimitAction, formatMicro, nearest } from "../types/index.ts";
import {
  type Address,
  type Addresses,
  type Credentials,
  type PrivateKey,
  SERIES,
  type Series,
  type SigningAccount,
  type Wallet,
  areLoopbackAddresses,
  isLoopbackUrl,
  parseAddress,
  urlsOf,
} from "../venue/polymarket/index.ts";
import { type Environment, type Secrets, secretsIn } from "./secrets.ts";

export interface LiveConfig {
  readonly addresses: Addresses;
  readonly series: readonly Series[];
  readonly wallet: Wallet;
  /** The address that holds the funds; null is the key's own. */
  readonly maker: Address | null;
  readonly key: PrivateKey;
  /** Null derives them from the key. */
  readonly credentials: Credentials | null;
  /** Whether `--yes` was given. */
  readonly isConfirmed: boolean;
}

/** Unencrypted only on this machine; without a password, which would be logged. */
const address = (scheme: "http" | "ws", isOrigin: boolean) =>
  z.string().transform((given, context) => {
    const url = URL.canParse(given) ? new URL(given) : null;
    const isSafe =
      url?.protocol === `${scheme}s:` || (url?.protocol === `${scheme}:` && isLoopbackUrl(url));
    const isPlain = url?.username === "" && url.password === "" && url.search === "" && !url.hash;
    if (url !== null && isSafe && isPlain && (!isOrigin || url.pathname === "/")) {
      return isOrigin ? url.origin : url.href.replace(/\/$/, "");
    }
    const what = isOrigin ? `${scheme}s://host` : `${scheme}s://host/path`;
    context.addIssue({ code: "custom", message: `not an address such as ${what}` });
    return z.NEVER;
  });

/** The defaults are the real venue's; only a live run and the doctor read them. */
export const venueSection = z
  .strictObject({
    rest: address("http", true).default("https://clob.polymarket.com"),
    gamma: address("http", false).default("https://gamma-api.polymarket.com"),
    marketSocket: address("ws", false).default(
      "wss://ws-subscriptions-clob.polymarket.com/ws/market",
    ),
    userSocket: address("ws", false).default("wss://ws-subscriptions-clob.polymarket.com/ws/user"),
    priceSocket: address("ws", false).nullable().default("wss://ws-live-v2.polymarket.com/ws"),
    binanceRest: address("http", true).default("https://api.binance.com"),
    binanceSocket: address("ws", true).default("wss://stream.binance.com:9443"),
  })
  .refine(
    (addresses) => areLoopbackAddresses(addresses) || !urlsOf(addresses).some(isLoopbackUrl),
    "some of the addresses are on this machine and some are not: give all seven, priceSocket null where there is none",
  );

export const accountSection = z
  .strictObject({
    wallet: z
      .enum(["key", "proxy", "safe", "depositWallet"] satisfies Wallet[])
      .describe("what holds the funds"),
    maker: z
      .string()
      .transform((text, context) => {
        const known = parseAddress(text, keccak_256);
        if (known !== null) return known;
        context.addIssue({ code: "custom", message: "not an address, or mistyped" });
        return z.NEVER;
      })
      .optional()
      .describe("where the funds are, unless the key itself holds them"),
  })
  .refine(({ wallet, maker }) => (wallet === "key") === (maker === undefined), {
    path: ["maker"],
    message: 'the address that holds the funds; to be left out for the wallet "key"',
  });

/** The live part of the command line and of the parameter file, as far as it could be parsed. */
export interface LiveRequest {
  /** Undefined where none was named; empty where a name is wrong, which is a problem already. */
  readonly series: readonly Series[] | undefined;
  readonly keyFile: string | undefined;
  readonly isConfirmed: boolean;
  readonly addresses: Addresses | undefined;
  readonly account: z.output<typeof accountSection> | undefined;
  /** The parameter file before defaults: a limit of a live run must have been chosen. Null where it is not known. */
  readonly parameters: unknown;
}

const LIMITS = ["budgetUsdc", "netMaxShares", "grossMaxShares"] as const;
const DAILY_LOSS = "lossPerDayUsd";

export interface LiveParts {
  readonly live: LiveConfig | null;
  readonly secrets: Secrets;
  readonly problems: readonly string[];
}

export function liveParts(request: LiveRequest, environment: Environment): LiveParts {
  const { series, addresses, account, isConfirmed, parameters } = request;
  const secrets = secretsIn(environment, request.keyFile);
  const executor = parameters === null ? null : (sectionOf(parameters, "executor") ?? {});
  const limits = parameters === null ? null : (sectionOf(parameters, "limits") ?? {});
  const problems = [
    ...secrets.problems,
    ...(series === undefined
      ? [`--series: one of ${[...SERIES.keys()].join(", ")}, or several with commas between them`]
      : []),
    ...missingIn(parameters, ["account"]).map(
      (name) => `${name}: wallet and maker must be set in the file of --config`,
    ),
    ...missingIn(executor, LIMITS).map(
      (name) => `executor.${name}: must be set for a live run, in the file of --config`,
    ),
    ...missingIn(limits, [DAILY_LOSS]).map(
      (name) =>
        `limits.${name}: must be set for a live run, in the file of --config, as in { "max": 50, "action": "halt" }`,
    ),
    ...(sectionOf(sectionOf(limits, DAILY_LOSS), "action") === "widen"
      ? [`limits.${DAILY_LOSS}: a wider spread ends no loss: reduceOnly, flatten or halt`]
      : []),
  ];
  const { key, credentials } = secrets;
  const isWhole = problems.length === 0 && series !== undefined && series.length > 0;
  if (!isWhole || key === null || addresses === undefined || account === undefined) {
    return { live: null, secrets, problems };
  }
  const { wallet, maker = null } = account;
  return {
    live: { addresses, series, wallet, maker, key, credentials, isConfirmed },
    secrets,
    problems,
  };
}

/** None where the section cannot be read, or has a name that was meant: either is a problem already. */
function missingIn(section: unknown, names: readonly string[]): readonly string[] {
  if (typeof section !== "object" || section === null || Array.isArray(section)) return [];
  const meant = new Set(Object.keys(section).map((key) => nearest(key, names)));
  return names.filter((name) => !meant.has(name));
}

function sectionOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? new Map<string, unknown>(Object.entries(value)).get(name)
    : undefined;
}

const DAY_MS = 86_400_000;

const ACTION_WORDS: Readonly<Record<LimitAction, string>> = {
  widen: "both quotes stand further from the middle",
  reduceOnly: "nothing is bought any more",
  flatten: "everything is sold",
  halt: "everything is cancelled and nothing placed",
};

/**
 * What a run puts at risk, at which venue and for which account. The largest loss of a window is its
 * budget: purchases are paid from it, sales return to it, and a share is never worth less than zero.
 */
export function riskText(
  { series, addresses }: LiveConfig,
  { owner, wallet, maker }: SigningAccount,
  { executor, account, forMs }: Pick<AppConfig, "executor" | "account" | "forMs">,
): readonly string[] {
  const { budget, netMax, grossMax, orderLifeMs } = executor;
  // The first and the last window may be traded in part.
  const windowsIn = ({ windowMs }: Series): number => Math.ceil((forMs ?? DAY_MS) / windowMs) + 1;
  const windows = series.reduce((sum, one) => sum + windowsIn(one), 0);
  const daily = account.limits[DAILY_LOSS];
  return [
    `at      ${new URL(addresses.rest).host}`,
    `as      ${owner}${wallet === "key" ? ", which holds the funds" : `, for the ${wallet} ${maker}`}`,
    ...series.map(
      ({ name, windowMs }) => `series  ${name}, a window every ${windowMs / 60_000} minutes`,
    ),
    `loss    at most ${formatMicro(budget)} USDC in a window (budgetUsdc, out of which every purchase is paid), ` +
      `and what shares owned before are worth; ${forMs === null ? "in a day" : "until --for"} ${windows} windows`,
    ...(daily === undefined
      ? []
      : [
          `day     once ${daily.max} USDC are lost in a day of UTC, realised and at the best bid, ${ACTION_WORDS[daily.action]}, ` +
            "until you clear it (lossPerDayUsd); each window that is not resolved then can still lose its budget",
        ]),
    `stock   at most ${formatMicro(netMax)} shares more of one token than of the other, ${formatMicro(grossMax)} of both`,
    `orders  ${orderLifeMs === null ? "GTC, which stay when this program dies, until the venue misses its heartbeat" : `GTD, for ${orderLifeMs / 1_000} s`}; post-only, but for a flatten`,
  ];
}
