/**
 * An adversary for the executor: a gateway that loses answers and a venue that books late, fills
 * orders in any phase, and sends its messages in any order, twice, or, with the link, not at all.
 * Far simpler than the real ones. It knows the truth, so laws are held against what is, and not
 * against what is believed.
 */
import fc from "fast-check";
import { expect } from "vitest";
import {
  type ExecutorConfig,
  type ExecutorState,
  type Reduce,
  initialState,
  nextDeadline,
  reducer,
} from "../../src/executor/index.ts";
import {
  type CancelAnswer,
  type Effect,
  type Event,
  FEEDS,
  type FeedName,
  type Fill,
  type Instant,
  type LimitHit,
  type MarketLimits,
  type MicroShares,
  type Intent,
  type OperatorCommand,
  type OrderId,
  type OrderReport,
  type PlaceLeg,
  type RequestId,
  type Side,
  type Stamped,
  type Token,
  type TradeReport,
  type TradeStatus,
  NO_USDC,
  epochMs,
  microShares,
  microUsdc,
  notionalCeil,
  notionalFloor,
  tradeId,
} from "../../src/types/index.ts";
import {
  FOREVER,
  HOLDING,
  IDENTITY,
  UNHALTED,
  cents,
  config,
  dollars,
  instant,
  intent,
  market,
  shares,
} from "../support/builders.ts";

/** One thing that happens: which of those that can, to which of its candidates, how it ends. */
export interface Move {
  readonly what: number;
  readonly pick: number;
  readonly luck: number;
}

/** Walks of this length meet a stop or two, and have time to get over them. */
export const anyMoves = (maxLength = 90): fc.Arbitrary<readonly Move[]> =>
  fc.array(
    fc.record({
      what: fc.nat({ max: 9_999 }),
      pick: fc.nat({ max: 7 }),
      luck: fc.nat({ max: 999 }),
    }),
    { minLength: 20, maxLength, size: "max" },
  );

/** An order as the venue has it. */
interface VenueOrder {
  readonly id: OrderId;
  readonly token: Token;
  readonly side: Side;
  readonly price: PlaceLeg["ticket"]["price"];
  readonly size: number;
  readonly removedAt: number;
  readonly bookedAtMs: number;
  readonly fills: { readonly atMs: number; readonly size: number }[];
  matched: number;
  isLive: boolean;
  endedAtMs: number;
}

/** A request to place one leg, until nothing can come of it any more. */
interface Post {
  readonly leg: PlaceLeg;
  readonly sentAt: number;
  stage: "waiting" | "booked" | "refused" | "vanished";
  isAnswered: boolean;
  /** The venue may still take it until then. */
  bookableUntil: number;
}

interface Request {
  readonly requestId: RequestId;
  readonly sentAt: number;
}

interface CancelRequest {
  readonly orderIds: readonly OrderId[];
  readonly sentAt: number;
  cancelled: readonly OrderId[] | null;
}

interface StopRequest extends Request {
  cancelled: readonly OrderId[] | null;
}

interface SurveyRequest extends Request {
  readonly orderIds: readonly OrderId[];
  listed: {
    readonly openOrders: readonly OrderReport[];
    readonly byId: readonly OrderReport[];
  } | null;
  lagMs: number;
}

interface Possibility {
  readonly weight: number;
  readonly act: () => void;
}

interface Trade {
  readonly report: TradeReport;
  readonly fill: Fill;
  readonly past: { readonly atMs: number; readonly status: TradeStatus }[];
  status: TradeStatus;
}

/** One step of the executor, and the truth at its end. */
export interface WalkStep {
  readonly input: Stamped;
  readonly before: ExecutorState;
  readonly after: ExecutorState;
  readonly effects: readonly Effect[];
  readonly truth: Truth;
}

/** What the venue has, or may yet come to have. */
export interface Truth {
  /** Orders on its book, and orders that are on their way to it. */
  readonly possiblyLive: () => readonly Live[];
  /** Stock and cash that no trade has taken yet. */
  readonly stock: (token: Token) => number;
  readonly cash: () => number;
  readonly order: (id: OrderId) => VenueOrder | undefined;
}

export interface Live {
  readonly id: OrderId;
  readonly token: Token;
  readonly side: Side;
  readonly price: PlaceLeg["ticket"]["price"];
  readonly remaining: MicroShares;
}

export interface Adversary {
  readonly state: () => ExecutorState;
  readonly truth: Truth;
  readonly make: (move: Move) => void;
  /** Everything is answered, delivered and settled, all links are up; then this is wanted. */
  readonly calm: (target: Partial<Intent>, durationMs: number) => void;
  /** Nothing but time. */
  readonly rest: (durationMs: number) => void;
}

/** Little stock, little cash, a near limit: everything is met with. */
export const ADVERSARY_CONFIG: ExecutorConfig = config({
  minSizePolicy: "complete",
  grossMax: shares(80),
  netMax: shares(60),
  budget: dollars(60),
  topUp: shares(8),
  ...HOLDING,
});
const STOCK = { YES: shares(30), NO: shares(20), cash: dollars(60) };
/** Cash of the market before its first trade, in millionths. */
export const CASH_AT_FIRST: number = STOCK.cash;
const CANCEL_DEADLINE_MS = 2_000;
const STOP_DEADLINE_MS = 1_500;
const SURVEY_DEADLINE_MS = 5_000;

/** As much as the market has. */
const GENEROUS: Omit<MarketLimits, "seq"> = {
  cash: STOCK.cash,
  level: "normal",
  widenBp: 0,
  hits: [],
};
const HIT: LimitHit = {
  limit: "drawdownUsd",
  action: "halt",
  value: 11,
  max: 10,
  since: epochMs(0),
};
/** What the account may say instead. */
const LIMITS: readonly Omit<MarketLimits, "seq">[] = [
  { ...GENEROUS, cash: NO_USDC },
  { ...GENEROUS, cash: dollars(8) },
  { ...GENEROUS, cash: dollars(30) },
  { ...GENEROUS, widenBp: 300 },
  { ...GENEROUS, level: "reduceOnly", hits: [{ ...HIT, action: "reduceOnly" }] },
  { ...GENEROUS, level: "flatten", hits: [{ ...HIT, action: "flatten" }] },
  { ...GENEROUS, level: "halt", hits: [HIT] },
];
const areGenerous = ({ cash, level, widenBp }: MarketLimits): boolean =>
  cash >= STOCK.cash && level === "normal" && widenBp === 0;

export function adversary(
  observe: (step: WalkStep) => void,
  reduce: Reduce = reducer(ADVERSARY_CONFIG, IDENTITY),
): Adversary {
  const executorConfig = ADVERSARY_CONFIG;
  const { tokenIds } = market();
  let elapsedMs = 0;
  let state = initialState(market(), instant(0), UNHALTED);
  let intends = 0;
  let accountEpoch = 0;
  let limitsSeq = 1;
  let fence = 0;
  let tradeCount = 0;
  let stock = { YES: Number(STOCK.YES), NO: Number(STOCK.NO) };
  let cash = Number(STOCK.cash);
  const sessions: Record<FeedName, number> = { market: 0, user: 0, reference: 0, settlement: 0 };
  const isUp: Record<FeedName, boolean> = {
    market: false,
    user: false,
    reference: false,
    settlement: false,
  };
  const orders = new Map<OrderId, VenueOrder>();
  let posts: Post[] = [];
  let cancels: CancelRequest[] = [];
  let stops: StopRequest[] = [];
  let surveys: SurveyRequest[] = [];
  const trades: Trade[] = [];
  let mail: Event[] = [];
  const inbox: Event[] = [];

  const now = (): Instant => instant(elapsedMs);

  // ---- the executor -------------------------------------------------------------------------

  function hear(event: Event): void {
    inbox.push(event);
    if (inbox.length > 1) return;
    while (inbox.length > 0) {
      const [next] = inbox;
      if (next) step(next);
      inbox.shift();
    }
  }

  function step(event: Event): void {
    const input: Stamped = { seq: state.step + 1, at: now(), event };
    const before = state;
    const [next, effects] = reduce(state, input);
    state = next;
    for (const effect of effects) perform(effect);
    observe({ input, before, after: next, effects, truth });
  }

  function perform(effect: Effect): void {
    switch (effect.type) {
      case "place":
        for (const leg of effect.legs) {
          posts.push({
            leg,
            sentAt: elapsedMs,
            stage: "waiting",
            isAnswered: false,
            bookableUntil: Infinity,
          });
        }
        return;
      case "cancel":
        cancels.push({ orderIds: effect.orderIds, sentAt: elapsedMs, cancelled: null });
        return;
      case "cancelAll":
        fence = Math.max(fence, effect.epoch.market);
        stops.push({ requestId: effect.requestId, sentAt: elapsedMs, cancelled: null });
        for (const post of posts.filter(({ isAnswered }) => !isAnswered)) displace(post);
        return;
      case "survey":
        surveys.push({
          requestId: effect.requestId,
          orderIds: effect.orderIds,
          sentAt: elapsedMs,
          listed: null,
          lagMs: 0,
        });
        return;
      case "alert":
        return;
    }
  }

  // ---- the gateway --------------------------------------------------------------------------

  /** A stop overtook the place: it has not left, or whether it has is not known. */
  function displace(post: Post): void {
    const hasLeft = post.stage !== "waiting" || post.leg.ticket.salt % 2 === 0;
    if (hasLeft) giveUp(post, "stopped");
    else refuseToSend(post, "displaced");
  }

  function refuseToSend(post: Post, cause: "displaced" | "epoch" | "reserve"): void {
    posts = posts.filter((other) => other !== post);
    const answer = { type: "notSent", cause, retryAfterMs: null } as const;
    hear({ type: "order.notSent", orderId: post.leg.orderId, answer });
  }

  function giveUp(post: Post, cause: "stopped" | "deadline" | "lost"): void {
    post.isAnswered = true;
    const answerableMs = cause === "stopped" ? executorConfig.placeDeadlineMs : 0;
    post.bookableUntil = elapsedMs + answerableMs + executorConfig.lateBookingMs;
    hear({ type: "order.unknown", orderId: post.leg.orderId, cause });
  }

  function expireRequests(): void {
    for (const post of posts) {
      if (!post.isAnswered && elapsedMs >= post.sentAt + executorConfig.placeDeadlineMs) {
        giveUp(post, "deadline");
      }
    }
    posts = posts.filter((post) => !post.isAnswered || elapsedMs < post.bookableUntil);
    const overdueCancels = cancels.filter((it) => elapsedMs >= it.sentAt + CANCEL_DEADLINE_MS);
    cancels = cancels.filter((it) => !overdueCancels.includes(it));
    for (const orderId of overdueCancels.flatMap(({ orderIds }) => orderIds)) {
      hear({ type: "cancel.unknown", orderId });
    }
    const overdueStops = stops.filter((it) => elapsedMs >= it.sentAt + STOP_DEADLINE_MS);
    stops = stops.filter((it) => !overdueStops.includes(it));
    for (const { requestId } of overdueStops) answerStop(requestId, LOST);
    const overdueSurveys = surveys.filter((it) => elapsedMs >= it.sentAt + SURVEY_DEADLINE_MS);
    surveys = surveys.filter((it) => !overdueSurveys.includes(it));
    for (const { requestId } of overdueSurveys) {
      hear({ type: "survey.failed", requestId, detail: "no answer in time" });
    }
  }

  const answerStop = (requestId: RequestId, answer: CancelAnswer): void => {
    hear({ type: "cancelAll.answered", requestId, answer });
  };

  // ---- the venue ----------------------------------------------------------------------------

  function book(post: Post): void {
    const { orderId: id, ticket } = post.leg;
    const order: VenueOrder = {
      id,
      token: ticket.tokenId === tokenIds.YES ? "YES" : "NO",
      side: ticket.side,
      price: ticket.price,
      size: ticket.size,
      removedAt: (ticket.expiresAt ?? Infinity) - 60_000,
      bookedAtMs: elapsedMs,
      fills: [],
      matched: 0,
      isLive: true,
      endedAtMs: Infinity,
    };
    if (ticket.orderType === "FAK") {
      take(post, order);
      return;
    }
    post.stage = "booked";
    orders.set(id, order);
    announce(order);
  }

  /** It finds all of its size, half of it or nothing, and never rests. */
  function take(post: Post, order: VenueOrder): void {
    const found = [0, 0.5, 1][post.leg.ticket.salt % 3] ?? 0;
    const size = Math.floor((order.size * found) / 10_000) * 10_000;
    post.stage = size === 0 ? "refused" : "booked";
    if (size === 0) return;
    orders.set(order.id, order);
    match(order, size);
    if (order.isLive) remove(order);
  }

  function remove(order: VenueOrder): void {
    order.isLive = false;
    order.endedAtMs = elapsedMs;
    announce(order);
  }

  /** The user channel says how the order stands now. */
  function announce(order: VenueOrder): void {
    write({ type: "order.reported", report: reportOf(order) });
  }

  function write(message: Event): void {
    if (isUp.user) mail.push(message);
  }

  function reportOf({ id, token, side, price, size, matched, isLive }: VenueOrder): OrderReport {
    const over = matched >= size ? "matched" : "cancelled";
    return {
      orderId: id,
      token,
      side,
      price,
      size: microShares(size),
      sizeMatched: microShares(matched),
      status: isLive ? "live" : over,
    };
  }

  const live = (): VenueOrder[] => [...orders.values()].filter(({ isLive }) => isLive);

  function cancelled(ids: readonly OrderId[]): readonly OrderId[] {
    const gone = live().filter(({ id }) => ids.includes(id));
    for (const order of gone) remove(order);
    return gone.map(({ id }) => id);
  }

  function match(order: VenueOrder, size: number): void {
    tradeCount += 1;
    const { id, token, side, price } = order;
    const fill: Fill = { orderId: id, token, side, price, size: microShares(size), fee: NO_USDC };
    const report: TradeReport = {
      id: tradeId(`trade ${tradeCount}`),
      status: "matched",
      matchedAt: now().epochMs,
      fills: [fill],
    };
    order.matched += size;
    order.fills.push({ atMs: elapsedMs, size });
    if (order.matched >= order.size) {
      order.isLive = false;
      order.endedAtMs = elapsedMs;
    }
    trades.push({
      report,
      fill,
      past: [{ atMs: elapsedMs, status: "matched" }],
      status: "matched",
    });
    write({ type: "trade.reported", report });
    announce(order);
  }

  function settle(trade: Trade, status: TradeStatus): void {
    const { token, side, price, size } = trade.fill;
    if (status === "mined") {
      const sign = side === "BUY" ? 1 : -1;
      stock = { ...stock, [token]: stock[token] + sign * size };
      cash += side === "BUY" ? -notionalCeil(price, size) : notionalFloor(price, size);
    }
    trade.status = status;
    trade.past.push({ atMs: elapsedMs, status });
    write({ type: "trade.reported", report: { ...trade.report, status } });
  }

  const pending = (): Trade[] =>
    trades.filter(({ status }) => status === "matched" || status === "retrying");

  const truth: Truth = {
    possiblyLive: () => [
      ...live().map(({ id, token, side, price, size, matched }): Live => ({
        id,
        token,
        side,
        price,
        remaining: microShares(size - matched),
      })),
      ...posts
        .filter(({ stage, bookableUntil }) => stage === "waiting" && elapsedMs < bookableUntil)
        .map(({ leg: { orderId: id, ticket } }): Live => ({
          id,
          token: ticket.tokenId === tokenIds.YES ? "YES" : "NO",
          side: ticket.side,
          price: ticket.price,
          remaining: ticket.size,
        })),
    ],
    stock: (token) =>
      stock[token] -
      pending()
        .filter(({ fill }) => fill.side === "SELL" && fill.token === token)
        .reduce((sum, { fill }) => sum + fill.size, 0),
    cash: () =>
      cash -
      pending()
        .filter(({ fill }) => fill.side === "BUY")
        .reduce((sum, { fill }) => sum + notionalCeil(fill.price, fill.size), 0),
    order: (id) => orders.get(id),
  };

  // ---- what happens -------------------------------------------------------------------------

  function passes(durationMs: number): void {
    const until = elapsedMs + durationMs;
    while (elapsedMs < until) {
      const due = nextDeadline(state, executorConfig);
      const dueMs = due === null ? Infinity : Math.ceil(due - instant(0).monotonicMs);
      elapsedMs = Math.min(until, Math.max(dueMs, elapsedMs + 1), elapsedMs + 1_000);
      for (const order of live()) if (now().epochMs >= order.removedAt) remove(order);
      expireRequests();
      hear({ type: "clock.ticked" });
    }
  }

  function target(change: Partial<Intent>): void {
    intends += 1;
    const seen = { seq: intends, inventoryStep: state.inventoryStep };
    hear({ type: "intent.published", intent: intent({ ...seen, ...change }, now()) });
  }

  /** The read goes to a replica, which is behind by less than two surveys are apart. */
  function listFor(request: SurveyRequest, lagMs = 0): void {
    request.lagMs = lagMs;
    const seenAt = elapsedMs - lagMs;
    const seen = (order: VenueOrder): readonly OrderReport[] =>
      order.bookedAtMs > seenAt
        ? []
        : [
            reportOf({
              ...order,
              isLive: seenAt < order.endedAtMs,
              matched: order.fills
                .filter(({ atMs }) => atMs <= seenAt)
                .reduce((sum, { size }) => sum + size, 0),
            }),
          ];
    const openOrders = [...orders.values()].flatMap(seen).filter(({ status }) => status === "live");
    const isListed = new Set(openOrders.map(({ orderId }) => orderId));
    request.listed = {
      openOrders,
      byId: request.orderIds
        .filter((id) => !isListed.has(id))
        .flatMap((id) => {
          const order = orders.get(id);
          return order ? seen(order) : [];
        }),
    };
  }

  function answerSurvey(request: SurveyRequest): void {
    surveys = surveys.filter((other) => other !== request);
    if (request.listed === null) {
      hear({ type: "survey.failed", requestId: request.requestId, detail: "a read failed" });
      return;
    }
    const survey = {
      ...request.listed,
      balances: {
        cash: microUsdc(cash),
        YES: microShares(stock.YES),
        NO: microShares(stock.NO),
      },
      trades: trades.flatMap(({ report, past }) => {
        const then = past.findLast(({ atMs }) => atMs <= elapsedMs - request.lagMs);
        return then ? [{ ...report, status: then.status }] : [];
      }),
    };
    hear({ type: "survey.answered", requestId: request.requestId, survey });
  }

  function answerPost(post: Post): void {
    const { orderId } = post.leg;
    const refusal = { reason: "unclassified", text: "no", retryAfterMs: null } as const;
    posts = posts.filter((other) => other !== post);
    const isLate = post.isAnswered;
    if (post.stage === "booked") {
      hear(
        isLate
          ? { type: "order.answeredLate", orderId, answer: { type: "acked", orderId } }
          : { type: "order.acked", orderId, venueId: orderId },
      );
    } else if (post.stage === "refused") {
      hear(
        isLate
          ? { type: "order.answeredLate", orderId, answer: { type: "rejected", refusal } }
          : { type: "order.rejected", orderId, refusal },
      );
    }
  }

  /** It reaches the socket, and the venue takes it, or does not, or never hears of it. */
  function leave(post: Post, luck: number): void {
    if (post.leg.epoch.market < fence && !post.isAnswered) return refuseToSend(post, "epoch");
    if (luck < 700) return book(post);
    if (luck < 750 && !post.isAnswered) return refuseToSend(post, "reserve");
    post.stage = luck < 900 ? "refused" : "vanished";
  }

  function endStop(request: StopRequest): void {
    stops = stops.filter((other) => other !== request);
    const gone = request.cancelled;
    const answer: CancelAnswer =
      gone === null ? LOST : { type: "answered", cancelled: gone, refused: [] };
    answerStop(request.requestId, answer);
  }

  function command(word: OperatorCommand): void {
    accountEpoch += 1;
    hear({ type: "operator.commanded", command: word, reason: "said so", accountEpoch });
  }

  /** One that comes again, or too late, changes nothing. */
  function limit(limits: Omit<MarketLimits, "seq">): void {
    limitsSeq += 1;
    hear({ type: "account.limitsChanged", limits: { ...limits, seq: limitsSeq } });
    hear({ type: "account.limitsChanged", limits: { ...GENEROUS, seq: limitsSeq - 1 } });
  }

  function answerCancel(request: CancelRequest): void {
    cancels = cancels.filter((other) => other !== request);
    for (const orderId of request.orderIds) {
      if (request.cancelled === null) hear({ type: "cancel.refused", orderId, isGone: false });
      else if (request.cancelled.includes(orderId)) hear({ type: "cancel.acked", orderId });
      else hear({ type: "cancel.refused", orderId, isGone: true });
    }
  }

  function link(feed: FeedName, isBack: boolean): void {
    if (isUp[feed] === isBack) return;
    isUp[feed] = isBack;
    if (isBack) sessions[feed] += 1;
    else if (feed === "user") mail = [];
    const session = sessions[feed];
    hear(
      isBack
        ? { type: "feed.restored", feed, session }
        : { type: "feed.lost", feed, session, cause: "the line is dead" },
    );
  }

  /** What can happen now, with its weight and its candidates. */
  function possible({ pick, luck }: Move): readonly Possibility[] {
    const waiting = posts.filter(({ stage }) => stage === "waiting");
    const decided = posts.filter(({ stage }) => stage !== "waiting");
    const one = <T>(
      weight: number,
      from: readonly T[],
      happens: (candidate: T) => void,
    ): readonly Possibility[] => {
      const candidate = from[pick % Math.max(1, from.length)];
      if (candidate === undefined) return [];
      const act = (): void => {
        happens(candidate);
      };
      return [{ weight, act }];
    };
    const always = [null];
    const down = FEEDS.filter((feed) => !isUp[feed]);
    return [
      ...one(8, always, () => {
        passes([20, 250, 1_000, 2_500][pick % 4] ?? 0);
      }),
      ...one(6, always, () => {
        target(targetOf(pick, luck));
      }),
      ...one(10, waiting, (post) => {
        leave(post, luck);
      }),
      ...one(10, decided, (post) => {
        const isLost = luck < 150 || post.stage === "vanished";
        if (isLost && !post.isAnswered) giveUp(post, "lost");
        else answerPost(post);
      }),
      ...one(6, cancels, (request) => {
        if (luck < 800) request.cancelled ??= cancelled(request.orderIds);
        if (luck < 200 || luck >= 400) answerCancel(request);
      }),
      ...one(6, stops, (request) => {
        if (luck < 800) request.cancelled ??= cancelled(live().map(({ id }) => id));
        if (luck < 200 || luck >= 400) endStop(request);
      }),
      ...one(4, surveys, (request) => {
        if (request.listed === null && luck < 900) listFor(request, LAGS_MS[luck % LAGS_MS.length]);
        else answerSurvey(request);
      }),
      ...one(5, live(), (order) => {
        const left = order.size - order.matched;
        const part = Math.floor((left * (1 + (luck % 4))) / 4 / 10_000) * 10_000;
        match(order, part > 0 ? part : left);
      }),
      ...one(
        4,
        trades.filter(({ status }) => NEXT[status].length > 0),
        (trade) => {
          const ends = NEXT[trade.status];
          settle(trade, ends[luck % ends.length] ?? trade.status);
        },
      ),
      ...one(12, mail, (message) => {
        if (luck < 850) mail = mail.filter((other) => other !== message);
        hear(message);
      }),
      ...one(luck < 150 ? 2 : 0, FEEDS, (feed) => {
        link(feed, false);
      }),
      ...one(4, down, (feed) => {
        link(feed, true);
      }),
      ...one(luck < 100 ? 1 : 0, always, () => {
        hear({ type: "heartbeat.lapsed", detail: "unanswered" });
      }),
      ...one(state.isHeartbeatLapsed ? 4 : 0, always, () => {
        hear({ type: "heartbeat.beaten" });
      }),
      ...one(luck < 200 ? 1 : 0, always, () => {
        hear({ type: "permits.changed", areShort: !state.arePermitsShort });
      }),
      ...one(luck < 100 || state.behind !== null ? 1 : 0, always, () => {
        const isBehind = state.behind === null;
        hear({ type: "load.changed", isBehind, detail: isBehind ? "event loop" : "" });
      }),
      ...one(luck < 100 ? 1 : 0, ["halt", "reduceOnly", "flatten", "resync"], command),
      ...one(state.operator.level === "normal" ? 0 : 4, always, () => {
        command("normal");
      }),
      ...one(luck < 150 ? 2 : 0, LIMITS, limit),
      ...one(areGenerous(state.limits) ? 0 : 3, [GENEROUS], limit),
    ];
  }

  const make = (move: Move): void => {
    const choices = possible(move);
    const total = choices.reduce((sum, { weight }) => sum + weight, 0);
    let left = move.what % total;
    for (const { weight, act } of choices) {
      if (left < weight) return act();
      left -= weight;
    }
  };

  /** One quarter of a second in which the venue and the gateway do all they have to. */
  function calmTurn(): void {
    for (const post of posts) {
      if (post.stage === "waiting" && !post.isAnswered) book(post);
    }
    for (const post of posts) {
      if (post.stage === "vanished" && !post.isAnswered) giveUp(post, "lost");
      else if (post.stage !== "waiting") answerPost(post);
    }
    for (const request of cancels) {
      request.cancelled ??= cancelled(request.orderIds);
      answerCancel(request);
    }
    for (const request of stops) {
      request.cancelled ??= cancelled(live().map(({ id }) => id));
      endStop(request);
    }
    const delivered = mail;
    mail = [];
    for (const message of delivered) hear(message);
    for (const request of surveys) {
      listFor(request);
      answerSurvey(request);
    }
  }

  const calm = (change: Partial<Intent>, durationMs: number): void => {
    command("normal");
    limit(GENEROUS);
    hear({ type: "heartbeat.beaten" });
    hear({ type: "permits.changed", areShort: false });
    hear({ type: "load.changed", isBehind: false, detail: "" });
    for (const trade of trades) {
      if (trade.status === "matched" || trade.status === "retrying") settle(trade, "mined");
      if (trade.status === "mined") settle(trade, "confirmed");
    }
    for (const feed of FEEDS) link(feed, true);
    // A message that was lost is made good by the survey that a new connection asks for.
    sessions.user += 1;
    hear({ type: "feed.restored", feed: "user", session: sessions.user });
    const until = elapsedMs + durationMs;
    let isPublished = false;
    while (elapsedMs < until) {
      calmTurn();
      if (!isPublished) target({ expiresAt: FOREVER, ...change });
      isPublished = true;
      calmTurn();
      passes(250);
    }
  };

  for (const feed of FEEDS) link(feed, true);
  hear({ type: "heartbeat.beaten" });
  for (const request of surveys) {
    listFor(request);
    answerSurvey(request);
  }
  passes(1_000);

  return { state: () => state, truth, make, calm, rest: passes };
}

const LAGS_MS = [0, 0, 0, 200, 1_500];

const LOST: CancelAnswer = { type: "lost", detail: "no answer in time" };

/** Where a trade may go from here. */
const NEXT = {
  matched: ["mined", "mined", "retrying", "failed"],
  retrying: ["mined", "mined", "matched", "failed"],
  mined: ["confirmed"],
  confirmed: [],
  failed: [],
} as const satisfies Record<TradeStatus, readonly TradeStatus[]>;

function targetOf(pick: number, luck: number): Partial<Intent> {
  const centre = 44 + (luck % 12);
  // A wide book, so that what is wanted is seldom moved by it.
  const side = { bid: cents(centre - 12), ask: cents(centre + 12) };
  const touch = { YES: side, NO: { bid: cents(88 - centre), ask: cents(112 - centre) } };
  if (luck >= 985) return { mode: "stop", reason: "blind", touch };
  const bid = { price: cents(centre - 1 - (pick % 2)), size: shares(5 + (luck % 7) * 5) };
  const ask = { price: cents(centre + 1 + (pick % 3)), size: shares(5 + (luck % 5) * 6) };
  if (luck >= 900)
    return { touch, bid: luck % 2 === 0 ? bid : null, ask: luck % 2 === 0 ? null : ask };
  const mode = luck < 800 ? "normal" : luck < 850 ? "caution" : "oneSidedSell";
  return { mode, touch, bid, ask };
}

/** Whatever happens, each step is shown to the observer. */
export function walk(
  moves: readonly Move[],
  observe: (step: WalkStep) => void = () => undefined,
  reduce?: Reduce,
): Adversary {
  const made = adversary(observe, reduce);
  for (const move of moves) made.make(move);
  return made;
}

/** What is wrong with a step; null or undefined where nothing is. */
export type Law = (step: WalkStep) => string | null | undefined;

/** Holds a law, made anew for each walk, against every step of so many walks. */
export function holds(runs: number, lawOf: () => Law): void {
  fc.assert(
    fc.property(anyMoves(), (moves) => {
      const law = lawOf();
      const broken: string[] = [];
      walk(moves, (step) => {
        const wrong = law(step);
        if (wrong != null) broken.push(`${step.input.seq} ${step.input.event.type}: ${wrong}`);
      });
      expect(broken).toEqual([]);
    }),
    { numRuns: Math.ceil(runs) },
  );
}

export const legsOf = (effects: readonly Effect[]): readonly PlaceLeg[] =>
  effects.flatMap((effect) => (effect.type === "place" ? effect.legs : []));
