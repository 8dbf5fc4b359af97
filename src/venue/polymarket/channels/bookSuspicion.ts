/**
 * Whether a market channel that is open still tells the truth: a pure fold over its messages and
 * over the books that were requested to compare it with. Timers and requests are in
 * `bookWatchdog.ts`. [protocol 6.6]
 */
import { type Market, TOKENS, type Token, causeOf, parseEpochMs } from "../../../types/index.ts";
import { type DecodedMarketMessage, type HashedWire, tokenOf } from "../decode/index.ts";
import type { BookSummaryWire } from "../wire/index.ts";
import {
  type RestOnlyFields,
  type WireBook,
  checkHashes,
  followMessage,
  initialWireBook,
  isCheckDue,
  learnRestFields,
  levelsOf,
  levelsShown,
} from "./wireBook.ts";

/**
 * A finding that ends nothing, for the reader to count:
 * - `wrong`: a check sum differs from that of the book we follow, or that book is crossed.
 * - `unchecked`: a message has no hash, or a field that the hash covers is not known yet.
 * - `quiet`: the requested book is one that the channel has shown: the channel is well.
 * - `unclear`: the request was not answered, or with a book older than the channel's, or the book
 *   differs for the first time.
 * - `stale`: the requested book differed, and the channel has shown itself to be the newer of both.
 */
export interface WatchdogReport {
  readonly type: "wrong" | "unchecked" | "quiet" | "unclear" | "stale";
  /** The token of the check sum, or the reason of the request. */
  readonly about: string;
}

/** A reason to request the venue's own book. */
export interface Suspicion {
  /** How the cause of the lost link begins if the suspicion is right. */
  readonly name: "frozen" | "gap";
  readonly why: string;
}

export interface SuspicionState {
  readonly wireBook: WireBook;
  /** Tokens whose last check sum was wrong, or of which a message may have been missed. */
  readonly isWrong: Readonly<Record<Token, boolean>>;
  /** Tokens whose last message was a whole book, or had a right check sum. */
  readonly isProven: Readonly<Record<Token, boolean>>;
  /** Unclear answers in a row. */
  readonly unclearCount: number;
  /** Reads in a row that differed from a channel that has shown nothing newer; null if none has. */
  readonly contradiction: Contradiction | null;
  /** What is remembered from one connection of the market to the next. */
  readonly trust: BookTrust;
  /** The request that is under way; null while there is none. */
  readonly request: BookRequest | null;
}

interface Contradiction {
  readonly count: number;
  /** The last ones that the channel has neither shown nor outdone. */
  readonly reads: readonly BookSummaryWire[];
}

/** How far GET /book is believed against the channel: it may come from a cache. */
export interface BookTrust {
  /** How often a link was ended for a read, and the next one showed our own book again. */
  readonly wrongEnds: number;
  /** Our levels where a read has ended the link, until the next link shows its own. */
  readonly endedWith: Readonly<Record<Token, string | null>>;
}

interface BookRequest {
  readonly suspicion: Suspicion;
  /** Our book when the request began. */
  readonly bookBefore: WireBook;
  /** The levels that each token has had since the request began. */
  readonly levelsSinceRequest: Readonly<Record<Token, ReadonlySet<string>>>;
  /** Both tokens' books as the venue has them; null until they come. */
  readonly reads: readonly BookSummaryWire[] | null;
}

/** In words where the venue did not answer with both. */
export type BooksRead = readonly BookSummaryWire[] | string;

export type SuspicionEvent =
  | { readonly type: "message"; readonly wire: DecodedMarketMessage["wire"] }
  /** The time to check what the messages since the last check have said. */
  | { readonly type: "checkDue" }
  | { readonly type: "requested"; readonly suspicion: Suspicion }
  | { readonly type: "answered"; readonly reads: BooksRead }
  /** The requested book was seen on the channel, or the time for that is over. */
  | { readonly type: "settled" };

export interface SuspicionStep {
  readonly state: SuspicionState;
  readonly reports: readonly WatchdogReport[];
  /** Why the link has to end; null while it may go on. */
  readonly cause: string | null;
}

type Tokens = Pick<Market, "tokenIds">;

/** After so many unclear answers in a row the channel is no longer trusted. */
const UNCLEAR_MAX = 5;

/**
 * A silent channel ends at so many contradictions in a row; a wrong check sum is one by itself. Each
 * link that was ended for nothing doubles the number, up to sixteen.
 */
const CONTRADICTIONS_MAX = 2;
const DOUBLINGS_MAX = 3;

const NONE_WRONG = { YES: false, NO: false };
const NONE_PROVEN = { YES: false, NO: false };
const NOTHING_ENDED = { YES: null, NO: null };

export const FULL_TRUST: BookTrust = { wrongEnds: 0, endedWith: NOTHING_ENDED };

export const initialSuspicion = (
  restOnly: RestOnlyFields,
  trust: BookTrust = FULL_TRUST,
): SuspicionState => ({
  wireBook: initialWireBook(restOnly),
  isWrong: NONE_WRONG,
  isProven: NONE_PROVEN,
  unclearCount: 0,
  contradiction: null,
  trust,
  request: null,
});

export function evolveSuspicion(
  state: SuspicionState,
  event: SuspicionEvent,
  market: Tokens,
): SuspicionStep {
  switch (event.type) {
    case "message":
      return onMessage(state, event.wire, market);
    case "checkDue":
      return checked(state, market);
    case "requested":
      return onRequest(checked(state, market), event.suspicion);
    case "answered":
      return onAnswer(state, event.reads, market);
    case "settled":
      return onSettled(state, market);
  }
}

/**
 * A check costs the whole book and is put off, but not while a verdict waits for it. One by a later
 * hash is as good: each covers the whole book, and so every message before it.
 */
function onMessage(
  known: SuspicionState,
  wire: DecodedMarketMessage["wire"],
  market: Tokens,
): SuspicionStep {
  if (wire === null) return goesOn(known);
  const { state, reports: before } = isCheckedFirst(wire) ? checked(known, market) : goesOn(known);
  if (wire === "unread") {
    // A message that could not be read may have changed either book.
    return { state: { ...state, isWrong: { YES: true, NO: true } }, reports: before, cause: null };
  }
  const wireBook = followMessage(state.wireBook, wire, market);
  const trust = wire.event_type === "book" ? trustAfter(state.trust, wireBook) : state.trust;
  const isWaitedFor =
    state.request !== null || state.contradiction !== null || trust !== state.trust;
  const followed: SuspicionState = {
    wireBook,
    isWrong: state.isWrong,
    isProven: state.isProven,
    unclearCount: isCheckDue(wireBook) || isAnyWrong(state) ? state.unclearCount : 0,
    contradiction: state.contradiction,
    trust,
    request: state.request && withLevelsOf(state.request, wireBook, state.wireBook),
  };
  if (!isWaitedFor) return { state: followed, reports: before, cause: null };
  const { state: next, reports } = checked(followed, market);
  const isOver = state.contradiction !== null && next.contradiction === null;
  const isStale = isOver || trust.wrongEnds > state.trust.wrongEnds;
  const all = [...before, ...reports];
  return { state: next, reports: isStale ? [...all, STALE] : all, cause: null };
}

/**
 * The last trade and the tick are covered by every hash, and told without one; and a message that
 * cannot be checked says nothing of those before it.
 */
function isCheckedFirst(wire: HashedWire | "unread"): boolean {
  if (wire === "unread") return true;
  switch (wire.event_type) {
    case "last_trade_price":
    case "tick_size_change":
      return true;
    case "book":
      return !wire.hash || !wire.timestamp;
    case "price_change":
      return !wire.timestamp || wire.changes.some(({ hash }) => !hash);
  }
}

/** Every check sum that is due, compared. */
function checked(state: SuspicionState, market: Tokens): SuspicionStep {
  const { wireBook, checks } = checkHashes(state.wireBook);
  const isWrong = checks.reduce(
    (acc, { token, verdict }) =>
      verdict === "unchecked" ? acc : { ...acc, [token]: verdict === "wrong" },
    state.isWrong,
  );
  const isProven = checks.reduce(
    (acc, { token, verdict, isBook }) => ({
      ...acc,
      [token]: verdict === "right" || (isBook && verdict === "unchecked"),
    }),
    state.isProven,
  );
  const contradiction = withoutOutdone(state.contradiction, { wireBook, isProven }, market);
  const isNews = checks.length > 0 && !isAnyWrong({ isWrong });
  return {
    state: {
      ...state,
      wireBook,
      isWrong,
      isProven,
      unclearCount: isNews ? 0 : state.unclearCount,
      contradiction,
    },
    reports: checks.flatMap(({ token, verdict }): readonly WatchdogReport[] =>
      verdict === "right" ? [] : [{ type: verdict, about: token }],
    ),
    cause: null,
  };
}

const STALE: WatchdogReport = { type: "stale", about: "the channel has shown a newer book" };

/** The read that ended the last link was wrong if the new link shows what we had. */
function trustAfter(trust: BookTrust, { books }: WireBook): BookTrust {
  const { endedWith, wrongEnds } = trust;
  const shown = TOKENS.filter((token) => endedWith[token] !== null && books[token] !== null);
  if (shown.length === 0) return trust;
  const isSame = shown.some(
    (token) => books[token] && levelsShown(books[token]) === endedWith[token],
  );
  return { wrongEnds: isSame ? wrongEnds + 1 : wrongEnds, endedWith: NOTHING_ENDED };
}

/** Drops the reads of which the channel has a newer book, whatever it shows; null if none is left. */
function withoutOutdone(
  contradiction: Contradiction | null,
  shown: Shown,
  market: Tokens,
): Contradiction | null {
  if (contradiction === null) return null;
  const reads = contradiction.reads.filter((read) => !isOutdone(read, shown, market));
  return reads.length === 0 ? null : { ...contradiction, reads };
}

type Shown = Pick<SuspicionState, "wireBook" | "isProven">;

/** The venue dates both: a proven book of the channel that is newer than the read overrules it. */
function isOutdone(
  read: BookSummaryWire,
  { wireBook: { books }, isProven }: Shown,
  { tokenIds }: Tokens,
): boolean {
  const token = tokenOf(tokenIds, read.asset_id);
  const book = token && books[token];
  return token !== null && book !== null && isProven[token] && isLater(book, read);
}

/** False where either has no time that can be read. */
const isLater = (a: Dated, b: Dated): boolean => {
  const [one, other] = [a, b].map(({ timestamp }) => parseEpochMs(timestamp));
  return one != null && other != null && one > other;
};

type Dated = Pick<BookSummaryWire, "timestamp">;

function onRequest({ state, reports, cause }: SuspicionStep, suspicion: Suspicion): SuspicionStep {
  const { wireBook } = state;
  const levelsSinceRequest = { YES: new Set<string>(), NO: new Set<string>() };
  const request = { suspicion, bookBefore: wireBook, levelsSinceRequest, reads: null };
  return { state: { ...state, request: withLevelsOf(request, wireBook, null) }, reports, cause };
}

function onAnswer(state: SuspicionState, reads: BooksRead, market: Tokens): SuspicionStep {
  const { request } = state;
  if (request === null) return goesOn(state);
  const isRead = typeof reads !== "string";
  if (isRead && !isOlder(reads, request.bookBefore, market)) {
    return goesOn({ ...state, request: { ...request, reads } });
  }
  const { name, why } = request.suspicion;
  const said = isRead ? "it was older than the channel" : reads;
  const unclearCount = state.unclearCount + 1;
  return {
    state: { ...state, unclearCount, request: null },
    reports: [{ type: "unclear", about: causeOf(why, said) }],
    cause:
      unclearCount < UNCLEAR_MAX
        ? null
        : `${name}: ${why}, and ${UNCLEAR_MAX} requests for the venue's own book gave no clear answer: ${said}`,
  };
}

function onSettled(state: SuspicionState, market: Tokens): SuspicionStep {
  const { request } = state;
  if (request === null || request.reads === null) return goesOn(state);
  const { why } = request.suspicion;
  const unseen = request.reads.filter((read) => !isReadSeen(request, read, market));
  if (unseen.length > 0)
    return onContradiction({ ...state, request: null }, request, unseen, market);
  return {
    state: {
      wireBook: learnRestFields(state.wireBook, request.reads, market),
      isWrong: NONE_WRONG,
      isProven: state.isProven,
      unclearCount: 0,
      contradiction: null,
      trust: FULL_TRUST,
      request: null,
    },
    reports: [{ type: "quiet", about: why }],
    cause: null,
  };
}

/** A read that the channel has not shown: it may come from a cache, whatever its date. */
function onContradiction(
  state: SuspicionState,
  { suspicion: { name, why } }: BookRequest,
  unseen: readonly BookSummaryWire[],
  market: Tokens,
): SuspicionStep {
  const { wireBook, trust } = state;
  const isWrong = isAnyWrong(state);
  const reads = unseen.filter((read) => !isOutdone(read, state, market));
  if (reads.length === 0) {
    return { state: { ...state, contradiction: null }, reports: [STALE], cause: null };
  }
  const count = (state.contradiction?.count ?? 0) + 1;
  const countMax = CONTRADICTIONS_MAX * 2 ** Math.min(trust.wrongEnds, DOUBLINGS_MAX);
  if (!isWrong && count < countMax) {
    return {
      state: { ...state, contradiction: { count, reads } },
      reports: [{ type: "unclear", about: why }],
      cause: null,
    };
  }
  const levelsNow = (token: Token): string | null => {
    const isRead = reads.some(({ asset_id }) => tokenOf(market.tokenIds, asset_id) === token);
    return isRead && wireBook.books[token] ? levelsShown(wireBook.books[token]) : null;
  };
  return {
    state: {
      ...state,
      contradiction: null,
      trust: { ...trust, endedWith: { YES: levelsNow("YES"), NO: levelsNow("NO") } },
    },
    reports: [],
    cause: `${name}: ${why}, and the venue's own book differs`,
  };
}

const goesOn = (state: SuspicionState): SuspicionStep => ({ state, reports: [], cause: null });

export const isAnyWrong = ({ isWrong }: Pick<SuspicionState, "isWrong">): boolean =>
  isWrong.YES || isWrong.NO;

/** Without both books there is nothing to compare. */
export const hasBothBooks = ({ wireBook: { books } }: SuspicionState): boolean =>
  books.YES !== null && books.NO !== null;

/**
 * Whether the channel has shown each requested book since the request began: the venue read each at
 * some moment between, and our books may have moved before the answer came.
 */
export const isAnswerSeen = ({ request }: SuspicionState, market: Tokens): boolean =>
  request?.reads?.every((read) => isReadSeen(request, read, market)) === true;

function isReadSeen(request: BookRequest, read: BookSummaryWire, { tokenIds }: Tokens): boolean {
  const token = tokenOf(tokenIds, read.asset_id);
  return token !== null && request.levelsSinceRequest[token].has(levelsOf(read));
}

/** With the levels that differ from those of `before`; of one message that is often one token. */
function withLevelsOf(
  request: BookRequest,
  { books }: WireBook,
  before: WireBook | null,
): BookRequest {
  const { YES, NO } = request.levelsSinceRequest;
  const withNew = (set: ReadonlySet<string>, token: Token): ReadonlySet<string> => {
    const book = books[token];
    return book === null || book === before?.books[token] ? set : withOne(set, levelsShown(book));
  };
  return { ...request, levelsSinceRequest: { YES: withNew(YES, "YES"), NO: withNew(NO, "NO") } };
}

const withOne = (set: ReadonlySet<string>, value: string): ReadonlySet<string> =>
  set.has(value) ? set : new Set([...set, value]);

/** A read may come from a replica that lags: a book older than the channel's is no evidence. */
const isOlder = (
  reads: readonly BookSummaryWire[],
  { books }: WireBook,
  { tokenIds }: Tokens,
): boolean =>
  reads.some((read) => {
    const token = tokenOf(tokenIds, read.asset_id);
    const book = token && books[token];
    return book !== null && isLater(book, read);
  });
