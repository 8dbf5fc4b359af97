/**
 * The executor against a venue that is simpler than either: whatever is asked, answered, lost,
 * filled, mined, halted and delivered in whatever order, it never believes an order over that
 * rests, never offers more than there is, and, once it has heard everything, owns what the venue
 * says it owns and rests what the venue has.
 *
 * Breaks that turn this red, each by itself:
 * - `orders.ts`: in the table, let `placing: answerLost` be `"closed"`;
 * - `orders.ts`: in `heldSize`, let a cancelling order hold nothing;
 * - `inventory.ts`: let `laterStatus` be the second of the two.
 *
 * Nothing expires here, no link drops a letter, nothing is booked late: `test/laws/world.ts` does
 * all that. The operator does not flatten: such orders do not rest.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FEEDS, type FeedName, type Intent, type TradeStatus } from "../../src/types/index.ts";
import { FOREVER, RUNS, instant, quote } from "../support/builders.ts";
import {
  type Asking,
  LAST_WISHES,
  type Question,
  type QuestionTo,
  type TinyVenue,
  accept,
  answer,
  book,
  calmDown,
  cancel,
  cancelEverything,
  compareAtRest,
  deliver,
  differences,
  hears,
  listen,
  live,
  loseAnswer,
  match,
  moveOn,
  obey,
  opened,
  passes,
  show,
} from "./referenceVenue.ts";

type Command = fc.Command<TinyVenue, Asking>;

/** One thing that can happen to one of its candidates; where there is none it does not happen. */
function happening<Candidate>(
  name: string,
  candidates: (venue: Readonly<TinyVenue>) => readonly Candidate[],
  pick: number,
  happens: (venue: TinyVenue, executor: Asking, candidate: Candidate) => void,
): Command {
  return {
    toString: () => `${name} #${pick}`,
    check: (venue) => candidates(venue).length > 0,
    run: (venue, executor) => {
      const among = candidates(venue);
      const candidate = among[pick % among.length];
      if (candidate === undefined) return;
      happens(venue, executor, candidate);
      listen(venue, executor);
      expect(differences(venue, executor)).toEqual([]);
    },
  };
}

const open =
  <Type extends Question["type"]>(type: Type) =>
  ({ questions }: Readonly<TinyVenue>): readonly QuestionTo<Type>[] =>
    questions.filter((question): question is QuestionTo<Type> => question.type === type);

const always = (): readonly null[] => [null];

const anyPick = fc.nat({ max: 11 });
const picked = (make: (pick: number) => Command): fc.Arbitrary<Command> => anyPick.map(make);

// ---- what the strategy and the operator do ----------------------------------------------------

const anyTarget: fc.Arbitrary<Partial<Intent>> = fc
  .record({
    centre: fc.integer({ min: 44, max: 56 }),
    bidSize: fc.constantFrom(0, 5, 10, 20, 35),
    askSize: fc.constantFrom(0, 5, 12, 30, 40),
    mode: fc.constantFrom("normal" as const, "normal" as const, "caution" as const),
    lives: fc.constantFrom(FOREVER, null),
  })
  .map(({ centre, bidSize, askSize, mode, lives }) => ({
    mode,
    bid: bidSize === 0 ? null : quote(bidSize, centre - 1),
    ask: askSize === 0 ? null : quote(askSize, centre + 1),
    ...(lives === null ? {} : { expiresAt: lives }),
  }));

const target = (wanted: Partial<Intent>): Command =>
  happening(`intent ${JSON.stringify(wanted)}`, always, 0, (_, { day }) => {
    day.intends(wanted);
  });

const stop: Command = happening("the strategy stops", always, 0, (_, { day }) => {
  day.intends({ mode: "stop", reason: "blind" });
});

const level = (word: TinyVenue["level"]): Command =>
  happening(
    `operator: ${word}`,
    (venue) => (venue.level === word ? [] : [venue]),
    0,
    (venue, { day }) => {
      venue.level = word;
      day.commands(word);
    },
  );

const resync: Command = happening("operator: resync", always, 0, (_, { day }) => {
  day.commands("resync");
});

// ---- what the venue does with a place ---------------------------------------------------------

const accepts = picked((pick) =>
  happening("a place is accepted", open("place"), pick, (venue, _, question) => {
    accept(venue, question);
  }),
);

const rejects = picked((pick) =>
  happening("a place is refused", open("place"), pick, (venue, _, question) => {
    const { orderId } = question.leg;
    const refusal = { reason: "unclassified", text: "no", retryAfterMs: null } as const;
    answer(venue, question, { type: "order.rejected", orderId, refusal });
  }),
);

const isNotSent = picked((pick) =>
  happening("a place is not sent", open("place"), pick, (venue, _, question) => {
    const { orderId } = question.leg;
    const notSent = { type: "notSent", cause: "displaced", retryAfterMs: null } as const;
    answer(venue, question, { type: "order.notSent", orderId, answer: notSent });
  }),
);

const isLost = picked((pick) => happening("a place is lost", open("place"), pick, loseAnswer));

const isBookedUnheard = picked((pick) =>
  happening("a place is booked, its answer lost", open("place"), pick, (venue, real, question) => {
    book(venue, question.leg);
    loseAnswer(venue, real, question);
  }),
);

// ---- with a cancel, a cancel-all, a survey ------------------------------------------------------

const cancels = picked((pick) =>
  happening("a cancel is carried out", open("cancel"), pick, (venue, _, question) => {
    cancel(venue, question);
  }),
);

const refusesCancel = picked((pick) =>
  happening(
    "a cancel is refused",
    (venue) => open("cancel")(venue).filter(({ orderId }) => venue.orders.get(orderId)?.isLive),
    pick,
    (venue, _, question) => {
      const { orderId } = question;
      answer(venue, question, { type: "cancel.refused", orderId, isGone: false });
    },
  ),
);

const losesCancel = picked((pick) =>
  happening("a cancel is lost", open("cancel"), pick, loseAnswer),
);

const cancelsUnheard = picked((pick) =>
  happening("a cancel is carried out unheard", open("cancel"), pick, (venue, real, question) => {
    cancel(venue, question);
    // The last letter is the answer.
    venue.mail.pop();
    loseAnswer(venue, real, question);
  }),
);

const cancelsAll: Command = happening("all is cancelled", open("cancelAll"), 0, (venue, _, it) => {
  cancelEverything(venue, it);
});

const losesCancelAll: Command = happening(
  "the cancel-all is lost",
  open("cancelAll"),
  0,
  loseAnswer,
);

const shows: Command = happening(
  "a survey is answered",
  open("survey"),
  0,
  (venue, _, question) => {
    show(venue, question);
  },
);

const failsSurvey: Command = happening("a survey is lost", open("survey"), 0, loseAnswer);

// ---- with what rests --------------------------------------------------------------------------

const LOT = 10_000;

const fills = fc.tuple(anyPick, fc.constantFrom(0.25, 0.5, 1)).map(([pick, part]) =>
  happening(`${part} of an order is filled`, live, pick, (venue, { day }, order) => {
    const lots = Math.floor((order.remaining * part) / LOT) * LOT;
    const atMs = day.now().monotonicMs - instant(0).monotonicMs;
    match(venue, order, lots > 0 ? lots : order.remaining, atMs);
  }),
);

const NEXT: Record<TradeStatus, readonly TradeStatus[]> = {
  matched: ["mined", "mined", "retrying", "failed"],
  retrying: ["mined", "mined", "matched", "failed"],
  mined: ["confirmed"],
  confirmed: [],
  failed: [],
};

const settles = fc.tuple(anyPick, anyPick).map(([pick, way]) =>
  happening(
    `a trade moves on (${way})`,
    ({ trades }) => trades.filter(({ status }) => NEXT[status].length > 0),
    pick,
    (venue, _, trade) => {
      const ways = NEXT[trade.status];
      moveOn(venue, trade, ways[way % ways.length] ?? trade.status);
    },
  ),
);

// ---- with the mail, the links and the clock ---------------------------------------------------

const delivers = picked((pick) =>
  happening("a letter is delivered", ({ mail }) => mail, pick, deliver),
);

const deliversTwice = picked((pick) =>
  happening("a letter of the user channel is delivered, and kept", announced, pick, (v, r, it) => {
    hears(v, r, it.event);
  }),
);

const announced = ({ mail }: Readonly<TinyVenue>): TinyVenue["mail"] =>
  mail.filter(({ dueMs }) => dueMs === Infinity);

const loses = fc.constantFrom(...FEEDS).map((feed) =>
  happening<FeedName>(
    `${feed} is lost`,
    ({ down }) => (down.has(feed) ? [] : [feed]),
    0,
    ({ down }, { day }) => {
      down.add(feed);
      day.loses(feed);
    },
  ),
);

const restores = picked((pick) =>
  happening(
    "a feed is restored",
    ({ down }) => [...down],
    pick,
    ({ down }, { day }, feed) => {
      down.delete(feed);
      day.restores(feed);
    },
  ),
);

const waits = fc.constantFrom(20, 250, 1_000, 2_500, 6_000).map((durationMs) =>
  happening(`${durationMs} ms pass`, always, 0, (venue, executor) => {
    passes(venue, executor, durationMs);
  }),
);

const obeys: Command = happening("3 s of peace", always, 0, (venue, executor) => {
  obey(venue, executor, 3_000);
});

/** What an order lives by comes often, what stops us seldom. */
const anyCommand = fc.oneof(
  { weight: 4, arbitrary: anyTarget.map(target) },
  { weight: 8, arbitrary: accepts },
  { weight: 3, arbitrary: fc.oneof(rejects, isNotSent, isLost, isBookedUnheard) },
  { weight: 5, arbitrary: cancels },
  { weight: 3, arbitrary: fc.oneof(refusesCancel, losesCancel, cancelsUnheard) },
  { weight: 5, arbitrary: fc.constantFrom(cancelsAll, cancelsAll, cancelsAll, losesCancelAll) },
  { weight: 5, arbitrary: fc.constantFrom(shows, shows, shows, failsSurvey) },
  { weight: 6, arbitrary: fills },
  { weight: 5, arbitrary: settles },
  { weight: 12, arbitrary: delivers },
  { weight: 2, arbitrary: deliversTwice },
  { weight: 3, arbitrary: waits },
  { weight: 2, arbitrary: fc.constant(obeys) },
  {
    weight: 1,
    arbitrary: fc.oneof(fc.constantFrom(level("halt"), level("reduceOnly"), resync, stop), loses),
  },
  { weight: 4, arbitrary: fc.oneof(fc.constant(level("normal")), restores) },
);

describe("[E] [G] [J] the executor and a tiny venue agree", () => {
  it("at every step as far as it has heard, and exactly when everything is said", () => {
    fc.assert(
      fc.property(
        fc.commands([anyCommand], { maxCommands: 150, size: "max" }),
        fc.constantFrom(...LAST_WISHES),
        (commands, last) => {
          const day = opened();
          fc.modelRun(() => day, commands);
          calmDown(day.model, day.real, last);
          compareAtRest(day.model, day.real);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
