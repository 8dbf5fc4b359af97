import { EMPTY, NEVER, type Observable, asyncScheduler, defer, map, of } from "rxjs";
import { describe, expect, it } from "vitest";
import {
  type Link,
  type Market,
  type MarketItem,
  type Token,
  epochMs,
  monotonicMs,
} from "../../../src/types/index.ts";
import { bookHash } from "../../../src/venue/polymarket/decode/bookHash.ts";
import {
  type DecodedMarketMessage,
  readMarketFrame,
} from "../../../src/venue/polymarket/decode/index.ts";
import type { wire } from "../../../src/venue/polymarket/index.ts";
import {
  FULL_TRUST,
  type WatchdogReport,
} from "../../../src/venue/polymarket/channels/bookSuspicion.ts";
import {
  type WatchdogOptions,
  withBookWatchdog,
} from "../../../src/venue/polymarket/channels/bookWatchdog.ts";
import { marbles } from "../../support/marbles.ts";
import { MARKET as ANY, clockOf, instant } from "../streams/legend.ts";

const MARKET: Market = { ...ANY, endsAt: epochMs(instant(60).epochMs) };
const REST_ONLY = { min_order_size: "5", neg_risk: false };

/** A time of the venue, by its last digits. */
const moment = (digits: string): string => `18000000${digits.padStart(5, "0")}`;
const TIMING = { quietMs: 10, mismatchMs: 3, requestEveryMs: 5, settleMs: 2 };

type Read = wire.BookSummaryWire;

/** A token's book with one bid, of so many shares. */
const read = (token: Token, size: string, timestamp: string): Read => {
  const text = {
    market: MARKET.id,
    asset_id: MARKET.tokenIds[token],
    timestamp: moment(timestamp),
    bids: [{ price: "0.4", size }],
    asks: [],
    tick_size: "0.01",
    last_trade_price: "",
    ...REST_ONLY,
  };
  return { ...text, hash: bookHash(text) };
};

const decoded = (message: object): Link<DecodedMarketMessage> => {
  const [item] = readMarketFrame(JSON.stringify(message), MARKET).items;
  return { type: "item", item: item ?? expect.unreachable("it makes no sense") };
};
const snapshot = (token: Token, more: object = {}): Link<DecodedMarketMessage> =>
  decoded({ ...read(token, "1", "1"), event_type: "book", ...more });
const change = (
  size: string,
  at: string,
  hash = read("YES", size, at).hash,
): Link<DecodedMarketMessage> =>
  decoded({
    event_type: "price_change",
    market: MARKET.id,
    timestamp: moment(at),
    price_changes: [
      { asset_id: MARKET.tokenIds.YES, price: "0.4", size, side: "BUY", hash, best_bid: "" },
    ],
  });

/**
 * `Y` and `N` are the first books of the tokens. A number is YES's new size, `w` a size with the
 * hash of another, `u` one without a hash, `g` a message that could not be read.
 */
const LINKS: Readonly<Record<string, Link<DecodedMarketMessage>>> = {
  o: { type: "opened" },
  Y: snapshot("YES"),
  N: snapshot("NO"),
  2: change("2", "2"),
  3: change("3", "3"),
  w: change("2", "2", read("YES", "9", "2").hash),
  u: change("2", "2", ""),
  g: { type: "item", item: { items: [], wire: "unread" } },
};

/** Answers to a book request: `s` both first books, a number another size of YES, `x` no answer. */
const READS: Readonly<Record<string, readonly Read[] | string>> = {
  s: [read("YES", "1", "1"), read("NO", "1", "1")],
  2: [read("YES", "2", "2"), read("NO", "1", "1")],
  3: [read("YES", "3", "3"), read("NO", "1", "1")],
  9: [read("YES", "9", "9"), read("NO", "1", "1")],
  n: [read("YES", "3", "3"), read("NO", "9", "9")],
  // From a replica that lags.
  0: [read("YES", "9", "0"), read("NO", "1", "1")],
  x: "GET /book: reset",
};

/** Items are drawn with the letters of their messages: the output is drawn like the input. */
const OUT: Readonly<Record<string, string>> = {
  o: "opened",
  k: "confirmed",
  Y: "YES 1",
  N: "NO 1",
  2: "2",
  3: "3",
};
const inWords = map((link: Link<MarketItem>): string => {
  if (link.type !== "item") return link.type;
  if (link.item.type === "level") return String(link.item.level.size / 1_000_000);
  return link.item.type === "book" ? `${link.item.token} 1` : link.item.type;
});

/** A watched channel never completes, so each drawing is unsubscribed. */
const UNTIL = "^ 99ms !";

const options = (
  readBooks: () => Observable<readonly Read[] | string>,
  more: Partial<WatchdogOptions> = {},
): { readonly reports: readonly string[]; readonly watching: WatchdogOptions } => {
  const reports: string[] = [];
  const onReport = ({ type }: WatchdogReport): unknown => reports.push(type);
  const watching = {
    market: MARKET,
    restOnly: REST_ONLY,
    readBooks,
    suspicion$: EMPTY,
    trust: { read: () => FULL_TRUST, keep: () => undefined },
    onReport,
    timing: TIMING,
    checkMs: 0,
  };
  return { reports, watching: { ...watching, ...more } };
};

const broken = (text: string): Error => new Error(text);
const SILENT = "nothing heard of the YES book for 10 ms";
const DIFFERS = "and the venue's own book differs";

describe("withBookWatchdog", () => {
  it(
    "[K] a quiet channel whose book is up to date goes on; the book is requested every quietMs",
    marbles((m) => {
      const link$ = m.cold("(oYN)----------------------", LINKS);
      const linkSubs = "    ^--------------------------!";
      const until = "       ^--------------------------!";
      const books$ = m.cold("          -s|            ", READS);
      const booksSubs = ["   ----------^-!            ", "--------------------^-!  "];
      const expected = "    (oYN)------k---------k-----";
      const { reports, watching } = options(() => books$);

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), until).toBeObservable(
        expected,
        OUT,
      );
      m.expect(link$).toHaveSubscriptions(linkSubs);
      m.expect(books$).toHaveSubscriptions(booksSubs.map((subs) => subs.trimEnd()));
      m.flush();
      expect(reports).toEqual(["quiet", "quiet"]);
    }),
  );

  it(
    "[K] a silent channel ends with its cause where the venue's own book differs twice",
    marbles((m) => {
      const link$ = m.cold("(oYN)----------------------", LINKS);
      const linkSubs = "    ^--------------------!     ";
      const books$ = m.cold("          -2|              ", READS);
      const expected = "    (oYN)----------------#     ";
      const { watching } = options(() => books$);

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), UNTIL).toBeObservable(
        expected,
        OUT,
        broken(`frozen: ${SILENT}, ${DIFFERS}`),
      );
      m.expect(link$).toHaveSubscriptions(linkSubs);
    }),
  );

  it(
    "[K] A4: a read that differs is asked again, and given up once the channel shows a newer book",
    marbles((m) => {
      const link$ = m.cold("(oYN)-----------3-------", LINKS);
      const books$ = m.cold("          -2|           ", READS);
      // The second request is for the other book, which has said nothing meanwhile.
      const booksSubs = ["   ----------^-!         ", "   --------------------^-!"];
      const expected = "    (oYN)-----------3-------";
      const until = "       ^-----------------------!";
      const { reports, watching } = options(() => books$);

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), until).toBeObservable(
        expected,
        OUT,
      );
      m.expect(books$).toHaveSubscriptions(booksSubs.map((subs) => subs.trimEnd()));
      m.flush();
      expect(reports).toEqual(["unclear", "stale", "unclear"]);
    }),
  );

  it(
    "[K] one token's messages are no life of the other's book, and one request confirms both",
    marbles((m) => {
      // YES is heard of every 4 frames; NO was heard of only at first.
      const link$ = m.cold(" (oYN)2---3---2---3-", LINKS);
      const books$ = m.cold("          -3|      ", READS);
      const expected = "     (oYN)2---3-k-2---3-";
      const until = "        ^-----------------!";
      const moved$ = m.cold("          -n|      ", READS);
      const ended = "        (oYN)2---3---2---3---#";
      const quiet = options(() => books$);
      const frozen = options(() => moved$);

      m.expect(
        withBookWatchdog(link$, quiet.watching, timeOf(m)).pipe(inWords),
        until,
      ).toBeObservable(expected, OUT);
      m.expect(withBookWatchdog(link$, frozen.watching, timeOf(m)).pipe(inWords)).toBeObservable(
        ended,
        OUT,
        broken(`frozen: nothing heard of the NO book for 10 ms, ${DIFFERS}`),
      );
      m.flush();
      expect(quiet.reports).toEqual(["quiet"]);
    }),
  );

  it(
    "[K] no request while both books are heard of; a channel that is late by less than settleMs goes on",
    marbles((m) => {
      const speaks$ = m.cold("(oYN)----(2N)-----(3N)-----", LINKS);
      const spoken = "        (oYN)----(2N)-----(3N)-----";
      const until = "         ^-------------------!";
      const never$ = m.cold(" (x|)", READS);
      const late$ = m.cold("  (oYN)-------2--------------", LINKS);
      const caughtUp = "      (oYN)-------(2k)-----------";
      const books$ = m.cold("            -2|", READS);
      const first = options(() => never$);
      const second = options(() => books$);

      m.expect(
        withBookWatchdog(speaks$, first.watching, timeOf(m)).pipe(inWords),
        until,
      ).toBeObservable(spoken, OUT);
      m.expect(
        withBookWatchdog(late$, second.watching, timeOf(m)).pipe(inWords),
        until,
      ).toBeObservable(caughtUp, OUT);
      m.expect(never$).toHaveSubscriptions([]);
      m.flush();
      expect(second.reports).toEqual(["quiet"]);
    }),
  );

  it(
    "a book that changes during the request is the same if the channel has shown it since",
    marbles((m) => {
      const link$ = m.cold(" (oYN)-2-3---------", LINKS);
      const suspicion$ = m.hot(" -----d------------");
      const books$ = m.cold("      ---2|         ", READS);
      const expected = "     (oYN)-2-(3k)-----";
      const until = "        ^----------------!";
      const { reports, watching } = options(() => books$, {
        suspicion$,
        timing: { ...TIMING, quietMs: 50 },
      });

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), until).toBeObservable(
        expected,
        OUT,
      );
      m.flush();
      expect(reports).toEqual(["quiet"]);
    }),
  );

  it(
    "[K] a check sum that is wrong for less than mismatchMs is ignored; one that stays wrong leads to a request",
    marbles((m) => {
      // A trade removes levels without a message; the book after it repairs that.
      const link$ = m.cold("(oYN)-w-Y---w-3----------", LINKS);
      const unused$ = m.cold("(x|)", READS);
      const expected = "    (oYN)-2-Y---2-3----------";
      const until = "       ^-----------------------!";
      const stays$ = m.cold("(oYN)-w------------------", LINKS);
      const books$ = m.cold("          -9|            ", READS);
      const booksSubs = "     ---------^-!            ";
      const ended = "        (oYN)-2-----#           ";
      const right = options(() => unused$, { timing: { ...TIMING, quietMs: 50 } });
      const wrong = options(() => books$);

      m.expect(
        withBookWatchdog(link$, right.watching, timeOf(m)).pipe(inWords),
        until,
      ).toBeObservable(expected, OUT);
      m.expect(
        withBookWatchdog(stays$, wrong.watching, timeOf(m)).pipe(inWords),
        UNTIL,
      ).toBeObservable(
        ended,
        OUT,
        broken(`gap: a check sum wrong, or a message unread, for 3 ms, ${DIFFERS}`),
      );
      m.expect(unused$).toHaveSubscriptions([]);
      m.expect(books$).toHaveSubscriptions(booksSubs.trimEnd());
      m.flush();
      expect(right.reports).toEqual(["wrong", "wrong"]);
      expect(wrong.reports).toEqual(["wrong"]);
    }),
  );

  it(
    "[K] a check sum is compared within checkMs, and one that is replaced before never: the items do not wait",
    marbles((m) => {
      const replaced$ = m.cold("(oYN)----(w3)-----------", LINKS);
      const unused$ = m.cold("  (x|)", READS);
      const passed = "          (oYN)----(23)-----------";
      const until = "           ^----------------------!";
      const stays$ = m.cold("   (oYN)-w------------------", LINKS);
      const books$ = m.cold("               -9|          ", READS);
      const booksSubs = "       -----------^-!           ";
      const ended = "           (oYN)-2-------#          ";
      const timing = { ...TIMING, quietMs: 50 };
      const right = options(() => unused$, { timing, checkMs: 2 });
      const wrong = options(() => books$, { timing, checkMs: 2 });

      m.expect(
        withBookWatchdog(replaced$, right.watching, timeOf(m)).pipe(inWords),
        until,
      ).toBeObservable(passed, OUT);
      m.expect(
        withBookWatchdog(stays$, wrong.watching, timeOf(m)).pipe(inWords),
        UNTIL,
      ).toBeObservable(
        ended,
        OUT,
        broken(`gap: a check sum wrong, or a message unread, for 3 ms, ${DIFFERS}`),
      );
      m.expect(unused$).toHaveSubscriptions([]);
      m.expect(books$).toHaveSubscriptions(booksSubs.trimEnd());
      m.flush();
      expect(right.reports).toEqual([]);
      expect(wrong.reports).toEqual(["wrong"]);
    }),
  );

  it(
    "a check sum that is wrong over the same levels is corrected from the read, and nothing ends",
    marbles((m) => {
      const spelled = [
        { ...read("YES", "1", "1"), min_order_size: "15" },
        { ...read("NO", "1", "1"), min_order_size: "15" },
      ];
      const hashOf = (size: string, at: string): string =>
        bookHash({ ...read("YES", size, at), min_order_size: "15" });
      const link$ = m.cold("(oYN)-----2---3-------", {
        ...LINKS,
        Y: snapshot("YES", { hash: hashOf("1", "1") }),
        2: change("2", "2", hashOf("2", "2")),
        3: change("3", "3", hashOf("3", "3")),
      });
      const books$ = m.cold("     -r|", { r: spelled });
      const booksSubs = "    -----^-!";
      const expected = "    (oYN)-k---2---3-------";
      const until = "       ^--------------------!";
      const { reports, watching } = options(() => books$, {
        timing: { ...TIMING, quietMs: 50, mismatchMs: 5 },
      });

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), until).toBeObservable(
        expected,
        OUT,
      );
      m.expect(books$).toHaveSubscriptions(booksSubs);
      m.flush();
      expect(reports).toEqual(["wrong", "quiet"]);
    }),
  );

  it(
    "[K] a message that could not be read counts as a wrong check sum: it may have been a change",
    marbles((m) => {
      const link$ = m.cold("(oYN)-g--------------", LINKS);
      const books$ = m.cold("         -3|         ", READS);
      const expected = "    (oYN)-------#        ";
      const rights$ = m.cold("(oYN)-g-2-----------", LINKS);
      const passed = "        (oYN)---2-----------";
      const until = "           ^---------------!";
      const { watching } = options(() => books$);

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), UNTIL).toBeObservable(
        expected,
        OUT,
        broken(`gap: a check sum wrong, or a message unread, for 3 ms, ${DIFFERS}`),
      );
      m.expect(
        withBookWatchdog(rights$, options(() => NEVER).watching, timeOf(m)).pipe(inWords),
        until,
      ).toBeObservable(passed, OUT);
    }),
  );

  it(
    "a change without a hash is reported as unchecked",
    marbles((m) => {
      const link$ = m.cold("(oYN)-u------", LINKS);
      const expected = "    (oYN)-2------";
      const until = "       ^--------!";
      const { reports, watching } = options(() => NEVER);

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), until).toBeObservable(
        expected,
        OUT,
      );
      m.flush();
      expect(reports).toEqual(["unchecked"]);
    }),
  );

  it(
    "[K] no answer, or a book older than ours, is unclear: the fifth in a row ends the link",
    marbles((m) => {
      const link$ = m.cold(" (oYN)--------------------------------------------------", LINKS);
      const answers = ["x", "0", "x", "0", "x"].map((answer) => m.cold(`-${answer}|`, READS));
      const expected = "     (oYN)----------------------------------------------#";
      const { reports, watching } = options(inTurn(answers));

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), UNTIL).toBeObservable(
        expected,
        OUT,
        broken(
          `frozen: ${SILENT}, and 5 requests for the venue's own book gave no clear answer: GET /book: reset`,
        ),
      );
      m.flush();
      expect(reports).toEqual(Array(5).fill("unclear"));
    }),
  );

  it(
    "a message with a right check sum resets the count of unclear answers",
    marbles((m) => {
      const link$ = m.cold(" (oYN) 40ms (2N) 20ms -", LINKS);
      const answers = Array.from({ length: 5 }, () => m.cold("-x|", READS));
      const expected = "     (oYN) 40ms (2N) 20ms -";
      const until = "        ^ 69ms !";
      const { reports, watching } = options(inTurn(answers));

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), until).toBeObservable(
        expected,
        OUT,
      );
      m.flush();
      expect(reports).toEqual(Array(5).fill("unclear"));
    }),
  );

  it(
    "a suspicion from elsewhere leads to a request at once, at most every requestEveryMs",
    marbles((m) => {
      const link$ = m.cold(" (oYN)----------", LINKS);
      const suspicion$ = m.hot(" -----d-dd------");
      const books$ = m.cold("  (s|)", READS);
      const booksSubs = ["    -----(^!)", "      ----------(^!)"];
      const expected = "     (oYN)k----k----";
      const until = "        ^-------------!";
      const { watching } = options(() => books$, {
        suspicion$,
        timing: { ...TIMING, quietMs: 50 },
      });

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), until).toBeObservable(
        expected,
        OUT,
      );
      m.expect(books$).toHaveSubscriptions(booksSubs.map((subs) => subs.trim()));
    }),
  );

  it(
    "no request before both books are there, nor after the end of the market",
    marbles((m) => {
      const link$ = m.cold(" (oY) 66ms N 29ms -", LINKS);
      const suspicion$ = m.hot(" ---d 40ms d 40ms d");
      const expected = "     (oY) 66ms N 29ms -";
      const requests: number[] = [];
      const { watching } = options(() => defer(() => (requests.push(m.scheduler.now()), EMPTY)), {
        suspicion$,
      });

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), UNTIL).toBeObservable(
        expected,
        OUT,
      );
      m.flush();
      expect(requests).toEqual([]);
    }),
  );
});

const inTurn = <T>(all: readonly Observable<T>[]): (() => Observable<T>) => {
  let next = 0;
  return () => defer(() => all[next++] ?? NEVER);
};

const timeOf = ({ scheduler }: { readonly scheduler: Parameters<typeof clockOf>[0] }) => ({
  clock: clockOf(scheduler),
  scheduler,
});

describe("the venue's time", () => {
  const sinceSent = (link: Link<DecodedMarketMessage>): readonly (number | undefined)[] => {
    const seen: (number | undefined)[] = [];
    const at = { epochMs: epochMs(9_000), monotonicMs: monotonicMs(Number(moment("5000"))) };
    const watching = {
      market: MARKET,
      restOnly: REST_ONLY,
      readBooks: () => EMPTY,
      suspicion$: NEVER,
      trust: { read: () => FULL_TRUST, keep: () => undefined },
      onReport: () => undefined,
      timing: TIMING,
      checkMs: 0,
    };
    const clock = { now: () => at };
    withBookWatchdog(of({ ...link, at }), watching, { clock, scheduler: asyncScheduler })
      .subscribe((item) => seen.push(item.type === "item" ? item.sinceSentMs : undefined))
      .unsubscribe();
    return seen;
  };

  it("of a change says how late it came; a book's may be that of its last change", () => {
    expect(sinceSent(change("2", "4000"))).toEqual([1_000]);
    expect(sinceSent(change("2", "soon"))).toEqual([undefined]);
    expect(sinceSent(snapshot("YES"))).toEqual([undefined]);
  });
});
