import { EMPTY, NEVER, type Observable, defer, map } from "rxjs";
import { describe, expect, it } from "vitest";
import {
  type Link,
  type Market,
  type MarketItem,
  type Token,
  epochMs,
} from "../../../src/types/index.ts";
import { bookHash } from "../../../src/venue/polymarket/decode/bookHash.ts";
import type { DecodedMarketMessage } from "../../../src/venue/polymarket/decode/decodeMarket.ts";
import { readMarketFrame } from "../../../src/venue/polymarket/decode/decodeMarket.ts";
import type { wire } from "../../../src/venue/polymarket/index.ts";
import {
  type WatchdogReport,
  type WatchdogOptions,
  withBookWatchdog,
} from "../../../src/venue/polymarket/channels/bookWatchdog.ts";
import { marbles } from "../../support/marbles.ts";
import { MARKET as ANY, clockOf, instant } from "../streams/legend.ts";

const MARKET: Market = { ...ANY, endsAt: epochMs(instant(60).epochMs) };
const HIDDEN = { min_order_size: "5", neg_risk: false };
const TIMING = { quietMs: 10, mismatchMs: 3, lookEveryMs: 5, settleMs: 2 };

type Read = wire.BookSummaryWire;

/** A token's book with one bid, of so many shares. */
const read = (token: Token, size: string, timestamp: string): Read => {
  const text = {
    market: MARKET.id,
    asset_id: MARKET.tokenIds[token],
    timestamp,
    bids: [{ price: "0.4", size }],
    asks: [],
    tick_size: "0.01",
    last_trade_price: "",
    ...HIDDEN,
  };
  return { ...text, hash: bookHash(text) };
};

const told = (message: object): Link<DecodedMarketMessage> => {
  const [item] = readMarketFrame(JSON.stringify(message), MARKET).items;
  return { type: "item", item: item ?? expect.unreachable("it makes no sense") };
};
const snapshot = (token: Token, more: object = {}): Link<DecodedMarketMessage> =>
  told({ ...read(token, "1", "1"), event_type: "book", ...more });
const change = (
  size: string,
  at: string,
  hash = read("YES", size, at).hash,
): Link<DecodedMarketMessage> =>
  told({
    event_type: "price_change",
    market: MARKET.id,
    timestamp: at,
    price_changes: [
      { asset_id: MARKET.tokenIds.YES, price: "0.4", size, side: "BUY", hash, best_bid: "" },
    ],
  });

/** `Y` and `N` the books of both tokens; a number is YES's new size, `w` one that is not the hash's. */
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

/** What the other door says: `s` the books of the beginning, a number another size of YES, `x` nothing. */
const READS: Readonly<Record<string, readonly Read[] | null>> = {
  s: [read("YES", "1", "1"), read("NO", "1", "1")],
  2: [read("YES", "2", "2"), read("NO", "1", "1")],
  3: [read("YES", "3", "3"), read("NO", "1", "1")],
  9: [read("YES", "9", "9"), read("NO", "1", "1")],
  // Of a replica that lags.
  0: [read("YES", "9", "0"), read("NO", "1", "1")],
  x: null,
};

/** An item is drawn as what stood on the wire, so that what comes out looks like what went in. */
const OUT: Readonly<Record<string, string>> = {
  o: "opened",
  Y: "YES 1",
  N: "NO 1",
  2: "2",
  3: "3",
};
const inWords = map((link: Link<MarketItem>): string => {
  if (link.type === "opened") return "opened";
  if (link.item.type === "level") return String(link.item.level.size / 1_000_000);
  return link.item.type === "book" ? `${link.item.token} 1` : link.item.type;
});

/** A channel is watched for as long as it is open, so each drawing has its end. */
const UNTIL = "^ 99ms !";

const options = (
  look: () => Observable<readonly Read[] | null>,
  more: Partial<WatchdogOptions> = {},
): { readonly heard: readonly string[]; readonly watching: WatchdogOptions } => {
  const heard: string[] = [];
  const hear = ({ type }: WatchdogReport): unknown => heard.push(type);
  const watching = {
    market: MARKET,
    hidden: HIDDEN,
    look,
    suspicion$: EMPTY,
    hear,
    timing: TIMING,
  };
  return { heard, watching: { ...watching, ...more } };
};

const broken = (text: string): Error => new Error(text);
const SILENT = "nothing heard of the market for 10 ms";
const OTHER = "and the venue's own book is another";

describe("a watched market channel", () => {
  it(
    "[K] a quiet book costs two reads now and then, and nothing else",
    marbles((m) => {
      const link$ = m.cold("(oYN)----------------------", LINKS);
      const linkSubs = "    ^--------------------------!";
      const until = "       ^--------------------------!";
      const look$ = m.cold("          -s|            ", READS);
      const lookSubs = ["   ----------^-!            ", "--------------------^-!  "];
      const expected = "    (oYN)----------------------";
      const { heard, watching } = options(() => look$);

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), until).toBeObservable(
        expected,
        OUT,
      );
      m.expect(link$).toHaveSubscriptions(linkSubs);
      m.expect(look$).toHaveSubscriptions(lookSubs.map((subs) => subs.trimEnd()));
      m.flush();
      expect(heard).toEqual(["quiet", "quiet"]);
    }),
  );

  it(
    "[K] open and silent: the venue's book is another, and the link ends with its cause",
    marbles((m) => {
      const link$ = m.cold("(oYN)----------------------", LINKS);
      const linkSubs = "    ^------------!             ";
      const look$ = m.cold("          -2|              ", READS);
      const expected = "    (oYN)--------#             ";
      const { watching } = options(() => look$);

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), UNTIL).toBeObservable(
        expected,
        OUT,
        broken(`frozen: ${SILENT}, ${OTHER}`),
      );
      m.expect(link$).toHaveSubscriptions(linkSubs);
    }),
  );

  it(
    "[K] a channel that speaks is not silent, and one that is only late catches up",
    marbles((m) => {
      const speaks$ = m.cold("(oYN)----2--------3--------", LINKS);
      const spoken = "        (oYN)----2--------3--------";
      const until = "         ^-------------------!";
      const never$ = m.cold(" (x|)", READS);
      const late$ = m.cold("  (oYN)-------2--------------", LINKS);
      const caughtUp = "      (oYN)-------2--------------";
      const look$ = m.cold("            -2|", READS);
      const first = options(() => never$);
      const second = options(() => look$);

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
      expect(second.heard).toEqual(["quiet"]);
    }),
  );

  it(
    "a book that moves while it is read is the same: it was the one read at some moment",
    marbles((m) => {
      const link$ = m.cold(" (oYN)-2-3---------", LINKS);
      const suspicion$ = m.hot(" -----d------------");
      const look$ = m.cold("      ---2|         ", READS);
      const expected = "     (oYN)-2-3---------";
      const until = "        ^----------------!";
      const { heard, watching } = options(() => look$, { suspicion$ });

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), until).toBeObservable(
        expected,
        OUT,
      );
      m.flush();
      expect(heard).toEqual(["quiet"]);
    }),
  );

  it(
    "[K] a wrong check sum is given a moment to come right; what stays wrong is looked at",
    marbles((m) => {
      // A trade eats levels without a word; the book after it puts that right.
      const link$ = m.cold("(oYN)-w-Y---w-3----------", LINKS);
      const looks$ = m.cold("(x|)", READS);
      const expected = "    (oYN)-2-Y---2-3----------";
      const until = "       ^-----------------------!";
      const stays$ = m.cold("(oYN)-w------------------", LINKS);
      const look$ = m.cold("          -9|            ", READS);
      const lookSubs = "     ---------^-!            ";
      const ended = "        (oYN)-2-----#           ";
      const right = options(() => looks$);
      const wrong = options(() => look$);

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
        broken(`gap: a check sum wrong, or a message unread, for 3 ms, ${OTHER}`),
      );
      m.expect(looks$).toHaveSubscriptions([]);
      m.expect(look$).toHaveSubscriptions(lookSubs.trimEnd());
      m.flush();
      expect(right.heard).toEqual(["wrong", "wrong"]);
      expect(wrong.heard).toEqual(["wrong"]);
    }),
  );

  it(
    "a check sum that is wrong over the same levels teaches us its spelling, and costs nothing",
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
      const look$ = m.cold("   -r|", { r: spelled });
      const lookSubs = "    ---^-!";
      const expected = "    (oYN)-----2---3-------";
      const until = "       ^--------------------!";
      const { heard, watching } = options(() => look$);

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), until).toBeObservable(
        expected,
        OUT,
      );
      m.expect(look$).toHaveSubscriptions(lookSubs);
      m.flush();
      expect(heard).toEqual(["wrong", "quiet"]);
    }),
  );

  it(
    "[K] a message that could not be read may have been a change: it is as wrong as a sum",
    marbles((m) => {
      const link$ = m.cold("(oYN)-g--------------", LINKS);
      const look$ = m.cold("         -3|         ", READS);
      const expected = "    (oYN)-------#        ";
      const rights$ = m.cold("(oYN)-g-2-----------", LINKS);
      const passed = "        (oYN)---2-----------";
      const until = "           ^---------------!";
      const { watching } = options(() => look$);

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), UNTIL).toBeObservable(
        expected,
        OUT,
        broken(`gap: a check sum wrong, or a message unread, for 3 ms, ${OTHER}`),
      );
      m.expect(
        withBookWatchdog(rights$, options(() => NEVER).watching, timeOf(m)).pipe(inWords),
        until,
      ).toBeObservable(passed, OUT);
    }),
  );

  it(
    "without a hash nothing is checked, and that is said",
    marbles((m) => {
      const link$ = m.cold("(oYN)-u------", LINKS);
      const expected = "    (oYN)-2------";
      const until = "       ^--------!";
      const { heard, watching } = options(() => NEVER);

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), until).toBeObservable(
        expected,
        OUT,
      );
      m.flush();
      expect(heard).toEqual(["unchecked"]);
    }),
  );

  it(
    "[K] a look that is not answered, or is older than what we have, proves nothing: the third ends it",
    marbles((m) => {
      const link$ = m.cold(" (oYN)------------------------------------", LINKS);
      const looks = ["x", "0", "x"].map((answer) => m.cold(`-${answer}|`, READS));
      const expected = "     (oYN)--------------------------#";
      const { heard, watching } = options(inTurn(looks));

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), UNTIL).toBeObservable(
        expected,
        OUT,
        broken(`frozen: ${SILENT}, and three looks at the venue's own book told nothing`),
      );
      m.flush();
      expect(heard).toEqual(["unclear", "unclear", "unclear"]);
    }),
  );

  it(
    "looks that told nothing are forgotten once the channel speaks",
    marbles((m) => {
      const link$ = m.cold(" (oYN)----------------------2-------------------------", LINKS);
      const looks = ["x", "x", "x", "x"].map((answer) => m.cold(`-${answer}|`, READS));
      const expected = "     (oYN)----------------------2-------------------------";
      const until = "        ^----------------------------------------------------!";
      const { heard, watching } = options(inTurn(looks));

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), until).toBeObservable(
        expected,
        OUT,
      );
      m.flush();
      expect(heard).toEqual(["unclear", "unclear", "unclear", "unclear"]);
    }),
  );

  it(
    "doubts of others are looked into at once, but not more often than they may be",
    marbles((m) => {
      const link$ = m.cold(" (oYN)----------", LINKS);
      const suspicion$ = m.hot(" -d-dd----------");
      const look$ = m.cold("  (s|)", READS);
      const lookSubs = ["    -(^!)", "      ------(^!)"];
      const expected = "     (oYN)----------";
      const until = "        ^-------------!";
      const { watching } = options(() => look$, { suspicion$, timing: { ...TIMING, quietMs: 50 } });

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), until).toBeObservable(
        expected,
        OUT,
      );
      m.expect(look$).toHaveSubscriptions(lookSubs.map((subs) => subs.trim()));
    }),
  );

  it(
    "nobody is watched before both books are there, nor after the end of the market",
    marbles((m) => {
      const link$ = m.cold(" (oY) 66ms N 29ms -", LINKS);
      const suspicion$ = m.hot(" ---d 40ms d 40ms d");
      const expected = "     (oY) 66ms N 29ms -";
      const looks: number[] = [];
      const { watching } = options(() => defer(() => (looks.push(m.scheduler.now()), EMPTY)), {
        suspicion$,
      });

      m.expect(withBookWatchdog(link$, watching, timeOf(m)).pipe(inWords), UNTIL).toBeObservable(
        expected,
        OUT,
      );
      m.flush();
      expect(looks).toEqual([]);
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
