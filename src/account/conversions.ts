/**
 * What a wallet turns into cash: pairs of YES and NO by a merge, winners by a redemption, one call at a time. A call
 * whose result is not known is looked up, and nothing else is sent before; what is done is told by the balances.
 */
import {
  type Balances,
  type CallTerms,
  type EpochMs,
  type FinalizedBlock,
  type Instant,
  type MarketId,
  type MicroShares,
  type MicroUsdc,
  type MonotonicMs,
  NO_SHARES,
  type ReadAnswer,
  type SubmitAnswer,
  type Token,
  type TransactionId,
  type TransactionState,
  type WalletCall,
  after,
  ceilTo,
  epochMs,
  microShares,
  microUsdc,
  minus,
  smaller,
  whyNot,
} from "../types/index.ts";

/** A call that is not carried out by then never is; until that is proven nothing else is sent. */
const CALL_LIFE_MS = 300_000;
/** A call that is not sent so long after it was chosen is given up, and its pairs are free again. */
const PREPARE_MS = 60_000;
const SUBMIT_ANSWER_MS = 30_000;
const READ_ANSWER_MS = 15_000;
/** Between two look-ups; doubled up to the second while they get no answer. */
const LOOK_UP_MS = 5_000;
const LOOK_UP_MAX_MS = 60_000;
/** A reading of the balances is confirmed by one that is asked for so much later. */
const AGREE_GAP_MS = 10_000;
/** Balances that do not show a call for so long are not waited for: somebody has to look. */
const UNSEEN_MS = 600_000;
/** After a failure its market waits for the first, doubled up to the second; all others for the third. */
const BACKOFF_FIRST_MS = 10_000;
const BACKOFF_MAX_MS = 1_800_000;
const PAUSE_MS = 5_000;
/** Markets that get no call any more; the oldest are forgotten beyond. */
export const FINISHED_MAX = 512;

const SECOND_MS = 1_000;

export interface ConversionConfig {
  /** Fewer pairs are kept: each is worth a dollar. */
  readonly mergeMin: MicroUsdc;
}

export const CONVERSIONS: ConversionConfig = { mergeMin: microUsdc(25_000_000) };

type PerToken = Readonly<Record<Token, MicroShares>>;

/** What is known of one market's stock, as of its executor's last step. */
export interface MarketStock {
  /** What a call under way turns into cash counts until `converted` is said of it. */
  readonly settled: PerToken;
  /** What SELLs that may be live can still take, and what is sold and not mined. */
  readonly selling: PerToken;
  /** Pairs that its executor sells to nobody, because of `reserve`; zero after `release` and `converted`. */
  readonly reserved: MicroShares;
  /** No order is unknown, nothing is in flight, no trade is unfinished. */
  readonly isQuiet: boolean;
  /** Null until the market is resolved. */
  readonly winner: Token | null;
  /** No order may be live, and every trade is confirmed or has failed. */
  readonly isFinal: boolean;
}

/** Of every market that is open or may still hold something of ours. */
export type Stocks = ReadonlyMap<MarketId, MarketStock>;

export interface ConversionState {
  readonly request: ConversionRequest | null;
  /** Numbers what is asked and sent, so that each answer finds it again. */
  readonly asked: number;
  readonly failures: readonly MarketFailures[];
  readonly pausedUntil: MonotonicMs | null;
  /** Redeemed, or given up because the balances never showed a call. */
  readonly finished: readonly MarketId[];
}

interface MarketFailures {
  readonly market: MarketId;
  readonly count: number;
  readonly notBefore: MonotonicMs;
}

/** The call that is being prepared, under way or verified. */
export interface ConversionRequest {
  readonly call: WalletCall;
  /** What it takes of each token, and what it brings. */
  readonly shares: PerToken;
  readonly cash: MicroUsdc;
  /** What was settled when it was chosen, for a market that is not known any more. */
  readonly settled: PerToken;
  readonly chosenAt: MonotonicMs;
  readonly stage: Stage;
  /** The number of the question that has no answer yet, and when it was asked. */
  readonly question: { readonly id: number; readonly at: MonotonicMs } | null;
  /** Nothing is asked before. */
  readonly askAt: MonotonicMs;
  /** How many questions in a row got no answer. */
  readonly unanswered: number;
  /** Why it is not sent yet, or may not be carried out. */
  readonly cause: string | null;
}

/** What the balances show: all of what is to be taken, or nothing of it any more. */
type Reading = "held" | "taken";

type Stage =
  /** The pairs are not yet kept from being sold. */
  | { readonly type: "reserving" }
  /** Do the balances show what is to be taken? `seen`: what the last reading showed, for the next to confirm. */
  | { readonly type: "checking"; readonly seen: Reading | null }
  /** Which nonce has the call? */
  | { readonly type: "numbering" }
  | { readonly type: "submitting"; readonly terms: CallTerms; readonly submitId: number }
  /** It may be carried out. `turn`: what is looked up next. */
  | {
      readonly type: "unknown";
      readonly terms: CallTerms;
      readonly submitId: number;
      readonly transactionId: TransactionId | null;
      readonly turn: "transaction" | "finalized";
    }
  /** It has been carried out: do the balances show it? */
  | { readonly type: "verifying"; readonly since: MonotonicMs; readonly seen: Reading | null };

export const NO_CONVERSIONS: ConversionState = {
  request: null,
  asked: 0,
  failures: [],
  pausedUntil: null,
  finished: [],
};

export type Question =
  | { readonly type: "balances"; readonly market: MarketId }
  | { readonly type: "nonce" }
  | { readonly type: "transaction"; readonly transactionId: TransactionId }
  | { readonly type: "finalized" };

export type ConversionInput = { readonly at: Instant } & (
  | { readonly type: "clock" }
  | { readonly type: "balances.read"; readonly id: number; readonly answer: ReadAnswer<Balances> }
  | { readonly type: "nonce.read"; readonly id: number; readonly answer: ReadAnswer<number> }
  | {
      readonly type: "transaction.read";
      readonly id: number;
      readonly answer: ReadAnswer<TransactionState | null>;
    }
  | {
      readonly type: "finalized.read";
      readonly id: number;
      readonly answer: ReadAnswer<FinalizedBlock>;
    }
  | { readonly type: "submitted"; readonly id: number; readonly answer: SubmitAnswer }
);

export type ConversionEffect =
  /** Its executor sells so many pairs to nobody, until `release` or `converted`. */
  | { readonly type: "reserve"; readonly market: MarketId; readonly size: MicroShares }
  | { readonly type: "release"; readonly market: MarketId }
  | { readonly type: "ask"; readonly id: number; readonly question: Question }
  | {
      readonly type: "submit";
      readonly id: number;
      readonly call: WalletCall;
      readonly terms: CallTerms;
    }
  /** Verified: the shares are gone and the cash has come. `byUs`: false where the venue paid unasked. */
  | {
      readonly type: "converted";
      readonly call: WalletCall;
      readonly shares: PerToken;
      readonly cash: MicroUsdc;
      readonly byUs: boolean;
    }
  /** Proven not to be carried out; said at the first, second, fourth … failure in a row of its market. */
  | {
      readonly type: "failed";
      readonly call: WalletCall;
      readonly cause: string;
      readonly tries: number;
    }
  /** A look-up of a call that may be carried out got no answer; said at the first, second, fourth … in a row. */
  | {
      readonly type: "lookUpFailed";
      readonly call: WalletCall;
      readonly cause: string;
      readonly tries: number;
    }
  /** Carried out, and the balances do not show it: the market gets no call any more. */
  | { readonly type: "unverified"; readonly call: WalletCall };

type Step = readonly [ConversionState, readonly ConversionEffect[]];

interface Known {
  readonly at: Instant;
  readonly stocks: Stocks;
  readonly config: ConversionConfig;
}

/** One input, what follows from it, and what is due by then. Pure. */
export function conversionStep(
  state: ConversionState,
  input: ConversionInput,
  stocks: Stocks,
  config: ConversionConfig,
): Step {
  const known = { at: input.at, stocks, config };
  const [heard, first] = withInput(state, input, known);
  const [next, more] = decided(heard, known);
  return [next, [...first, ...more]];
}

function withInput(state: ConversionState, input: ConversionInput, known: Known): Step {
  const { request } = state;
  if (request === null || input.type === "clock") return [state, []];
  if (input.type === "submitted") return withSubmitAnswer(state, request, input, known);
  const { question } = request;
  if (question?.id !== input.id) return [state, []];
  const cause = mayBeDone(request) ? request.cause : null;
  const heard: ConversionRequest = { ...request, question: null, unanswered: 0, cause };
  const read = <Value>(answer: ReadAnswer<Value>, then: (value: Value) => Step): Step =>
    answer.type === "answered"
      ? then(answer.value)
      : unanswered(state, request, whyNot(answer), known);
  switch (input.type) {
    case "balances.read":
      return read(input.answer, (balances) => withBalances(state, heard, balances, known));
    case "nonce.read":
      return read(input.answer, (nonce) => withNonce(state, heard, nonce, known));
    case "transaction.read":
      return read(input.answer, (transaction) => withTransaction(state, heard, transaction, known));
    case "finalized.read":
      return read(input.answer, (block) => withFinalized(state, heard, block, known));
  }
}

/** Looked up again later; before it is sent a call is given up in the end, by `decided`. */
function unanswered(
  state: ConversionState,
  request: ConversionRequest,
  cause: string,
  { at }: Known,
): Step {
  const tries = request.unanswered + 1;
  const askAt = after(at.monotonicMs, doubled(LOOK_UP_MS, tries, LOOK_UP_MAX_MS));
  const isSent = mayBeDone(request);
  const next = {
    ...request,
    question: null,
    askAt,
    unanswered: tries,
    cause: isSent ? request.cause : cause,
  };
  return [
    { ...state, request: next },
    isSent && isPowerOfTwo(tries)
      ? [{ type: "lookUpFailed", call: request.call, cause, tries }]
      : [],
  ];
}

const mayBeDone = ({ stage: { type } }: ConversionRequest): boolean =>
  type === "unknown" || type === "verifying";

function withSubmitAnswer(
  state: ConversionState,
  request: ConversionRequest,
  { id, answer }: Extract<ConversionInput, { type: "submitted" }>,
  known: Known,
): Step {
  const { stage } = request;
  const isOpen = stage.type === "submitting" || stage.type === "unknown";
  if (!isOpen || stage.submitId !== id) return [state, []];
  switch (answer.type) {
    case "acked":
      return [
        { ...state, request: unknown(request, stage, answer.transactionId, known.at.monotonicMs) },
        [],
      ];
    case "rejected":
      return failed(state, request, answer.refusal.text, known);
    case "notSent":
      return failed(state, request, whyNot(answer), known);
    case "lost":
      return [
        {
          ...state,
          request: {
            ...unknown(request, stage, null, known.at.monotonicMs),
            cause: answer.detail,
          },
        },
        [],
      ];
  }
}

const unknown = (
  request: ConversionRequest,
  { terms, submitId }: Pick<Extract<Stage, { type: "submitting" }>, "terms" | "submitId">,
  transactionId: TransactionId | null,
  now: MonotonicMs,
): ConversionRequest => ({
  ...request,
  question: null,
  askAt: after(now, LOOK_UP_MS),
  stage: {
    type: "unknown",
    terms,
    submitId,
    transactionId,
    turn: transactionId === null ? "finalized" : "transaction",
  },
});

function withBalances(
  state: ConversionState,
  request: ConversionRequest,
  balances: Balances,
  known: Known,
): Step {
  const { stage } = request;
  if (stage.type !== "checking" && stage.type !== "verifying") return [state, []];
  const isSent = stage.type === "verifying";
  const seen = shown(request, balances, known.stocks);
  if (!isSent && seen === "held")
    return [{ ...state, request: { ...request, stage: { type: "numbering" } } }, []];
  // Before a call of ours only a redemption is found done: the venue may pay unasked, and it merges nothing.
  const isExpected = isSent || request.call.type === "redeem";
  if (isExpected && seen === "taken" && stage.seen === seen)
    return converted(state, request, isSent);
  const next: ConversionRequest = {
    ...request,
    askAt: after(known.at.monotonicMs, seen === null ? LOOK_UP_MS : AGREE_GAP_MS),
    cause: isSent ? request.cause : "the balances do not show what is held",
    stage: { ...stage, seen },
  };
  return [{ ...state, request: next }, []];
}

/** Whether the balances lack nothing, or exactly what the call takes; null for anything else. */
function shown(
  { call: { market }, shares, settled }: ConversionRequest,
  balances: Balances,
  stocks: Stocks,
): Reading | null {
  const stock = stocks.get(market);
  const believed = stock?.settled ?? settled;
  const lacks = (lacking: PerToken): boolean =>
    believed.YES - balances.YES === lacking.YES && believed.NO - balances.NO === lacking.NO;
  if (lacks({ YES: NO_SHARES, NO: NO_SHARES })) return "held";
  // What a merge has left may have been paid unasked since.
  const isPaidOut = balances.YES === 0 && balances.NO === 0 && (stock?.winner ?? null) !== null;
  return isPaidOut || lacks(shares) ? "taken" : null;
}

function withNonce(
  state: ConversionState,
  request: ConversionRequest,
  nonce: number,
  known: Known,
): Step {
  const { at } = known;
  const { call, stage } = request;
  if (stage.type !== "numbering") return [state, []];
  const isQuiet = call.type === "redeem" || known.stocks.get(call.market)?.isQuiet === true;
  if (!isQuiet || !isPossible(request, known))
    return [{ ...state, request: { ...request, askAt: after(at.monotonicMs, LOOK_UP_MS) } }, []];
  const id = state.asked + 1;
  const terms = { nonce, deadline: deadlineAt(at.epochMs) };
  const next: ConversionRequest = {
    ...request,
    stage: { type: "submitting", terms, submitId: id },
    question: { id, at: at.monotonicMs },
  };
  return [{ ...state, asked: id, request: next }, [{ type: "submit", id, call, terms }]];
}

const deadlineAt = (now: EpochMs): EpochMs => epochMs(ceilTo(now + CALL_LIFE_MS, SECOND_MS));

function withTransaction(
  state: ConversionState,
  request: ConversionRequest,
  transaction: TransactionState | null,
  { at }: Known,
): Step {
  const { stage } = request;
  if (stage.type !== "unknown") return [state, []];
  if (transaction === "confirmed") return [{ ...state, request: verifying(request, at) }, []];
  // The relayer's word that it has failed proves nothing before the deadline.
  const cause = transaction === "failed" ? "the transaction has failed" : null;
  const turned = { ...stage, turn: "finalized" } as const;
  return [{ ...state, request: { ...request, cause, askAt: at.monotonicMs, stage: turned } }, []];
}

function withFinalized(
  state: ConversionState,
  request: ConversionRequest,
  block: FinalizedBlock,
  known: Known,
): Step {
  const { stage } = request;
  if (stage.type !== "unknown") return [state, []];
  const { nonce, deadline } = stage.terms;
  if (block.nonce > nonce) return [{ ...state, request: verifying(request, known.at) }, []];
  if (block.at > deadline)
    return failed(state, request, request.cause ?? "not carried out by its deadline", known);
  const turn = stage.transactionId === null ? "finalized" : "transaction";
  const askAt = after(known.at.monotonicMs, LOOK_UP_MS);
  return [{ ...state, request: { ...request, askAt, stage: { ...stage, turn } } }, []];
}

const verifying = (request: ConversionRequest, { monotonicMs }: Instant): ConversionRequest => ({
  ...request,
  askAt: monotonicMs,
  stage: { type: "verifying", since: monotonicMs, seen: null },
});

function converted(state: ConversionState, request: ConversionRequest, byUs: boolean): Step {
  const { call, shares, cash } = request;
  const isRedeemed = call.type === "redeem";
  return [
    {
      ...state,
      request: null,
      failures: state.failures.filter(({ market }) => market !== call.market),
      finished: isRedeemed ? withFinished(state, call.market) : state.finished,
    },
    [{ type: "converted", call, shares, cash, byUs }],
  ];
}

const withFinished = ({ finished }: ConversionState, market: MarketId): readonly MarketId[] =>
  [...finished, market].slice(-FINISHED_MAX);

/** Proven that the call is not carried out and never will be. */
function failed(
  state: ConversionState,
  request: ConversionRequest,
  cause: string,
  { at: { monotonicMs } }: Known,
): Step {
  const { call } = request;
  const { market } = call;
  const tries = (state.failures.find((one) => one.market === market)?.count ?? 0) + 1;
  const notBefore = after(monotonicMs, doubled(BACKOFF_FIRST_MS, tries, BACKOFF_MAX_MS));
  const others = state.failures.filter((one) => one.market !== market);
  return [
    {
      ...state,
      request: null,
      failures: [...others, { market, count: tries, notBefore }],
      pausedUntil: after(monotonicMs, PAUSE_MS),
    },
    [
      ...released(call),
      ...(isPowerOfTwo(tries) ? [{ type: "failed", call, cause, tries } as const] : []),
    ],
  ];
}

const released = (call: WalletCall): readonly ConversionEffect[] =>
  call.type === "merge" ? [{ type: "release", market: call.market }] : [];

const doubled = (firstMs: number, tries: number, mostMs: number): number =>
  Math.min(firstMs * 2 ** (tries - 1), mostMs);

const isPowerOfTwo = (count: number): boolean => Number.isInteger(Math.log2(count));

/** What is due: another call, a question, or the end of one that has taken too long. */
function decided(state: ConversionState, known: Known): Step {
  const { request } = state;
  const now = known.at.monotonicMs;
  if (request === null) return chosen(state, known);
  const { stage, question } = request;
  switch (stage.type) {
    case "reserving":
    case "checking":
    case "numbering": {
      if (!isPossible(request, known)) return withdrawn(state, request, known);
      if (after(request.chosenAt, PREPARE_MS) <= now)
        return failed(state, request, request.cause ?? "the market did not become quiet", known);
      if (stage.type !== "reserving") break;
      const { reserved = NO_SHARES } = known.stocks.get(request.call.market) ?? {};
      if (reserved < request.shares.YES) return [state, []];
      return decided(
        { ...state, request: { ...request, stage: { type: "checking", seen: null } } },
        known,
      );
    }
    case "submitting":
      return question !== null && after(question.at, SUBMIT_ANSWER_MS) <= now
        ? [{ ...state, request: unknown(request, stage, null, now) }, []]
        : [state, []];
    case "verifying":
      if (after(stage.since, UNSEEN_MS) <= now) return unverified(state, request);
      break;
    case "unknown":
      break;
  }
  if (question !== null && after(question.at, READ_ANSWER_MS) <= now)
    return unanswered(state, request, "no answer", known);
  return question !== null || now < request.askAt ? [state, []] : asking(state, request, known);
}

/** Asks what the stage of the request has to know next. */
function asking(state: ConversionState, request: ConversionRequest, { at }: Known): Step {
  const id = state.asked + 1;
  const question = { id, at: at.monotonicMs };
  return [
    { ...state, asked: id, request: { ...request, question } },
    [{ type: "ask", id, question: questionOf(request) }],
  ];
}

function questionOf({ call, stage }: ConversionRequest): Question {
  if (stage.type === "numbering") return { type: "nonce" };
  if (stage.type !== "unknown") return { type: "balances", market: call.market };
  const { turn, transactionId } = stage;
  return turn === "transaction" && transactionId !== null
    ? { type: "transaction", transactionId }
    : { type: "finalized" };
}

/** Whether a call that is not sent yet may still be. */
function isPossible({ call, shares, stage }: ConversionRequest, { stocks }: Known): boolean {
  const stock = stocks.get(call.market);
  if (!stock) return false;
  if (call.type === "redeem")
    return stock.isFinal && stock.settled.YES === shares.YES && stock.settled.NO === shares.NO;
  const isKept = stage.type === "reserving" || stock.reserved >= call.size;
  return isKept && stock.winner === null && !stock.isFinal && pairsOf(stock) >= call.size;
}

/** Nothing has been sent, and nothing is wrong: the market has gone on. */
function withdrawn(state: ConversionState, { call }: ConversionRequest, { at }: Known): Step {
  return [
    { ...state, request: null, pausedUntil: after(at.monotonicMs, PAUSE_MS) },
    released(call),
  ];
}

function unverified(state: ConversionState, { call }: ConversionRequest): Step {
  return [
    { ...state, request: null, finished: withFinished(state, call.market) },
    [{ type: "unverified", call }, ...released(call)],
  ];
}

/** The call that brings most of those that are possible. */
function chosen(state: ConversionState, { at, stocks, config }: Known): Step {
  const { monotonicMs } = at;
  if (state.pausedUntil !== null && monotonicMs < state.pausedUntil) return [state, []];
  const failures = state.failures.filter(({ market }) => stocks.has(market));
  const isWaiting = (market: MarketId): boolean =>
    failures.some((one) => one.market === market && monotonicMs < one.notBefore);
  const pruned = failures.length === state.failures.length ? state : { ...state, failures };
  let best: Candidate | null = null;
  for (const [market, stock] of stocks) {
    const candidate = candidateOf(market, stock, config);
    if (candidate === null || state.finished.includes(market) || isWaiting(market)) continue;
    if (best === null || candidate.cash > best.cash) best = candidate;
  }
  if (best === null) return [pruned, []];
  const isMerge = best.call.type === "merge";
  const request: ConversionRequest = {
    ...best,
    chosenAt: monotonicMs,
    stage: isMerge ? { type: "reserving" } : { type: "checking", seen: null },
    question: null,
    askAt: monotonicMs,
    unanswered: 0,
    cause: null,
  };
  const next = { ...pruned, request };
  return isMerge
    ? [next, [{ type: "reserve", market: best.call.market, size: best.shares.YES }]]
    : asking(next, request, { at, stocks, config });
}

type Candidate = Pick<ConversionRequest, "call" | "shares" | "cash" | "settled">;

function candidateOf(
  market: MarketId,
  stock: MarketStock,
  { mergeMin }: ConversionConfig,
): Candidate | null {
  const { settled, winner, isFinal, isQuiet, reserved } = stock;
  if (winner !== null) {
    const cash = microUsdc(settled[winner]);
    const isDue = isFinal && cash > 0;
    return isDue ? { call: { type: "redeem", market }, shares: settled, cash, settled } : null;
  }
  const size = pairsOf(stock);
  // What is kept for an earlier call is not counted out of `settled` yet.
  if (isFinal || !isQuiet || reserved > 0 || size < mergeMin || size <= 0) return null;
  const shares = { YES: size, NO: size };
  return { call: { type: "merge", market, size }, shares, cash: microUsdc(size), settled };
}

/** Pairs of which no SELL may take a part. */
const pairsOf = ({ settled, selling }: MarketStock): MicroShares =>
  microShares(Math.max(0, smaller(minus(settled.YES, selling.YES), minus(settled.NO, selling.NO))));
