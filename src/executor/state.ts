/** Everything the executor knows, as readonly data that the journal can be folded to again. */
import {
  type Balances,
  type Epoch,
  type EpochMs,
  type ExecutionPlan,
  FEEDS,
  type Failures,
  type FeedName,
  type Instant,
  type Intent,
  type InputTimes,
  type Inventory,
  type Market,
  type MarketLimits,
  type MicroShares,
  type MicroUsdc,
  type MonotonicMs,
  NO_FAILURES,
  NO_SHARES,
  NO_USDC,
  type LastingReason,
  type LevelSetting,
  type OperatorLevel,
  type OrderId,
  type OrderKind,
  type PlannedOrder,
  type PriceBp,
  type RefusalReason,
  type RequestId,
  type Slot,
  type Survey,
  type Token,
  type TradeReport,
  UNLIMITED,
  type WorkingOrder,
  after,
  monotonicMs,
  stricterLevel,
} from "../types/index.ts";
import type { TradeEntry } from "./inventory.ts";

/**
 * What becomes of a leg whose parts are below the venue's minimum: shown as far as it goes; rounded
 * up to the minimum; or shown whole, with stock left alone where that makes both parts legal.
 */
export type MinSizePolicy = "passiveFirst" | "aggregate" | "complete";

/** How the executor trades one market. Durations in milliseconds. */
export interface ExecutorConfig {
  readonly minSizePolicy: MinSizePolicy;
  /** What a plan has grown by is asked for from this size on. */
  readonly topUp: MicroShares;
  /** So many orders of that kind stand beside a first one; with more all are merged into one. */
  readonly topUpsMax: number;
  /** An order that is less aggressive than planned, by so many ticks at the most, stays so long. */
  readonly holdBehindTicks: number;
  readonly holdBehindMs: number;
  /** The same of an order that is more aggressive than planned. */
  readonly holdAheadTicks: number;
  readonly holdAheadMs: number;
  /** An order stays whose size differs by less than this part of the planned one, in per cent. */
  readonly holdSizePercent: number;
  /** BUYs stay where stock has come in that could be sold instead, at the same price in YES. */
  readonly holdComplement: boolean;
  /** Largest |YES - NO| we may come to hold, counted on the worst case of live orders. */
  readonly netMax: MicroShares;
  /** Most YES and NO together that we may come to hold, counted on the same worst case. */
  readonly grossMax: MicroShares;
  /** Cash this market may use. */
  readonly budget: MicroUsdc;
  /** GTD life of an order on the book; null rests it until cancelled (GTC). */
  readonly orderLifeMs: number | null;
  /** After this long without an answer a place is `unknown`; the gateway enforces it. */
  readonly placeDeadlineMs: number;
  /** How much later than its deadline a place may still be booked by the venue. */
  readonly lateBookingMs: number;
  /** Between the two surveys of the venue that prove absence. */
  readonly surveyGapMs: number;
  readonly cooldownMs: number;
  /** After a cooldown sizes are halved for this long. */
  readonly cautionMs: number;
  /** Nothing rests in the last moments of a market. */
  readonly cutoffMs: number;
  /** How far below the best bid a flatten may sell. */
  readonly flattenSlippage: PriceBp;
  /** Sends one order far from the touch ahead of the first quote of each market (`canary.ts`). */
  readonly canary: boolean;
}

/** Reasons of one kind: what helps against one of them helps against the others (`refusals.ts`). */
export type RefusalClass =
  "price" | "balance" | "rate" | "removed" | "other" | "unmatched" | "notSent";

/** The refusals of one kind of order in one slot, for one class of reason. */
export interface RefusedOrder {
  readonly slot: Slot;
  readonly kind: OrderKind;
  readonly class: RefusalClass;
  /** Price and reason of the last. */
  readonly price: PriceBp;
  /** `removed`: the venue accepted the order, and took it off the book at once unasked. */
  readonly reason: RefusalReason | "notSent" | "removed";
  /** Since an order of this slot and kind was last accepted: the pause doubles with each. */
  readonly count: number;
  /** The same price is not tried before. */
  readonly retryAt: MonotonicMs;
  /** No price is tried before. */
  readonly shutUntil: MonotonicMs;
  /** When each was heard, oldest first. */
  readonly at: readonly MonotonicMs[];
}

/** A match that the standing intent had not seen: what the intent wants is that much smaller. */
export interface UnseenMatch {
  readonly step: number;
  readonly slot: Slot;
  readonly size: MicroShares;
}

/** The canary order, and when each step of its life happened; null until that step. */
export interface Canary {
  readonly orderId: OrderId;
  readonly placedAt: MonotonicMs;
  readonly ackedAt: MonotonicMs | null;
  /** The user channel has shown it resting. */
  readonly reportedAt: MonotonicMs | null;
  readonly cancelAckedAt: MonotonicMs | null;
  /** The user channel has reported the order over: this market session needs no other canary. */
  readonly goneAt: MonotonicMs | null;
}

/** The venue takes only part of what is asked of it, or nothing. [protocol 3.10] */
export interface VenueMode {
  readonly mode: "restarting" | "paused" | "cancelOnly" | "postOnly";
  /** Refusals in a row, each after a pause; the next pause doubles. */
  readonly count: number;
  /** Nothing is tried before. */
  readonly until: MonotonicMs;
  /** When the venue last refused something for this mode. */
  readonly refusedAt: MonotonicMs;
}

/** The venue refuses everything, for a reason that does not pass by itself. */
export interface LastingRefusal {
  readonly reason: LastingReason;
  /** The venue's own words. */
  readonly text: string;
  /** What was refused, and has to be taken for this to be over. */
  readonly source: "order" | "survey" | "heartbeat";
  /** Everything that was refused since it began. */
  readonly refusals: number;
  /** Orders tried, each after a pause; the next pause doubles. */
  readonly pauses: number;
  /** No order is tried before. */
  readonly until: MonotonicMs;
  /** When the venue last refused something that was sent since it was known. */
  readonly refusedAt: MonotonicMs;
}

/** The last cancel-all, once it has ended. */
export interface CancelAllResult {
  /** Cancel-alls of this stop so far: the pause before the next one grows with them. */
  readonly attempts: number;
  /** The venue has carried it out; after silence or a refusal everything is cancelled again. */
  readonly isCarriedOut: boolean;
  readonly retryAt: MonotonicMs;
}

/**
 * From the cancel-all until the venue has shown twice that nothing rests, and then until the cause
 * has gone. Read in `stop.ts` only; the rest of the executor asks the questions there.
 */
export type Stop =
  | { readonly state: "running" }
  /** A cancel-all is under way. */
  | {
      readonly state: "cancelling";
      readonly attempts: number;
      readonly requestId: RequestId;
      readonly askedAt: MonotonicMs;
    }
  /** The cancel-all has ended, and requests about single orders may still be answered. */
  | { readonly state: "draining"; readonly last: CancelAllResult }
  /** No request is under way, and none that was given up on can still be answered. */
  | { readonly state: "quiet"; readonly last: CancelAllResult; readonly quietSince: MonotonicMs }
  /** One survey has shown nothing; `emptySince` is when it began. */
  | {
      readonly state: "emptyOnce";
      readonly last: CancelAllResult;
      readonly quietSince: MonotonicMs;
      readonly emptySince: MonotonicMs;
    }
  /** A second survey has shown nothing: proven. Lasts as long as the cause and the cooldown. */
  | { readonly state: "halted"; readonly last: CancelAllResult; readonly haltedAt: MonotonicMs };

/** Surveys of the venue: the one under way, and why another is wanted. */
export interface SurveyState {
  readonly pending: PendingSurvey | null;
  /** What has been answered, and is not taken in yet; a part of it at every step. */
  readonly unread: UnreadSurvey | null;
  /** The last survey has read trades from here on; it may lie later the next time. */
  readonly tradesFrom: EpochMs;
  /** When the last survey began that was read whole: it showed what had matched long before. */
  readonly wholeAt: EpochMs | null;
  readonly notBefore: MonotonicMs;
  /** Only a survey begun then or later can settle what has happened; quoting waits for it. */
  readonly wantedSince: MonotonicMs | null;
  /** Since when what we own is to be compared with the venue; quoting does not wait for that. */
  readonly compareSince: MonotonicMs | null;
  /** The venue has refused an order for its balance, and no comparison has explained it yet. */
  readonly balanceRefusedAt: MonotonicMs | null;
  /** When the venue was last asked to read its balances anew. */
  readonly refreshedAt: MonotonicMs | null;
  /** Surveys that failed in a row; the pause before the next one doubles with each. */
  readonly failures: number;
  /** What a survey said we own; believed once another, `surveyGapMs` later, says the same. */
  readonly holdingsReading: HoldingsReading | null;
  readonly isFirstDone: boolean;
  /** Orders on our account that are not ours and have been reported as such; the newest ones. */
  readonly foreign: readonly OrderId[];
  /** Orders of which the venue's record cannot be read: whatever it says may be true. */
  readonly unreadable: readonly OrderId[];
}

export interface PendingSurvey {
  readonly requestId: RequestId;
  readonly beganAt: MonotonicMs;
  readonly beganAtEpochMs: EpochMs;
}

export interface UnreadSurvey extends Omit<PendingSurvey, "requestId"> {
  readonly trades: readonly TradeReport[];
  /** So many of the trades are taken in. */
  readonly taken: number;
  /** Weighed once all trades are in; null where a read has failed, so that nothing is proven. */
  readonly survey: Survey | null;
}

export interface HoldingsReading {
  readonly beganAt: MonotonicMs;
  readonly balances: Balances;
  /** Every trade that the survey showed, with its status, as one text to compare. */
  readonly trades: string;
}

/** A trade after which only the venue's count can say what we own. */
export interface Doubt {
  /** The balances of a survey that begins then, or later, have the trade. */
  readonly comparableAt: MonotonicMs;
  /** Its fill contradicts its order: nothing is quoted before the comparison. */
  readonly isContrary: boolean;
}

/** Shares that have come in, which balances that lag may not have yet. */
export interface Arrival {
  readonly at: MonotonicMs;
  readonly token: Token;
  readonly size: MicroShares;
}

/** Contradictions between what the venue says and what we know. */
export interface Anomalies {
  readonly count: number;
  readonly told: number;
  readonly last: string;
  /** The last different ones, oldest first, each with when it was last seen. */
  readonly recent: readonly { readonly text: string; readonly at: MonotonicMs }[];
  /** Too many came: the market is stopped until then; null before that ever happened. */
  readonly stoppedUntil: MonotonicMs | null;
}

export interface Withheld {
  readonly order: PlannedOrder;
  readonly reason:
    | "slotBusy"
    | "held"
    | "refusedBefore"
    | "refusalsMax"
    | "restricted"
    | "awaitingCancel"
    | "stock"
    | "cash"
    | "netMax"
    | "grossMax"
    | "selfTrade"
    | "ordersMax";
}

/** Why we quote what we quote, or nothing: kept with the state so that every reader sees it. */
export interface Explanation {
  /** Reasons the gate is shut; empty when it is open. */
  readonly gate: readonly string[];
  readonly plan: ExecutionPlan | null;
  readonly withheld: readonly Withheld[];
}

export interface FeedState {
  /** Null until the first connection: not yet seen is not lost. */
  readonly isAlive: boolean | null;
  readonly session: number;
}

/** What can fail without being lost, so that nothing is quoted for it. */
export type FailureSource = FeedName | "survey" | "heartbeat" | "cancelAll";

export interface ExecutorState {
  readonly market: Market;
  readonly step: number;
  readonly now: Instant;
  /** The first survey reads trades from here on; what settled before is in the balances already. */
  readonly tradesSince: EpochMs;
  readonly epoch: Epoch;
  readonly operator: LevelSetting;
  /** What the account allows this market, over all markets. */
  readonly limits: MarketLimits;
  readonly intent: Intent | null;
  readonly feeds: Readonly<Record<FeedName, FeedState>>;
  /** What each source has failed at since it last worked. */
  readonly failures: Readonly<Record<FailureSource, Failures>>;
  /** When each input was last heard or confirmed, or its feed came back; null: not known. */
  readonly seen: InputTimes;
  readonly isHeartbeatArmed: boolean;
  readonly isHeartbeatLapsed: boolean;
  /** The venue's rate limit is near: re-prices that are worth least wait. */
  readonly arePermitsShort: boolean;
  /** What of the program has fallen behind; null while it keeps up. */
  readonly behind: string | null;
  /** Orders that may be live, or closed ones that may still owe us fills. */
  readonly working: Readonly<Record<OrderId, WorkingOrder>>;
  /** Settled orders, oldest first, remembered for late messages. */
  readonly closed: readonly WorkingOrder[];
  /** Every fill, by trade and order, in shards (`trades.ts`). */
  readonly trades: Readonly<Record<string, Readonly<Record<string, TradeEntry>>>>;
  /** By shard of `trades`: when its oldest fill was matched that has not settled. */
  readonly unsettled: Readonly<Record<string, EpochMs>>;
  /** The same of what is neither confirmed nor failed: surveys read on from the oldest. */
  readonly unfinished: Readonly<Record<string, EpochMs>>;
  readonly tradeCount: number;
  readonly inventory: Inventory;
  /** By how much our own sum of cash exceeds what the account has; not part of the inventory. */
  readonly cashMissing: MicroUsdc;
  /** By how much we believe to be able to sell more than the venue's last balance shows: not to be sold. */
  readonly sharesMissing: Readonly<Record<Token, MicroShares>>;
  /** The newest ones, oldest first. */
  readonly arrivals: readonly Arrival[];
  /** By trade and order, until a comparison with the venue ends them. */
  readonly doubts: Readonly<Record<string, Doubt>>;
  /** The step that last changed the inventory: an intent says which one it has seen. */
  readonly inventoryStep: number;
  readonly inventoryChangedAt: MonotonicMs;
  /** What has matched in each slot, oldest first, that the standing intent had not seen. */
  readonly unseenMatches: readonly UnseenMatch[];
  readonly refused: readonly RefusedOrder[];
  /** Refusals in a row, oldest first; an order that rested or matched ends the row. */
  readonly consecutiveRefusals: readonly MonotonicMs[];
  /** Null while the venue takes everything. */
  readonly venueMode: VenueMode | null;
  /** Null while nothing is refused for good. */
  readonly lasting: LastingRefusal | null;
  readonly stop: Stop;
  /** Null until an order has been answered or reported. */
  readonly canary: Canary | null;
  /** A place has left since the venue was last proven empty. */
  readonly mayRestAtVenue: boolean;
  readonly cautionUntil: MonotonicMs | null;
  readonly survey: SurveyState;
  readonly anomalies: Anomalies;
  readonly winner: Token | null;
  readonly why: Explanation;
}

/** Two surveys begin at least this far apart, whatever they are for. */
export const SURVEY_MIN_GAP_MS = 1_000;

/** Trades are read from this long before the moment that is meant, because clocks differ. */
export const TRADES_OVERLAP_MS = 60_000;

export const UNSEEN: InputTimes = { reference: null, settlement: null, YES: null, NO: null };

const NOTHING_HELD = { settled: NO_SHARES, pendingIn: NO_SHARES, pendingOut: NO_SHARES };

/** A market we know nothing about yet: the gate stays shut until a first survey has been read. */
export function initialState(
  market: Market,
  now: Instant,
  operator: LevelSetting & { readonly accountEpoch: number },
  limits: MarketLimits = UNLIMITED,
): ExecutorState {
  const unseen: FeedState = { isAlive: null, session: 0 };
  return {
    market,
    step: 0,
    now,
    tradesSince: after(now.epochMs, -TRADES_OVERLAP_MS),
    epoch: { account: operator.accountEpoch, market: 0 },
    operator: { level: operator.level, reason: operator.reason },
    limits,
    intent: null,
    feeds: { market: unseen, user: unseen, reference: unseen, settlement: unseen } satisfies Record<
      (typeof FEEDS)[number],
      FeedState
    >,
    failures: {
      market: NO_FAILURES,
      user: NO_FAILURES,
      reference: NO_FAILURES,
      settlement: NO_FAILURES,
      survey: NO_FAILURES,
      heartbeat: NO_FAILURES,
      cancelAll: NO_FAILURES,
    },
    seen: UNSEEN,
    isHeartbeatArmed: false,
    isHeartbeatLapsed: false,
    arePermitsShort: false,
    behind: null,
    working: {},
    closed: [],
    trades: {},
    unsettled: {},
    unfinished: {},
    tradeCount: 0,
    inventory: {
      YES: NOTHING_HELD,
      NO: NOTHING_HELD,
      cash: { settled: NO_USDC, pendingIn: NO_USDC, pendingOut: NO_USDC },
    },
    cashMissing: NO_USDC,
    sharesMissing: { YES: NO_SHARES, NO: NO_SHARES },
    arrivals: [],
    doubts: {},
    inventoryStep: 0,
    inventoryChangedAt: now.monotonicMs,
    unseenMatches: [],
    refused: [],
    consecutiveRefusals: [],
    venueMode: null,
    lasting: null,
    stop: { state: "running" },
    canary: null,
    mayRestAtVenue: false,
    cautionUntil: null,
    survey: {
      pending: null,
      unread: null,
      tradesFrom: after(now.epochMs, -TRADES_OVERLAP_MS),
      wholeAt: null,
      notBefore: monotonicMs(0),
      wantedSince: now.monotonicMs,
      compareSince: null,
      balanceRefusedAt: null,
      refreshedAt: null,
      failures: 0,
      holdingsReading: null,
      isFirstDone: false,
      foreign: [],
      unreadable: [],
    },
    anomalies: { count: 0, told: 0, last: "", recent: [], stoppedUntil: null },
    winner: null,
    why: { gate: [], plan: null, withheld: [] },
  };
}

/** What may be done: the stricter of what the operator and the account have set. */
export const levelOf = ({
  operator,
  limits,
}: Pick<ExecutorState, "operator" | "limits">): OperatorLevel =>
  stricterLevel(operator.level, limits.level);

export const workingOrders = (state: ExecutorState): readonly WorkingOrder[] =>
  Object.values(state.working);
