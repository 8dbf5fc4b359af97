/**
 * A venue so small that it can be read in one sitting, and the executor it is asked by. Orders
 * with what is left of them, three sums, and a row of trades; what it does it does at once, and
 * nothing it says is lost: only when each of its letters is delivered is open.
 */
import { expect } from "vitest";
import { type ExecutorConfig, isPossiblyLive, workingOrders } from "../../src/executor/index.ts";
import { heldSize } from "../../src/executor/orderTable.ts";
import { isHalted, isStopping } from "../../src/executor/stop.ts";
import {
  type Effect,
  type Event,
  FEEDS,
  type FeedName,
  type Intent,
  NO_USDC,
  type OrderId,
  type OrderReport,
  type PlaceLeg,
  type RequestId,
  type Side,
  TOKENS,
  type Token,
  type TradeStatus,
  type WorkingOrder,
  microShares,
  microUsdc,
  tradeId,
} from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  HOLDING,
  config,
  dollars,
  instant,
  market,
  quote,
  shares,
  trading,
} from "../support/builders.ts";

/** An order the venue has taken; once it is over it is kept for those who ask for it by name. */
export interface Booked {
  readonly id: OrderId;
  readonly token: Token;
  readonly side: Side;
  readonly price: PlaceLeg["ticket"]["price"];
  readonly size: number;
  remaining: number;
  isLive: boolean;
}

export interface Dealt {
  readonly name: string;
  readonly order: Booked;
  readonly size: number;
  readonly atMs: number;
  status: TradeStatus;
}

/** What the venue was asked, and until when the gateway waits for the answer. */
export type Question = { readonly dueMs: number } & (
  | { readonly type: "place"; readonly leg: PlaceLeg }
  | { readonly type: "cancel"; readonly orderId: OrderId }
  | { readonly type: "cancelAll"; readonly requestId: RequestId }
  | {
      readonly type: "survey";
      readonly requestId: RequestId;
      readonly orderIds: readonly OrderId[];
    }
);
export type QuestionTo<Type extends Question["type"]> = Extract<Question, { type: Type }>;

/** Written and not delivered yet; an answer is delivered in time, an announcement at any time. */
export interface Letter {
  readonly event: Event;
  readonly dueMs: number;
}

export interface TinyVenue {
  readonly orders: Map<OrderId, Booked>;
  readonly owned: Record<Token | "cash", number>;
  readonly trades: Dealt[];
  questions: Question[];
  mail: Letter[];
  readonly down: Set<FeedName>;
  level: "normal" | "reduceOnly" | "halt";
}

/** The executor, and how many of its effects the venue has been asked. */
export interface Asking {
  readonly day: Bench;
  heard: number;
}

/** Little stock, little cash, a near limit; and nothing expires. */
const CONFIG: ExecutorConfig = config({
  netMax: shares(60),
  budget: dollars(60),
  topUp: shares(8),
  ...HOLDING,
  orderLifeMs: null,
});

export function opened(): { model: TinyVenue; real: Asking } {
  const day = trading({ YES: 30, NO: 20, cash: 60 }, { config: CONFIG });
  const owned = { YES: shares(30), NO: shares(20), cash: dollars(60) };
  return {
    model: {
      orders: new Map(),
      owned,
      trades: [],
      questions: [],
      mail: [],
      down: new Set(),
      level: "normal",
    },
    real: { day, heard: day.effects().length },
  };
}

// ---- what passes between the two --------------------------------------------------------------

const nowMs = ({ day }: Asking): number => day.now().monotonicMs - instant(0).monotonicMs;

export function hears(venue: TinyVenue, executor: Asking, event: Event): void {
  executor.day.hears(event);
  listen(venue, executor);
}

/** Takes down what the executor has asked since. */
export function listen(venue: TinyVenue, executor: Asking): void {
  const effects = executor.day.effects().slice(executor.heard);
  executor.heard += effects.length;
  const now = nowMs(executor);
  venue.questions = [...venue.questions, ...effects.flatMap((effect) => questionsOf(effect, now))];
}

function questionsOf(effect: Effect, now: number): readonly Question[] {
  switch (effect.type) {
    case "place":
      return effect.legs.map((leg) => ({ type: "place", leg, dueMs: now + 3_000 }));
    case "cancel":
      return effect.orderIds.map((orderId) => ({ type: "cancel", orderId, dueMs: now + 2_000 }));
    case "cancelAll":
      return [{ type: "cancelAll", requestId: effect.requestId, dueMs: now + 1_500 }];
    case "survey": {
      const { requestId, orderIds } = effect;
      return [{ type: "survey", requestId, orderIds, dueMs: now + 5_000 }];
    }
    case "alert":
      return [];
  }
}

/** The question is off the table; its answer is in the mail. */
export function answer(venue: TinyVenue, question: Question, event: Event): void {
  venue.questions = venue.questions.filter((other) => other !== question);
  venue.mail.push({ event, dueMs: question.dueMs });
}

const announce = (venue: TinyVenue, event: Event): void => {
  venue.mail.push({ event, dueMs: Infinity });
};

export function deliver(venue: TinyVenue, executor: Asking, letter: Letter): void {
  venue.mail = venue.mail.filter((other) => other !== letter);
  hears(venue, executor, letter.event);
}

/** What the gateway says where no answer came in time; the venue has done nothing. */
const silence = (question: Question): Event => {
  switch (question.type) {
    case "place":
      return { type: "order.unknown", orderId: question.leg.orderId, cause: "deadline" };
    case "cancel":
      return { type: "cancel.unknown", orderId: question.orderId };
    case "cancelAll": {
      const lost = { type: "lost", detail: "no answer in time" } as const;
      return { type: "cancelAll.answered", requestId: question.requestId, answer: lost };
    }
    case "survey":
      return { type: "survey.failed", requestId: question.requestId, detail: "no answer in time" };
  }
};

/** No answer, whether the venue has done what it was asked or not. */
export function loseAnswer(venue: TinyVenue, executor: Asking, question: Question): void {
  venue.questions = venue.questions.filter((other) => other !== question);
  hears(venue, executor, silence(question));
}

export function passes(venue: TinyVenue, executor: Asking, durationMs: number): void {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 250) {
    executor.day.waits(Math.min(250, durationMs - passedMs));
    listen(venue, executor);
    const isDue = ({ dueMs }: { readonly dueMs: number }): boolean => dueMs <= nowMs(executor);
    for (const letter of venue.mail.filter(isDue)) deliver(venue, executor, letter);
    for (const question of venue.questions.filter(isDue)) loseAnswer(venue, executor, question);
  }
}

// ---- what the venue does ----------------------------------------------------------------------

export const live = (venue: TinyVenue): readonly Booked[] =>
  [...venue.orders.values()].filter(({ isLive }) => isLive);

export function book(venue: TinyVenue, { orderId: id, ticket }: PlaceLeg): void {
  expect(venue.orders.has(id)).toBe(false);
  const token = ticket.tokenId === market().tokenIds.YES ? "YES" : "NO";
  const { side, price, size } = ticket;
  const order: Booked = { id, token, side, price, size, remaining: size, isLive: true };
  venue.orders.set(id, order);
  announce(venue, { type: "order.reported", report: reportOf(order) });
}

export function remove(venue: TinyVenue, order: Booked): void {
  order.isLive = false;
  announce(venue, { type: "order.reported", report: reportOf(order) });
}

export function match(venue: TinyVenue, order: Booked, size: number, atMs: number): void {
  const name = `trade ${venue.trades.length + 1}`;
  const trade: Dealt = { name, order, size, atMs, status: "matched" };
  order.remaining -= size;
  order.isLive = order.remaining > 0;
  venue.trades.push(trade);
  announce(venue, reportedAs(trade));
  announce(venue, { type: "order.reported", report: reportOf(order) });
}

/** To the venue's favour, by less than a millionth of a dollar. */
const cost = (price: number, size: number): number => Math.ceil((price * size) / 10_000);
const proceeds = (price: number, size: number): number => Math.floor((price * size) / 10_000);

/** Balances move when a trade is mined, and at no other time. */
export function moveOn(venue: TinyVenue, trade: Dealt, status: TradeStatus): void {
  trade.status = status;
  if (status === "mined") {
    const { token, side, price } = trade.order;
    venue.owned[token] += side === "BUY" ? trade.size : -trade.size;
    venue.owned.cash += side === "BUY" ? -cost(price, trade.size) : proceeds(price, trade.size);
  }
  announce(venue, reportedAs(trade));
}

const isPending = ({ status }: Dealt): boolean => status === "matched" || status === "retrying";

function reportOf({ id, token, side, price, size, remaining, isLive }: Booked): OrderReport {
  const over = remaining === 0 ? "matched" : "cancelled";
  return {
    orderId: id,
    token,
    side,
    price,
    size: microShares(size),
    sizeMatched: microShares(size - remaining),
    status: isLive ? "live" : over,
  };
}

type TradeReported = Extract<Event, { type: "trade.reported" }>;

function reportedAs({ name, order, size, atMs, status }: Dealt): TradeReported {
  const { id: orderId, token, side, price } = order;
  const part = { orderId, token, side, price, size: microShares(size), fee: NO_USDC };
  const { epochMs: matchedAt } = instant(atMs);
  return {
    type: "trade.reported",
    report: { id: tradeId(name), status, matchedAt, fills: [part] },
  };
}

export function show(venue: TinyVenue, question: QuestionTo<"survey">): void {
  const asked = question.orderIds.flatMap((id) => venue.orders.get(id) ?? []);
  const survey = {
    openOrders: live(venue).map(reportOf),
    byId: asked.filter(({ isLive }) => !isLive).map(reportOf),
    balances: {
      cash: microUsdc(venue.owned.cash),
      YES: microShares(venue.owned.YES),
      NO: microShares(venue.owned.NO),
    },
    trades: venue.trades.map((trade) => reportedAs(trade).report),
  };
  answer(venue, question, { type: "survey.answered", requestId: question.requestId, survey });
}

export function accept(venue: TinyVenue, place: QuestionTo<"place">): void {
  const { orderId } = place.leg;
  book(venue, place.leg);
  answer(venue, place, { type: "order.acked", orderId, venueId: orderId });
}

/** Takes the order off the book; where it is not there, says that it is gone. */
export function cancel(venue: TinyVenue, question: QuestionTo<"cancel">): void {
  const { orderId } = question;
  const order = venue.orders.get(orderId);
  if (order?.isLive === true) {
    remove(venue, order);
    answer(venue, question, { type: "cancel.acked", orderId });
  } else {
    answer(venue, question, { type: "cancel.refused", orderId, isGone: true });
  }
}

export function cancelEverything(venue: TinyVenue, question: QuestionTo<"cancelAll">): void {
  const cancelled = live(venue).map(({ id }) => id);
  for (const order of live(venue)) remove(venue, order);
  const { requestId } = question;
  const answered = { type: "answered", cancelled, refused: [] } as const;
  answer(venue, question, { type: "cancelAll.answered", requestId, answer: answered });
}

// ---- how the two compare ----------------------------------------------------------------------

function sum<Item>(items: readonly Item[], size: (item: Item) => number): number {
  return items.reduce((acc, item) => acc + size(item), 0);
}

/** What is wrong at this moment, however much of the mail is still to come; nothing, one hopes. */
export function differences(venue: TinyVenue, executor: Asking): readonly string[] {
  const state = executor.day.state();
  const believed = workingOrders(state);
  const ids = new Set(believed.filter(isPossiblyLive).map(({ id }) => id));
  const unseen = live(venue).filter(({ id }) => !ids.has(id));
  const areFillsHeard = !venue.mail.some(({ event }) => event.type === "trade.reported");
  return [
    ...unseen.map(({ id }) => `rests, and is believed over: ${id}`),
    ...(isHalted(state)
      ? live(venue).map(({ id }) => `rests after a proof that nothing does: ${id}`)
      : []),
    ...TOKENS.flatMap((token) => shortages(venue, believed, token)),
    ...unpaid(venue, believed),
    ...(areFillsHeard ? miscounted(venue, executor) : []),
  ];
}

const isOf =
  (side: Side, token: Token) =>
  (order: { readonly token: Token; readonly side: Side }): boolean =>
    order.token === token && order.side === side;

/** What is offered is there, and the executor keeps it back. */
function shortages(
  venue: TinyVenue,
  believed: readonly WorkingOrder[],
  token: Token,
): readonly string[] {
  const isSell = isOf("SELL", token);
  const offered = sum(live(venue).filter(isSell), ({ remaining }) => remaining);
  const reserved = sum(believed.filter(isSell), heldSize);
  const sold = venue.trades.filter((trade) => isPending(trade) && isSell(trade.order));
  const left = venue.owned[token] - sum(sold, ({ size }) => size);
  return [
    ...(reserved < offered ? [`${offered} ${token} offered, ${reserved} reserved`] : []),
    ...(left < offered ? [`${offered} ${token} offered, of ${left}`] : []),
  ];
}

/** All that is bid for could be paid, and the executor keeps the cash back. */
function unpaid(venue: TinyVenue, believed: readonly WorkingOrder[]): readonly string[] {
  const bids = live(venue).filter(({ side }) => side === "BUY");
  const owed = sum(bids, ({ price, remaining }) => cost(price, remaining));
  const reserved = sum(
    believed.filter(({ side }) => side === "BUY"),
    (order) => cost(order.price, heldSize(order)),
  );
  const bought = venue.trades.filter((trade) => isPending(trade) && trade.order.side === "BUY");
  const left = venue.owned.cash - sum(bought, ({ order, size }) => cost(order.price, size));
  return [
    ...(reserved < owed ? [`${owed} owed, ${reserved} reserved`] : []),
    ...(left < owed ? [`${owed} owed, of ${left}`] : []),
  ];
}

/** Once it has heard of every trade, the executor owns what the venue says it owns. */
function miscounted(venue: TinyVenue, { day }: Asking): readonly string[] {
  const { inventory } = day.state();
  const pending = venue.trades.filter(isPending);
  const on = (side: Side, token: Token): number =>
    sum(
      pending.filter(({ order }) => isOf(side, token)(order)),
      ({ size }) => size,
    );
  const stocks = TOKENS.flatMap((token): readonly Compared[] => [
    [`${token} settled`, inventory[token].settled, venue.owned[token]],
    [`${token} bought`, inventory[token].pendingIn, on("BUY", token)],
    [`${token} sold`, inventory[token].pendingOut, on("SELL", token)],
  ]);
  const { cash } = inventory;
  const settled: Compared = ["cash settled", cash.settled, venue.owned.cash];
  return [...stocks, settled]
    .filter(([, believed, truth]) => believed !== truth)
    .map(([what, believed, truth]) => `${what}: ${believed} believed, ${truth} true`);
}

type Compared = readonly [what: string, believed: number, truth: number];

// ---- the end ----------------------------------------------------------------------------------

/** Everything that was asked is done, answered and heard of; then time passes. */
export function obey(venue: TinyVenue, executor: Asking, durationMs: number): void {
  for (let obeyedMs = 0; obeyedMs < durationMs; obeyedMs += 250) {
    while (venue.questions.length > 0 || venue.mail.length > 0) {
      for (const question of venue.questions) answerTruly(venue, question);
      for (const letter of venue.mail) deliver(venue, executor, letter);
    }
    passes(venue, executor, 250);
  }
}

function answerTruly(venue: TinyVenue, question: Question): void {
  switch (question.type) {
    case "place":
      return accept(venue, question);
    case "cancel":
      return cancel(venue, question);
    case "cancelAll":
      return cancelEverything(venue, question);
    case "survey":
      return show(venue, question);
  }
}

/** Far longer than any proof, backoff or cooldown that can be under way. */
const CALM_MS_MAX = 120_000;

/** All is allowed, all links are up, all trades are mined; this is wanted, and all is done. */
export function calmDown(venue: TinyVenue, executor: Asking, target: Partial<Intent>): void {
  const { day } = executor;
  day.commands("normal");
  for (const feed of FEEDS) day.restores(feed);
  for (const trade of venue.trades.filter(isPending)) moveOn(venue, trade, "mined");
  day.intends({ expiresAt: FOREVER, ...target });
  listen(venue, executor);
  for (let calmMs = 0; calmMs < CALM_MS_MAX && !isAtRest(venue, executor); calmMs += 250) {
    obey(venue, executor, 250);
  }
}

/** Nothing is asked, unsaid, stopped or doubted, and no cancel waits for its next try. */
function isAtRest(venue: TinyVenue, { day }: Asking): boolean {
  const state = day.state();
  const { working, survey, now } = state;
  const isSaid = venue.questions.length === 0 && venue.mail.length === 0;
  const isResting = ({ phase, cancelRetryAt }: WorkingOrder): boolean =>
    phase === "resting" && (cancelRetryAt === null || cancelRetryAt <= now.monotonicMs);
  return (
    isSaid &&
    !isStopping(state) &&
    survey.wantedSince === null &&
    Object.values(working).every(isResting)
  );
}

/** What holds when there is nothing more to be said: the same orders, and the same sums. */
export function compareAtRest(venue: TinyVenue, executor: Asking): void {
  expect(differences(venue, executor)).toEqual([]);
  expect(isAtRest(venue, executor), "it comes to rest").toBe(true);
  const { working, why, intent, inventory } = executor.day.state();
  const resting = Object.values(working);
  expect(new Map(resting.map((order) => [order.id, heldSize(order)]))).toEqual(
    new Map(live(venue).map(({ id, remaining }) => [id, remaining])),
  );
  expect(why.gate).toEqual([]);
  expect(resting.filter(({ slot }) => intent?.[slot] === null)).toEqual([]);
  expect(inventory.cash).toEqual({ settled: venue.owned.cash, pendingIn: 0, pendingOut: 0 });
}

export const LAST_WISHES: readonly Partial<Intent>[] = [
  { bid: quote(10, 48), ask: quote(10, 52) },
  { bid: quote(25, 45) },
  {},
];
