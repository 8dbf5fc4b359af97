/** What goes wrong, how often. Each fault draws from a stream of its own. */
import { filter, interval, map, type Observable, type SchedulerLike } from "rxjs";
import type { FeedName, Refusal, RefusalReason } from "../../types/index.ts";
import type { Random, Ratio, Settlement } from "../exchange/index.ts";
import { anyRefusal, ORDER_REFUSALS, REQUEST_REFUSALS } from "./refusals.ts";

export interface Faults {
  /** Of places and cancels (also of everything): carried out; silence or a reset instead of an answer. */
  readonly answerLost: Ratio;
  /** Of the same: not carried out; silence or a reset instead of an answer. */
  readonly requestLost: Ratio;
  /** Of places: carried out up to eight seconds after they left, and half of them never answered. */
  readonly bookedLate: Ratio;
  /** Of orders, and of cancels as a whole: refused for any reason there is, and not carried out. */
  readonly refused: Ratio;
  /** Of cancels that name a live order: a taker comes first, for a part or all of it. */
  readonly fillDuringCancel: Ratio;
  /** Of orders, and of reads of balances: judged by balances up to four seconds old. */
  readonly balanceLag: Ratio;
  /** Of reads of orders and trades: answered by a replica up to a second and a half behind. */
  readonly readLag: Ratio;
  /** Of all reads: silence or a reset instead of an answer. */
  readonly readLost: Ratio;
  /** Of trades: the first attempt comes to nothing, the next takes up to eight seconds more. */
  readonly tradeRetried: Ratio;
  /** Of trades: they fail instead of being mined. */
  readonly tradeFailed: Ratio;
  /** Of frames on the user channel: it never comes. */
  readonly userFrameLost: Ratio;
  /** Of the same: up to two seconds late, so that later ones overtake it. */
  readonly userFrameDelayed: Ratio;
  /** Of the same: the same one again, up to two seconds later. */
  readonly userFrameDuplicated: Ratio;
  /** Of the three links together: one drops, and can not be had again until the outage is over. */
  readonly feedLossPerMinute: number;
  readonly feedLossMs: { readonly min: number; readonly max: number };
  /** Of the venue as a whole: for a while it takes nothing, or only cancels. */
  readonly restrictionsPerMinute: number;
  readonly restrictionMs: { readonly min: number; readonly max: number };
  /** Whether the limits of the smallest tier are enforced. */
  readonly isLimited: boolean;
  /** Another program on the account uses up all of its order tokens, so often. */
  readonly drainsPerMinute: number;
  /** Of all requests together, heartbeats too: nothing gets through for a while. */
  readonly outagesPerMinute: number;
  readonly outageMs: { readonly min: number; readonly max: number };
  /** No fault begins later than this after the start; null for no end. */
  readonly untilMs: number | null;
}

const NEVER: Ratio = { numerator: 0, denominator: 1 };
const HALF: Ratio = { numerator: 1, denominator: 2 };

export const noFaults: Faults = {
  answerLost: NEVER,
  requestLost: NEVER,
  bookedLate: NEVER,
  refused: NEVER,
  fillDuringCancel: NEVER,
  balanceLag: NEVER,
  readLag: NEVER,
  readLost: NEVER,
  tradeRetried: NEVER,
  tradeFailed: NEVER,
  userFrameLost: NEVER,
  userFrameDelayed: NEVER,
  userFrameDuplicated: NEVER,
  feedLossPerMinute: 0,
  feedLossMs: { min: 0, max: 0 },
  restrictionsPerMinute: 0,
  restrictionMs: { min: 0, max: 0 },
  isLimited: false,
  drainsPerMinute: 0,
  outagesPerMinute: 0,
  outageMs: { min: 0, max: 0 },
  untilMs: null,
};

/** With its way to the venue no more than the deadline of a place and the latest booking after it. */
const BOOKED_LATE_MS_MAX = 7_900;
const BALANCE_LAG_MS_MAX = 4_000;
const READ_LAG_MS_MAX = 1_500;
const FRAME_DELAY_MS_MAX = 2_000;
const RETRIED_MS = { min: 1_000, max: 8_000 };
const CHECK_MS = 1_000;

export interface FeedLoss {
  readonly feed: FeedName;
  readonly durationMs: number;
  /** Whether the connection ends with an error rather than in silence. */
  readonly isError: boolean;
}

/** What becomes of one request on its way. */
export interface Delivery {
  readonly isCarriedOut: boolean;
  /** How much later than usual. */
  readonly laterMs: number;
  readonly end: "answer" | "reset" | "silence";
}

/** What the venue takes none of, and for how long still. */
export interface Restricted {
  readonly reason: (typeof RESTRICTIONS)[number];
  /** A restart has ended every order; asked for once. */
  readonly wipes: boolean;
  readonly leftMs: number;
}
const RESTRICTIONS = ["restarting", "tradingDisabled", "cancelOnly"] as const;

export const DELIVERED: Delivery = { isCarriedOut: true, laterMs: 0, end: "answer" };

/** Each function decides anew whenever it is called. */
export interface FaultDraws {
  readonly deliversPlace: () => Delivery;
  readonly deliversCancel: () => Delivery;
  readonly deliversRead: () => Delivery;
  readonly deliversBeat: () => Delivery;
  readonly restriction: () => Restricted | null;
  readonly isLimited: boolean;
  /** Whether somebody has used up the tokens since it was last asked. */
  readonly isDrained: () => boolean;
  readonly refusesOrder: () => Refusal<RefusalReason> | null;
  readonly refusesCancel: () => Refusal<RefusalReason> | null;
  readonly fillsDuringCancel: () => boolean;
  /** How old what the venue knows is; 0 when it is up to date. */
  readonly balanceAgeMs: () => number;
  readonly readAgeMs: () => number;
  /** How much later than usual each copy of a frame is sent; none when it is lost. */
  readonly frameDelaysMs: () => readonly number[];
  /** The settlement, with trades that are tried again or fail. */
  readonly unsettled: (settlement: Settlement) => Settlement;
  readonly feedLoss$: Observable<FeedLoss>;
}

type RatioName = {
  [Name in keyof Faults]: Faults[Name] extends Ratio ? Name : never;
}[keyof Faults];

export function faultDraws(faults: Faults, random: Random, scheduler: SchedulerLike): FaultDraws {
  const startedAt = scheduler.now();
  const isKind = (): boolean =>
    faults.untilMs !== null && scheduler.now() - startedAt >= faults.untilMs;
  const strikes = (stream: Random, ratio: Ratio): boolean => !isKind() && stream.chance(ratio);
  /** How the fault strikes, said by its own stream; null when it does not. */
  const fault = <How>(name: RatioName, how: (stream: Random) => How): (() => How | null) => {
    const stream = random.fork(name);
    return () => (strikes(stream, faults[name]) ? how(stream) : null);
  };

  const lost = (name: RatioName, isCarriedOut: boolean): (() => Delivery | null) =>
    fault(name, (stream) => {
      return { isCarriedOut, laterMs: 0, end: stream.pick(["reset", "silence"]) };
    });
  const [answerLost, requestLost] = [lost("answerLost", true), lost("requestLost", false)];
  const readLost = lost("readLost", true);
  const bookedLate = fault("bookedLate", (stream): Delivery => ({
    isCarriedOut: true,
    laterMs: stream.integer(0, BOOKED_LATE_MS_MAX),
    end: stream.pick(["answer", "silence"]),
  }));
  /** Of a kind that begins, on average, so often and lasts so long: what this one is like, or null. */
  const spell = <How>(
    name: string,
    perMinute: number,
    { min, max }: { readonly min: number; readonly max: number },
    how: (stream: Random) => How,
  ): (() => { readonly how: How; readonly leftMs: number } | null) => {
    const stream = random.fork(name);
    const perCheck = { numerator: perMinute * CHECK_MS, denominator: 60_000 };
    let current: { readonly how: How; readonly until: number } | null = null;
    let checkedAt = startedAt;
    return () => {
      const now = scheduler.now();
      for (; checkedAt + CHECK_MS <= now; checkedAt += CHECK_MS) {
        const isOver = faults.untilMs !== null && checkedAt - startedAt >= faults.untilMs;
        if (isOver || !stream.chance(perCheck)) continue;
        current = { how: how(stream), until: checkedAt + stream.integer(min, max) };
      }
      return current !== null && now < current.until
        ? { how: current.how, leftMs: current.until - now }
        : null;
    };
  };
  const outage = spell("outage", faults.outagesPerMinute, faults.outageMs, (stream): Delivery => ({
    isCarriedOut: false,
    laterMs: 0,
    end: stream.pick(["reset", "silence"]),
  }));
  const restriction = spell(
    "restriction",
    faults.restrictionsPerMinute,
    faults.restrictionMs,
    (stream) => ({ reason: stream.pick(RESTRICTIONS), wipes: stream.chance(HALF) }),
  );
  const drain = spell("drain", faults.drainsPerMinute, { min: 1, max: 1_000 }, () => true);
  const gone = (): Delivery | null => outage()?.how ?? null;
  const delivers = (): Delivery => gone() ?? requestLost() ?? answerLost() ?? DELIVERED;

  const refused = fault("refused", (stream) => stream);
  const refusal = (among: typeof ORDER_REFUSALS): Refusal<RefusalReason> | null => {
    const stream = refused();
    return stream && anyRefusal(stream, among);
  };
  const fillDuringCancel = fault("fillDuringCancel", () => true);
  const balanceLag = fault("balanceLag", (stream) => stream.integer(1, BALANCE_LAG_MS_MAX));
  const readLag = fault("readLag", (stream) => stream.integer(1, READ_LAG_MS_MAX));

  const frameDelayMs = (stream: Random): number => stream.integer(1, FRAME_DELAY_MS_MAX);
  const frameLost = fault("userFrameLost", (): readonly number[] => []);
  const frameDelayed = fault("userFrameDelayed", frameDelayMs);
  const frameDuplicated = fault("userFrameDuplicated", frameDelayMs);

  const losses = random.fork("feedLoss");
  const perCheck = {
    numerator: faults.feedLossPerMinute * CHECK_MS,
    denominator: 60_000,
  };
  return {
    deliversPlace: () => gone() ?? bookedLate() ?? delivers(),
    deliversCancel: delivers,
    deliversRead: () => gone() ?? readLost() ?? DELIVERED,
    deliversBeat: () => gone() ?? DELIVERED,
    restriction: () => {
      const spelled = restriction();
      return spelled && { ...spelled.how, leftMs: spelled.leftMs };
    },
    isLimited: faults.isLimited,
    isDrained: () => drain() !== null,
    refusesOrder: () => refusal(ORDER_REFUSALS),
    refusesCancel: () => refusal(REQUEST_REFUSALS),
    fillsDuringCancel: () => fillDuringCancel() ?? false,
    balanceAgeMs: () => balanceLag() ?? 0,
    readAgeMs: () => readLag() ?? 0,
    frameDelaysMs: () => {
      const again = frameDuplicated();
      return frameLost() ?? [frameDelayed() ?? 0, ...(again === null ? [] : [again])];
    },
    // From the trade's id: it does not matter who asks, when or how often.
    unsettled: (settlement) => (trade) => {
      const fate = settlement(trade);
      const retry = random.fork("tradeRetried").fork(trade);
      const retried = strikes(retry, faults.tradeRetried)
        ? {
            retriedAfterMs: fate.minedAfterMs,
            minedAfterMs: fate.minedAfterMs + retry.integer(RETRIED_MS.min, RETRIED_MS.max),
          }
        : {};
      const failure = random.fork("tradeFailed").fork(trade);
      return { ...fate, ...retried, fails: strikes(failure, faults.tradeFailed) };
    },
    feedLoss$: interval(CHECK_MS, scheduler).pipe(
      filter(() => strikes(losses, perCheck)),
      map(() => ({
        feed: losses.pick(FEEDS),
        durationMs: losses.integer(faults.feedLossMs.min, faults.feedLossMs.max),
        isError: losses.chance(HALF),
      })),
    ),
  };
}

const FEEDS = ["market", "user", "reference"] as const;
