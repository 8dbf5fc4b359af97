/**
 * Whether a market channel that is open still tells the truth: a pure fold over its messages and
 * over the books that were requested to compare it with. Timers and requests are in
 * `bookWatchdog.ts`. [protocol 6.6]
 */
import type { Market, Token } from "../../../types/index.ts";
import { type DecodedMarketMessage, tokenOf } from "../decode/index.ts";
import type { BookSummaryWire } from "../wire/index.ts";
import {
  type RestOnlyFields,
  type WireBook,
  applyMessage,
  initialWireBook,
  learnRestFields,
  levelsOf,
} from "./wireBook.ts";

/**
 * A finding that ends nothing, for the reader to count:
 * - `wrong`: a check sum differs from that of the book we follow, or that book is crossed.
 * - `unchecked`: a message has no hash, or a field that the hash covers is not known yet.
 * - `quiet`: the requested book is one that the channel has shown: the channel is well.
 * - `unclear`: the request was not answered, or with a book older than the channel's.
 */
export interface WatchdogReport {
  readonly type: "wrong" | "unchecked" | "quiet" | "unclear";
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
  /** Unclear answers in a row. */
  readonly unclearCount: number;
  /** The request that is under way; null while there is none. */
  readonly request: BookRequest | null;
}

interface BookRequest {
  readonly suspicion: Suspicion;
  /** Our book when the request began. */
  readonly bookBefore: WireBook;
  /** The levels that each token has had since the request began. */
  readonly levelsSinceRequest: Readonly<Record<Token, ReadonlySet<string>>>;
  /** Both tokens' books as the venue has them; null until they come. */
  readonly reads: BooksRead;
}

/** Null where the venue did not answer with both. */
export type BooksRead = readonly BookSummaryWire[] | null;

export type SuspicionEvent =
  | { readonly type: "message"; readonly wire: DecodedMarketMessage["wire"] }
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

const NONE_WRONG = { YES: false, NO: false };

export const initialSuspicion = (restOnly: RestOnlyFields): SuspicionState => ({
  wireBook: initialWireBook(restOnly),
  isWrong: NONE_WRONG,
  unclearCount: 0,
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
    case "requested":
      return goesOn(onRequest(state, event.suspicion));
    case "answered":
      return onAnswer(state, event.reads, market);
    case "settled":
      return onSettled(state, market);
  }
}

function onMessage(
  state: SuspicionState,
  wire: DecodedMarketMessage["wire"],
  market: Tokens,
): SuspicionStep {
  if (wire === null) return goesOn(state);
  // A message that could not be read may have changed either book.
  if (wire === "unread") return goesOn({ ...state, isWrong: { YES: true, NO: true } });
  const { wireBook, checks } = applyMessage(state.wireBook, wire, market);
  const isWrong = checks.reduce(
    (acc, { token, verdict }) =>
      verdict === "unchecked" ? acc : { ...acc, [token]: verdict === "wrong" },
    state.isWrong,
  );
  return {
    state: {
      wireBook,
      isWrong,
      unclearCount: isAnyWrong({ isWrong }) ? state.unclearCount : 0,
      request: state.request && withLevelsOf(state.request, wireBook),
    },
    reports: checks.flatMap(({ token, verdict }) =>
      verdict === "right" ? [] : [{ type: verdict, about: token }],
    ),
    cause: null,
  };
}

function onRequest(state: SuspicionState, suspicion: Suspicion): SuspicionState {
  const { wireBook } = state;
  const levelsSinceRequest = { YES: new Set<string>(), NO: new Set<string>() };
  const request = { suspicion, bookBefore: wireBook, levelsSinceRequest, reads: null };
  return { ...state, request: withLevelsOf(request, wireBook) };
}

function onAnswer(state: SuspicionState, reads: BooksRead, market: Tokens): SuspicionStep {
  const { request } = state;
  if (request === null) return goesOn(state);
  if (reads !== null && !isOlder(reads, request.bookBefore, market)) {
    return goesOn({ ...state, request: { ...request, reads } });
  }
  const { name, why } = request.suspicion;
  const unclearCount = state.unclearCount + 1;
  return {
    state: { ...state, unclearCount, request: null },
    reports: [{ type: "unclear", about: why }],
    cause:
      unclearCount < UNCLEAR_MAX
        ? null
        : `${name}: ${why}, and ${UNCLEAR_MAX} requests for the venue's own book gave no clear answer`,
  };
}

function onSettled(state: SuspicionState, market: Tokens): SuspicionStep {
  const { request } = state;
  if (request === null || request.reads === null) return goesOn(state);
  const { name, why } = request.suspicion;
  if (!isAnswerSeen(state, market)) {
    return {
      state: { ...state, request: null },
      reports: [],
      cause: `${name}: ${why}, and the venue's own book differs`,
    };
  }
  return {
    state: {
      wireBook: learnRestFields(state.wireBook, request.reads, market),
      isWrong: NONE_WRONG,
      unclearCount: 0,
      request: null,
    },
    reports: [{ type: "quiet", about: why }],
    cause: null,
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
export const isAnswerSeen = ({ request }: SuspicionState, { tokenIds }: Tokens): boolean =>
  request?.reads?.every((read) => {
    const token = tokenOf(tokenIds, read.asset_id);
    return token !== null && request.levelsSinceRequest[token].has(levelsOf(read));
  }) === true;

function withLevelsOf(request: BookRequest, { books: { YES, NO } }: WireBook): BookRequest {
  const { levelsSinceRequest } = request;
  return {
    ...request,
    levelsSinceRequest: {
      YES: YES ? withOne(levelsSinceRequest.YES, levelsOf(YES)) : levelsSinceRequest.YES,
      NO: NO ? withOne(levelsSinceRequest.NO, levelsOf(NO)) : levelsSinceRequest.NO,
    },
  };
}

const withOne = (set: ReadonlySet<string>, value: string): ReadonlySet<string> =>
  set.has(value) ? set : new Set([...set, value]);

/** A read may come from a replica that lags: a book older than the channel's is no evidence. */
const isOlder = (
  reads: readonly BookSummaryWire[],
  { books }: WireBook,
  { tokenIds }: Tokens,
): boolean =>
  reads.some(({ asset_id, timestamp }) => {
    const token = tokenOf(tokenIds, asset_id);
    const book = token && books[token];
    return Number(timestamp) < Number(book ? book.timestamp : 0);
  });
