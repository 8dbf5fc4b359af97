/**
 * One survey of the venue against what we believe.
 *
 * 1. A survey only adds evidence: it forgets no order, and books no fill twice.
 * 2. An order is absent only after two surveys that do not show it: the first begun when no late
 *    booking could follow, the second `surveyGapMs` later, with the trades read after each.
 * 3. A sighting between the two starts the count again.
 * 4. An order on our account that we did not place keeps the gate shut.
 * 5. The venue's count of what we own is believed when two surveys agree on it and nothing of ours
 *    moves: at the beginning, and later where it differs from what our trades add up to; sooner
 *    where an order was refused for its balance and the count is lower than ours.
 */
import {
  BALANCE_MAX,
  type Balances,
  type EpochMs,
  type MicroShares,
  type MicroUsdc,
  type MonotonicMs,
  type OrderReport,
  type Survey,
  TOKENS,
  type Token,
  type TradeReport,
  type WorkingOrder,
  after,
  NO_SHARES,
  formatMicro,
  larger,
  microShares,
  microUsdc,
  minus,
  plus,
  smaller,
  mayRest,
} from "../types/index.ts";
import { BALANCE_LAG_MS, type TradeEntry, cashOf, isPending, isSettled } from "./inventory.ts";
import { DUST } from "./orderTable.ts";
import { forgetBalanceRefusals } from "./refusals.ts";
import { ordersOf } from "./remembered.ts";
import {
  type HoldingsReading,
  type ExecutorConfig,
  type ExecutorState,
  TRADES_OVERLAP_MS,
} from "./state.ts";
import { weighSurvey } from "./stop.ts";
import {
  evolveTrade,
  isContradicted,
  pendingSince,
  unfinishedSince,
  withOrderInDoubt,
} from "./trades.ts";
import {
  type ReportSource,
  evolveReport,
  findOrder,
  noteAnomaly,
  signalOrder,
  wantSurvey,
  withOrder,
} from "./workingOrders.ts";

/** Trades of a survey looked at in one step, and those among them that are news, which cost more. */
export const SURVEY_TRADES_PER_STEP = 2_000;
export const SURVEY_NEWS_PER_STEP = 100;

/** The next part of an answered survey; with the last trade everything else in it is weighed. */
export function readOn(state: ExecutorState, config: ExecutorConfig): ExecutorState {
  const { unread } = state.survey;
  if (unread === null) return state;
  const { trades, survey, beganAt, beganAtEpochMs } = unread;
  const begun = unread.taken === 0 && survey !== null ? withoutUnreadable(state) : state;
  const { known, taken } = withTrades(begun, trades, unread.taken);
  // Of trades that are one part of what was missed, only a whole survey can say the rest.
  const isHalf = survey === null && known.inventory !== state.inventory;
  const next = isHalf ? wantSurvey(known) : known;
  if (taken < trades.length) {
    return { ...next, survey: { ...next.survey, unread: { ...unread, taken } } };
  }
  const read = { ...next, survey: { ...next.survey, unread: null } };
  if (survey === null) return read;
  const weighed = evolveWhole(read, survey, beganAt, config);
  return { ...weighed, survey: { ...weighed.survey, wholeAt: beganAtEpochMs } };
}

function withTrades(
  state: ExecutorState,
  trades: readonly TradeReport[],
  from: number,
): { readonly known: ExecutorState; readonly taken: number } {
  let known = state;
  let taken = from;
  let news = 0;
  for (const trade of trades.slice(from, from + SURVEY_TRADES_PER_STEP)) {
    const next = evolveTrade(known, trade);
    if (next !== known) news += 1;
    known = next;
    taken += 1;
    if (news >= SURVEY_NEWS_PER_STEP) break;
  }
  return { known, taken };
}

/**
 * From when on the next survey has to read trades, so that it grows with what is open, not with the
 * run: from the oldest fill or order that may still change, or from the last survey that was read
 * whole, whichever is the oldest, less the time by which trades come late. The first survey reads
 * all, for the budget, and two readings that are compared read the same.
 */
export function tradesFrom(state: ExecutorState): EpochMs {
  const { tradesSince, now, survey } = state;
  const { isFirstDone, wholeAt, holdingsReading } = survey;
  if (!isFirstDone || wholeAt === null) return tradesSince;
  const placed = ordersOf(state).map(({ placedAt }) =>
    after(now.epochMs, placedAt - now.monotonicMs),
  );
  const oldest = [unfinishedSince(state) ?? wholeAt, ...placed].reduce(smaller, wholeAt);
  const from = larger(tradesSince, after(oldest, -(TRADES_LATE_MS + TRADES_OVERLAP_MS)));
  return holdingsReading === null ? from : smaller(from, survey.tradesFrom);
}

function evolveWhole(
  state: ExecutorState,
  survey: Survey,
  beganAt: MonotonicMs,
  config: ExecutorConfig,
): ExecutorState {
  const owning = evolveBalances(state, survey, beganAt, config);
  const listed = survey.openOrders.reduce(
    (acc, report) => evolveSurveyedOrder(acc, report, "list", beganAt, config),
    withSharesMissing(owning, survey.balances, beganAt),
  );
  const reported = survey.byId.reduce(
    (acc, report) => evolveSurveyedOrder(acc, report, "byId", beganAt, config),
    listed,
  );
  // For a closed order, two surveys prove that its missing trades will not come.
  const weighed = ordersOf(reported).reduce(
    (acc, order) => weighAbsence(acc, order, beganAt, config),
    reported,
  );
  return weighSurvey(surveyAnswered(weighed, survey, beganAt), survey, beganAt, config);
}

/** What the survey shows again as unreadable is noted again. */
const withoutUnreadable = (state: ExecutorState): ExecutorState =>
  state.survey.unreadable.length === 0
    ? state
    : { ...state, survey: { ...state.survey, unreadable: [] } };

/** Nothing of ours has moved for this long before the venue's count may overrule ours. */
const COMPARE_QUIET_MS = 60_000;

function evolveBalances(
  state: ExecutorState,
  survey: Survey,
  beganAt: MonotonicMs,
  config: ExecutorConfig,
): ExecutorState {
  if (!state.survey.isFirstDone) {
    // A trade that settles between two reads of a survey may be in the balances, and not in the trades.
    const isStill = state.tradeCount === 0 && ordersOf(state).length === 0;
    return isStill || isConfirmed(state, survey, beganAt, config)
      ? withAccountCash(
          withVenueHoldings(state, survey.balances),
          survey.balances.cash,
          budgetLeft(survey, config),
        )
      : withHoldingsReading(state, holdingsReadingOf(state, survey, beganAt));
  }
  if (!isComparable(state, survey, beganAt)) return withHoldingsReading(state, null);
  // Other markets spend the account's cash too: a difference is no contradiction, but a limit.
  const { settled } = state.inventory.cash;
  const paid = withAccountCash(state, survey.balances.cash, plus(settled, state.cashMissing));
  const difference = differenceTo(paid, survey.balances);
  if (difference === null) {
    return withoutBalanceRefusal(withoutDoubts(withHoldingsReading(paid, null), beganAt));
  }
  if (!isConfirmed(paid, survey, beganAt, config)) {
    return withHoldingsReading(paid, holdingsReadingOf(paid, survey, beganAt));
  }
  return noteAnomaly(
    withoutBalanceRefusal(
      forgetBalanceRefusals(withoutDoubts(withVenueHoldings(paid, survey.balances), beganAt)),
    ),
    `what we own is not what our trades add up to; the venue's count holds: ${difference}`,
  );
}

/** The budget after what an earlier session has spent and earned in this market, once settled. */
function budgetLeft({ trades }: Survey, { budget }: ExecutorConfig): MicroUsdc {
  const fills = trades.filter(({ status }) => isSettled(status)).flatMap((trade) => trade.fills);
  const flow = fills.reduce((sum, fill) => sum + cashOf(fill), 0);
  return microUsdc(Math.max(0, Math.min(budget + flow, BALANCE_MAX)));
}

/**
 * What we believe to own beyond the balances, and beyond what may be too young to be in them. It is
 * not sold until a later survey shows it. A sale on its way may be in these balances; one that
 * matches later is not.
 */
function withSharesMissing(
  state: ExecutorState,
  balances: Balances,
  beganAt: MonotonicMs,
): ExecutorState {
  const missing = (token: Token): MicroShares => {
    const { settled, pendingOut } = state.inventory[token];
    const arrived = state.arrivals
      .filter((arrival) => arrival.token === token && beganAt < after(arrival.at, BALANCE_LAG_MS))
      .reduce((sum, { size }) => sum + size, 0);
    const unshown = microShares(settled - pendingOut - arrived - balances[token]);
    return unshown > DUST ? unshown : NO_SHARES;
  };
  return { ...state, sharesMissing: { YES: missing("YES"), NO: missing("NO") } };
}

/** A comparison ends the doubts about trades that its balances have for sure. */
const withoutDoubts = (state: ExecutorState, beganAt: MonotonicMs): ExecutorState => ({
  ...state,
  doubts: Object.fromEntries(
    Object.entries(state.doubts).filter(([, { comparableAt }]) => beganAt < comparableAt),
  ),
});

/** No fill is owed, and nothing of ours has moved for so long that lagging balances are right. */
function isComparable(state: ExecutorState, survey: Survey, beganAt: MonotonicMs): boolean {
  const { inventoryChangedAt } = state;
  const isShort = isFoundShort(state, survey, beganAt);
  const isDoubted = Object.keys(state.doubts).length > 0;
  const isCounted = ({ orderId, sizeMatched }: OrderReport): boolean => {
    const order = findOrder(state, orderId);
    return (
      order === undefined ||
      isContradicted(state, order) ||
      sizeMatched <= plus(order.matched, DUST)
    );
  };
  return (
    isTraded(state) &&
    state.survey.unreadable.length === 0 &&
    pendingSince(state) === null &&
    beganAt >=
      after(inventoryChangedAt, isShort || isDoubted ? BALANCE_LAG_MS : COMPARE_QUIET_MS) &&
    ordersOf(state).every(
      // A BUY that is on its way can only have raised what the venue shows.
      (order) =>
        order.phase === "resting" ||
        (isShort && order.side === "BUY") ||
        isContradicted(state, order),
    ) &&
    [...survey.openOrders, ...survey.byId].every(isCounted)
  );
}

const isTraded = ({ winner, now, market }: ExecutorState): boolean =>
  winner === null && now.epochMs < market.endsAt;

/** After the refusal of an order for its balance, a reading that shows no more than we believe. */
const isFoundShort = (
  { survey: { balanceRefusedAt }, inventory }: ExecutorState,
  { balances }: Survey,
  beganAt: MonotonicMs,
): boolean =>
  balanceRefusedAt !== null &&
  beganAt >= balanceRefusedAt &&
  TOKENS.every((token) => balances[token] <= inventory[token].settled + DUST);

const withoutBalanceRefusal = (state: ExecutorState): ExecutorState =>
  state.survey.balanceRefusedAt === null
    ? state
    : { ...state, survey: { ...state.survey, balanceRefusedAt: null } };

/** Which balances of shares differ from ours, in words; null where none does. */
function differenceTo({ inventory }: ExecutorState, balances: Balances): string | null {
  const tokens = TOKENS.filter(
    (token) => Math.abs(balances[token] - inventory[token].settled) > DUST,
  );
  const found = tokens.map(
    (token) =>
      `${token} ${formatMicro(balances[token])}, not ${formatMicro(inventory[token].settled)}`,
  );
  return found.length === 0 ? null : found.join(", ");
}

function isConfirmed(
  { survey: { holdingsReading } }: ExecutorState,
  survey: Survey,
  beganAt: MonotonicMs,
  { surveyGapMs }: ExecutorConfig,
): boolean {
  if (holdingsReading === null || !isSameReading(holdingsReading, survey)) return false;
  // Both readings may be from before a trade that has just settled or failed, or is about to.
  const isRecent = survey.trades.some(({ status }) => status !== "confirmed");
  return beganAt >= after(holdingsReading.beganAt, isRecent ? BALANCE_LAG_MS : surveyGapMs);
}

// Cash is not compared, because other markets move it.
const isSameReading = ({ balances, trades }: HoldingsReading, survey: Survey): boolean =>
  balances.YES === survey.balances.YES &&
  balances.NO === survey.balances.NO &&
  trades === tradesOf(survey);

const tradesOf = ({ trades }: Survey): string =>
  trades
    .map(({ id, status }) => `${id} ${status}`)
    .toSorted()
    .join();

/** A reading that repeats the one before keeps the age of the first. */
const holdingsReadingOf = (
  { survey: { holdingsReading } }: ExecutorState,
  survey: Survey,
  beganAt: MonotonicMs,
): HoldingsReading =>
  holdingsReading !== null && isSameReading(holdingsReading, survey)
    ? holdingsReading
    : { beganAt, balances: survey.balances, trades: tradesOf(survey) };

const withHoldingsReading = (
  state: ExecutorState,
  holdingsReading: HoldingsReading | null,
): ExecutorState =>
  state.survey.holdingsReading === holdingsReading
    ? state
    : { ...state, survey: { ...state.survey, holdingsReading } };

/** Takes over the venue's count of shares; trades that have settled are part of that count. */
function withVenueHoldings(state: ExecutorState, balances: Balances): ExecutorState {
  const { inventory, survey, trades } = state;
  return {
    ...state,
    inventoryStep: state.step,
    inventoryChangedAt: state.now.monotonicMs,
    inventory: {
      ...inventory,
      YES: { ...inventory.YES, settled: balances.YES },
      NO: { ...inventory.NO, settled: balances.NO },
    },
    sharesMissing: { YES: NO_SHARES, NO: NO_SHARES },
    arrivals: [],
    trades: mapValues(trades, (shard) => mapValues(shard, takenOver)),
    survey: { ...survey, holdingsReading: null },
  };
}

/** Whether a trade that is on its way is in the balances too, only later ones can show. */
function takenOver(entry: TradeEntry): TradeEntry {
  if (!isPending(entry.status)) return { ...entry, isBaseline: true };
  return entry.doubt === "contrary" ? entry : { ...entry, doubt: "unshown" };
}

/** Our own sum of cash, or what the account has where that is less; the rest is missing. */
function withAccountCash(state: ExecutorState, account: MicroUsdc, ours: MicroUsdc): ExecutorState {
  const settled = smaller(account, ours);
  const { inventory } = state;
  return {
    ...state,
    cashMissing: minus(ours, settled),
    inventory: { ...inventory, cash: { ...inventory.cash, settled } },
  };
}

const mapValues = <Value>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value) => Value,
): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** If a survey that began well after an order closed shows the order live, the survey is believed. */
function evolveSurveyedOrder(
  state: ExecutorState,
  report: OrderReport,
  source: ReportSource,
  beganAt: MonotonicMs,
  { surveyGapMs }: ExecutorConfig,
): ExecutorState {
  const order = findOrder(state, report.orderId);
  // A lagging list may still show an order that has just ended, or that our fills have used up.
  const isBack =
    report.status === "live" &&
    order?.phase === "closed" &&
    order.matched < order.size &&
    beganAt >= after(order.phaseSince, surveyGapMs);
  return isBack ? signalOrder(state, order.id, "reappeared") : evolveReport(state, report, source);
}

function weighAbsence(
  state: ExecutorState,
  order: WorkingOrder,
  beganAt: MonotonicMs,
  config: ExecutorConfig,
): ExecutorState {
  // The order was seen since the survey began, perhaps by the survey itself.
  if (order.phase !== "closed" && order.seenAt !== null && beganAt <= order.seenAt) return state;
  switch (order.phase) {
    case "placing":
    case "cancelling":
      return state; // an answer is on its way
    case "resting":
      return signalOrder(state, order.id, "cancelGone");
    case "unknown":
      return beganAt >= settledBy(order, config)
        ? countAbsence(state, order, beganAt, config)
        : state;
    case "closed":
      // The end was acknowledged and the trades were read after that, so nothing more will match.
      // Where the venue has counted matches, their trades may come late, but not for ever.
      return beganAt >=
        after(
          order.phaseSince,
          order.finalMatched === null && !isUnreadable(state, order)
            ? config.surveyGapMs
            : TRADES_LATE_MS,
        )
        ? countAbsence(state, order, beganAt, config)
        : state;
  }
}

/** The venue's count of matches runs ahead of its trades, but not longer than this. */
const TRADES_LATE_MS = 120_000;

/** The first survey without the order counts, the second decides. */
function countAbsence(
  state: ExecutorState,
  order: WorkingOrder,
  beganAt: MonotonicMs,
  { surveyGapMs }: ExecutorConfig,
): ExecutorState {
  if (order.absentSince === null) return withOrder(state, { ...order, absentSince: beganAt });
  if (beganAt < after(order.absentSince, surveyGapMs)) return state;
  const known = isUnreadable(state, order) ? withOrderInDoubt(state, order) : state;
  return signalOrder(known, order.id, "provenAbsent");
}

const isUnreadable = ({ survey }: ExecutorState, { id, venueId }: WorkingOrder): boolean =>
  survey.unreadable.some((each) => each === id || each === venueId);

/** A survey that begins then comes after every late booking, and after the order was last seen. */
const settledBy = (order: WorkingOrder, config: ExecutorConfig): MonotonicMs =>
  after(order.seenAt ?? order.answerableUntil ?? order.phaseSince, config.lateBookingMs);

function surveyAnswered(state: ExecutorState, survey: Survey, beganAt: MonotonicMs): ExecutorState {
  const { wantedSince, compareSince, balanceRefusedAt, holdingsReading, isFirstDone } =
    state.survey;
  // A refusal for a balance is asked about until something of ours has been still for long enough.
  const isToRepeat = balanceRefusedAt !== null && holdingsReading === null && isTraded(state);
  const compareNext = isToRepeat ? after(state.now.monotonicMs, BALANCE_LAG_MS) : null;
  const isOwningKnown = isFirstDone || holdingsReading === null;
  const hasForeign = survey.openOrders.some(
    (report) => mayRest(report) && !findOrder(state, report.orderId),
  );
  const isAnswered = wantedSince !== null && beganAt >= wantedSince && !hasForeign && isOwningKnown;
  return {
    ...state,
    survey: {
      ...state.survey,
      wantedSince: isAnswered ? null : wantedSince,
      compareSince: compareSince === null || beganAt >= compareSince ? compareNext : compareSince,
      isFirstDone: isOwningKnown,
    },
  };
}
