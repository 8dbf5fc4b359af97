/** Answers to reads of our own account. A read is answered completely or is lost. */
import type { z } from "zod";
import {
  type Answered,
  BALANCE_MAX,
  type Balances,
  type Lost,
  type Market,
  type MicroShares,
  type MicroUsdc,
  type OrderReport,
  type TradeReport,
  causeOf,
} from "../../../types/index.ts";
import { type Decoded, type Reply, decodeWarning, parsed } from "./frame.ts";
import { isSuccess, lost, lostReply } from "./decodeFailure.ts";
import { orderReport, readStatus, unreadableOrder } from "./decodeOrder.ts";
import { type OwnAccount, type TradedMarket, tradeReport } from "./decodeTrade.ts";
import { nextCursor, tokenOf, wholeShares, wholeUsdc } from "./decodeUnits.ts";
import { isOrderUnknown } from "./errors.ts";
import {
  apiKeyWire,
  failureWire,
  balanceWire,
  heartbeatAnswerWire,
  type OpenOrderWire,
  type PageWire,
  openOrderWire,
  openOrdersPageWire,
  tradesPageWire,
} from "../wire/index.ts";

export type Read<Value> = Decoded<Answered<Value> | Lost>;

/** One page of a list; `next` is the cursor of the page after it, null on the last. */
export interface Page<Entry> {
  readonly entries: readonly Entry[];
  /** An entry is missing because it could not be read: the list proves no absence. */
  readonly isPartial?: true;
  readonly next: string | null;
}

/** Answered: a 2xx that fits its schema and has a value. Anything else is lost. */
export function decodeRead<Wire, Value>(
  reply: Reply,
  schema: z.ZodType<Wire>,
  valueOf: (wire: Wire) => Value | undefined,
): Read<Value> {
  if (!isSuccess(reply)) return { answer: lostReply(reply), warnings: [] };
  const wire = schema.safeParse(parsed(reply.text));
  const value = wire.success ? valueOf(wire.data) : undefined;
  return value === undefined
    ? { answer: lostReply(reply), warnings: [decodeWarning("garbled", reply.text)] }
    : { answer: { type: "answered", value }, warnings: [] };
}

/**
 * GET /data/orders, of these markets. An order that cannot be read, or is on any other token, makes
 * the page lost: a list without that order would prove the absence of an order that exists.
 */
export function decodeOrdersPage(
  reply: Reply,
  markets: readonly Pick<Market, "tokenIds">[],
): Read<Page<OrderReport>> {
  const { answer, warnings } = decodePage(reply, openOrdersPageWire, (wire) =>
    reportAmong(markets, wire),
  );
  const isWhole = answer.type === "answered" && answer.value.isPartial === undefined;
  return { answer: isWhole ? answer : lostReply(reply), warnings };
}

/**
 * GET /data/order/{id}. Null where the venue does not know the id: alone no proof that it is gone.
 */
export function decodeOrder(
  reply: Reply,
  id: string,
  market: Pick<Market, "tokenIds">,
): Read<OrderReport | null> {
  const isEmpty = reply.text.trim() === "" || reply.text.trim() === "null";
  const isAbsent = isSuccess(reply)
    ? isEmpty
    : reply.status === 404 && (isEmpty || isOrderUnknown(reply.text));
  if (isAbsent) return { answer: { type: "answered", value: null }, warnings: [] };
  return decodeRead(reply, openOrderWire, (wire) =>
    wire.id === id ? reportAmong([market], wire) : undefined,
  );
}

/** GET /data/trades of one market. */
export const decodeTradesPage = (
  reply: Reply,
  market: TradedMarket,
  account: OwnAccount,
): Read<Page<TradeReport>> =>
  decodePage(reply, tradesPageWire, (wire) => {
    const report = tradeReport(wire, wire.match_time, market, account);
    return report === "elsewhere" || typeof report !== "string" ? report : undefined;
  });

/** GET /balance-allowance for cash and both tokens: one answer of all three, or lost. */
export function decodeBalances(replies: {
  readonly cash: Reply;
  readonly YES: Reply;
  readonly NO: Reply;
}): Read<Balances> {
  const cash = decodeRead(replies.cash, balanceWire, cashOf);
  const yes = decodeRead(replies.YES, balanceWire, sharesOf);
  const no = decodeRead(replies.NO, balanceWire, sharesOf);
  const warnings = [...cash.warnings, ...yes.warnings, ...no.warnings];
  if (cash.answer.type === "lost") return { answer: cash.answer, warnings };
  if (yes.answer.type === "lost") return { answer: yes.answer, warnings };
  if (no.answer.type === "lost") return { answer: no.answer, warnings };
  const value = { cash: cash.answer.value, YES: yes.answer.value, NO: no.answer.value };
  return { answer: { type: "answered", value }, warnings };
}

const cashOf = ({ balance }: { readonly balance: string }): MicroUsdc | undefined =>
  bounded(wholeUsdc(balance));
const sharesOf = ({ balance }: { readonly balance: string }): MicroShares | undefined =>
  bounded(wholeShares(balance));

/** Undefined for more than any account holds. */
const bounded = <Unit extends number>(amount: Unit | null): Unit | undefined =>
  amount !== null && amount <= BALANCE_MAX ? amount : undefined;

/** `beaten`: send `id` next. `wrongId`: the heartbeat did not count; `id` is the one expected. */
export interface HeartbeatReply {
  readonly type: "beaten" | "wrongId";
  readonly id: string;
}

export function decodeHeartbeat(reply: Reply): Read<HeartbeatReply> {
  if (reply.status !== 400) {
    return decodeRead(reply, heartbeatAnswerWire, (wire) => ({
      type: "beaten",
      id: wire.heartbeat_id,
    }));
  }
  const expected = heartbeatAnswerWire.safeParse(parsed(reply.text)).data;
  return expected
    ? {
        answer: { type: "answered", value: { type: "wrongId", id: expected.heartbeat_id } },
        warnings: [],
      }
    : { answer: lostReply(reply), warnings: [] };
}

export interface ApiKey {
  readonly key: string;
  /** Base64. */
  readonly secret: string;
  readonly passphrase: string;
}

/**
 * POST /auth/api-key. Never quoted in a warning or a detail but for the words of a refusal: the
 * answer holds a secret.
 */
export function decodeApiKey(reply: Reply): Read<ApiKey> {
  const { answer, warnings } = decodeRead(reply, apiKeyWire, (wire) => ({
    key: wire.apiKey,
    secret: wire.secret,
    passphrase: wire.passphrase,
  }));
  return answer.type === "answered"
    ? { answer, warnings }
    : {
        answer: lost(
          causeOf(`HTTP ${reply.status}`, refusalWords(reply) ?? "no API key in the answer"),
        ),
        warnings: warnings.map(({ type }) => ({ type, sample: "" })),
      };
}

const refusalWords = (reply: Reply): string | null | undefined =>
  isSuccess(reply) ? null : failureWire.safeParse(parsed(reply.text)).data?.error;

function reportAmong(
  markets: readonly Pick<Market, "tokenIds">[],
  wire: OpenOrderWire,
): OrderReport | undefined {
  const market = markets.find(({ tokenIds }) => tokenOf(tokenIds, wire.asset_id) !== null);
  if (market === undefined) return undefined;
  return (
    orderReport(wire, readStatus(wire.status), market) ?? unreadableOrder(wire, market) ?? undefined
  );
}

/** Entries that cannot be read are left out, each with a warning; those of elsewhere without. */
function decodePage<Wire, Entry extends object>(
  reply: Reply,
  schema: z.ZodType<PageWire<Wire>>,
  entryOf: (wire: Wire) => Entry | "elsewhere" | undefined,
): Read<Page<Entry>> {
  const { answer, warnings } = decodeRead(reply, schema, (page) => page);
  if (answer.type === "lost") return { answer, warnings };
  const { data, next_cursor } = answer.value;
  const entries = data.map((wire) => (wire === null ? undefined : entryOf(wire)));
  const unread = entries.filter((entry) => entry === undefined);
  const value = {
    entries: entries.filter((entry) => typeof entry === "object"),
    ...(unread.length > 0 && { isPartial: true as const }),
    next: nextCursor(next_cursor),
  };
  return {
    answer: { type: "answered", value },
    warnings: unread.map(() => decodeWarning("garbled", reply.text)),
  };
}
