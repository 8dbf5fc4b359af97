/** What has to outlive the process: what was lost, what is hit, what closed markets may still pay. Cash is read anew. */
import { type Instant, LIMIT_ACTIONS, NO_USDC, isRecord } from "../types/index.ts";
import { NO_CASH } from "./cash.ts";
import { rememberedOf } from "./markets.ts";
import { dayOf, totalResult } from "./results.ts";
import { LIMIT_NAMES } from "./inputs.ts";
import {
  type AccountState,
  DAY_MS,
  type Excuse,
  MARKETS_MAX,
  type RememberedMarket,
  type ResultState,
  type SharedHit,
} from "./state.ts";
import { entriesOf } from "./table.ts";

/** Hits and excuses of the account and its references. */
const SHARED_MAX = 1_024;
const TEXT_MAX = 256;
const SCHEMA = 1;

export interface AccountMemory {
  readonly schema: typeof SCHEMA;
  /** `closed` has the results of the open markets, too. */
  readonly results: ResultState;
  readonly hits: readonly SharedHit[];
  readonly excuses: readonly Excuse[];
  readonly markets: readonly RememberedMarket[];
}

export function memory(state: AccountState): AccountMemory {
  return {
    schema: SCHEMA,
    results: { ...state.results, closed: totalResult(state) },
    hits: state.hits,
    // A market that is not open again has nothing to excuse.
    excuses: state.excuses.filter(({ scope }) => scope.type !== "market"),
    markets: [...state.remembered, ...entriesOf(state.markets).map(rememberedOf)].slice(
      -MARKETS_MAX,
    ),
  };
}

/** Null: there has been no process before. A file that cannot be read is not null, but an error with words. */
export function initial(remembered: AccountMemory | null, at: Instant): AccountState {
  const { results, hits, excuses, markets } = remembered ?? emptyMemory(at);
  return {
    at,
    markets: {},
    ring: [],
    cursor: 0,
    sums: {
      held: 0,
      heldElse: 0,
      settledFlow: 0,
      underWay: 0,
      incoming: 0,
      result: 0,
      worst: 0,
      unquiet: 0,
    },
    series: {},
    groups: {},
    ends: {},
    references: {},
    cash: NO_CASH,
    results:
      dayOf(at) > results.day ? { ...results, day: dayOf(at), dayBase: results.closed } : results,
    rates: { refusals: [], failedTrades: [], differences: [] },
    hits,
    excuses,
    // A market that ended long ago is not opened again; its result stays.
    remembered: markets.filter(({ endsAt }) => endsAt + DAY_MS > at.epochMs),
  };
}

const emptyMemory = (at: Instant): AccountMemory => ({
  schema: SCHEMA,
  results: { day: dayOf(at), dayBase: NO_USDC, peak: NO_USDC, closed: NO_USDC },
  hits: [],
  excuses: [],
  markets: [],
});

/** What was written by `memory`, or in words why it is not that: strict, since a wrong one would begin a fresh day. */
export function parseMemory(value: unknown): AccountMemory | string {
  if (!isRecord(value)) return "the account's memory is no object";
  if (value["schema"] !== SCHEMA) {
    return `the account's memory has schema ${String(value["schema"])}; this version reads ${SCHEMA}`;
  }
  const wrong = Object.entries(MEMORY).find(([key, is]) => !is(value[key]))?.[0];
  if (wrong !== undefined) return `the account's memory cannot be read: ${wrong}`;
  return isMemory(value) ? value : "the account's memory has fields that are not known";
}

type Guard = (value: unknown) => boolean;

/** Exactly these fields. */
const record =
  (fields: Readonly<Record<string, Guard>>): Guard =>
  (value) =>
    isRecord(value) &&
    Object.keys(value).length === Object.keys(fields).length &&
    Object.entries(fields).every(([key, is]) => Object.hasOwn(value, key) && is(value[key]));
const list =
  (is: Guard, max: number): Guard =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(is);
const oneOf =
  (values: readonly unknown[]): Guard =>
  (value) =>
    values.includes(value);

const isWhole: Guard = (value) => Number.isSafeInteger(value);
const isFinite: Guard = (value) => Number.isFinite(value);
const isText: Guard = (value) =>
  typeof value === "string" && value !== "" && value.length <= TEXT_MAX;
const isTextOrNull: Guard = (value) => value === null || isText(value);

const HIT = record({
  limit: oneOf(LIMIT_NAMES),
  action: oneOf(LIMIT_ACTIONS),
  value: isFinite,
  max: isFinite,
  since: isWhole,
});
const SCOPES: readonly Guard[] = [
  record({ type: oneOf(["account"]) }),
  record({ type: oneOf(["reference"]), reference: isText }),
];
const MEMORY: Readonly<Record<string, Guard>> = {
  schema: oneOf([SCHEMA]),
  results: record({ day: isWhole, dayBase: isWhole, peak: isWhole, closed: isWhole }),
  hits: list(record({ reference: isTextOrNull, hit: HIT }), SHARED_MAX),
  excuses: list(
    record({
      limit: oneOf(LIMIT_NAMES),
      scope: (value) => SCOPES.some((is) => is(value)),
      value: isFinite,
    }),
    SHARED_MAX,
  ),
  markets: list(
    record({
      market: isText,
      endsAt: isWhole,
      result: isWhole,
      lossBase: isWhole,
      hits: list(HIT, LIMIT_NAMES.length),
    }),
    MARKETS_MAX,
  ),
};

const isMemory = (value: unknown): value is AccountMemory => record(MEMORY)(value);
