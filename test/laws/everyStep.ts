/**
 * What must hold after every step of every walk, by the letter of the law. A walk costs far more than to
 * ask a law about it, and each law would draw the same walks: they are walked once for all of them.
 */
import fc from "fast-check";
import { expect, inject, it } from "vitest";
import { exposureOf, freeCash, freeStock } from "../../src/executor/admission.ts";
import {
  type ExecutorState,
  type History,
  initialState,
  levelOf,
  resumed,
  workingOrders,
} from "../../src/executor/index.ts";
import { DUST, heldSize, isPossiblyLive } from "../../src/executor/orderTable.ts";
import { isHalted, isStopping } from "../../src/executor/stop.ts";
import {
  type Event,
  FEEDS,
  type FeedName,
  type OrderId,
  SLOTS,
  type Side,
  TOKENS,
  type Token,
  type WorkingOrder,
  complement,
  notionalCeil,
} from "../../src/types/index.ts";
import { RUNS, UNHALTED, config, market } from "../support/builders.ts";
import { oncePerRun } from "../support/oncePerRun.ts";
import {
  type Law,
  type Live,
  type Truth,
  CASH_AT_FIRST,
  anyMoves,
  holds,
  legsOf,
  walk,
} from "./adversary.ts";

const promised = (truth: Truth, token: Token, side: Side): number =>
  truth
    .possiblyLive()
    .filter((order) => order.token === token && order.side === side)
    .reduce((sum, { remaining }) => sum + remaining, 0);

const find = (state: ExecutorState, id: OrderId): WorkingOrder | undefined =>
  state.working[id] ?? state.closed.find((order) => order.id === id);

/** Is this a fact by which an order can be over, and its account known? */
function isProof({ type }: Event): boolean {
  return (
    type === "order.rejected" ||
    type === "order.notSent" ||
    type === "order.answeredLate" ||
    type === "order.reported" ||
    type === "survey.answered"
  );
}

/** A flatten needs to see the venue only, not what the market is worth. */
const isBlind = (state: ExecutorState): boolean =>
  FEEDS.some((feed) => state.feeds[feed].isAlive !== true && isNeeded(state, feed)) ||
  state.isHeartbeatLapsed ||
  !state.isHeartbeatArmed;

/** Without the settlement feed a price is missing, which pulls and is no stop. */
const isNeeded = (state: ExecutorState, feed: FeedName): boolean =>
  feed !== "settlement" && (levelOf(state) !== "flatten" || feed !== "reference");

/** As a bid or an ask for YES. */
const inYes = ({ token, side, price }: Live): { isBid: boolean; yes: number } => ({
  isBid: (token === "YES") === (side === "BUY"),
  yes: token === "YES" ? price : 10_000 - price,
});

const EVERY_STEP = {
  C: {
    "no leg is placed while a stop lasts, nor in the step that begins it": {
      runs: RUNS,
      lawOf:
        () =>
        ({ after, effects }) => {
          return isStopping(after) && legsOf(effects).length > 0 ? "placed" : null;
        },
    },
    "every leg decided after a cancel-all carries a newer epoch than every leg before it": {
      runs: RUNS / 10,
      lawOf: () => {
        let newest = -1;
        let raisedTo = 0;
        return ({ effects }) => {
          const legs = legsOf(effects);
          for (const effect of effects) {
            if (effect.type !== "cancelAll") continue;
            if (effect.epoch.market <= newest) return `raised to ${effect.epoch.market} only`;
            raisedTo = effect.epoch.market;
          }
          newest = Math.max(newest, ...legs.map(({ epoch }) => epoch.market));
          return legs.some(({ epoch }) => epoch.market < raisedTo) ? "an older epoch" : null;
        };
      },
    },
    "epochs only rise: the market's by one for each stop, the account's by the operator": {
      runs: RUNS / 10,
      lawOf:
        () =>
        ({ before, after, effects, input: { event } }) => {
          const isBegun = !isStopping(before) && isStopping(after);
          const rise = after.epoch.market - before.epoch.market;
          if (rise !== (isBegun ? 1 : 0)) return `the market's rose by ${rise}`;
          const account =
            event.type === "operator.commanded" ? event.accountEpoch : before.epoch.account;
          if (after.epoch.account !== account) return "the account's moved";
          const isPresent = legsOf(effects).every(({ epoch }) => epoch === after.epoch);
          return isPresent ? null : "a leg of another epoch";
        },
    },
  },
  E: {
    "no SELL at the venue, or on its way there, is for more than is there to be sold": {
      runs: RUNS,
      lawOf:
        () =>
        ({ truth }) => {
          for (const token of TOKENS) {
            const sold = promised(truth, token, "SELL");
            if (sold > 0 && sold > truth.stock(token)) {
              return `${sold} ${token} for sale, of ${truth.stock(token)}`;
            }
          }
        },
    },
  },
  F: {
    "a wave is of one slot, of at most one SELL of a token, and of no more than 15 legs": {
      runs: RUNS / 10,
      lawOf:
        () =>
        ({ effects, after }) => {
          for (const effect of effects) {
            if (effect.type !== "place") continue;
            const placed = effect.legs.map(({ orderId }) => after.working[orderId]);
            if (placed.some((order) => order?.slot !== effect.slot)) return "two slots";
            if (placed.filter((order) => order?.side === "SELL").length > 1) return "two SELLs";
            if (placed.length < 1 || placed.length > 15) return `${placed.length} legs`;
          }
        },
    },
    "a leg that is wanted and not shown whole says why, in every state": {
      runs: RUNS / 10,
      lawOf:
        () =>
        ({ after }) => {
          const { why, intent, unseenMatches } = after;
          // The level says it for every intent.
          if (levelOf(after) === "flatten") return;
          for (const slot of SLOTS) {
            const leg = why.plan?.[slot];
            const isFulfilled = unseenMatches.some((match) => match.slot === slot);
            if (leg === undefined || intent?.[slot] == null || isFulfilled) continue;
            if (leg.orders.length + leg.residuals.length === 0)
              return `nothing said of the ${slot}`;
          }
        },
    },
  },
  G: {
    "only a fill, or a proof, makes an order hold less": {
      runs: RUNS,
      lawOf:
        () =>
        ({ before, after, input: { event } }) => {
          for (const order of workingOrders(before)) {
            const now = find(after, order.id);
            if (!now) return `${order.id} is forgotten`;
            const freed = heldSize(order) - heldSize(now) - (now.matched - order.matched);
            // What is left after dust is nothing; the venue's sums differ by as much.
            if (freed > DUST && !isProof(event)) return `${freed} of ${order.id} freed`;
          }
        },
    },
    "what is free is what is there, less what orders that may live still ask (acceptance 7)": {
      runs: RUNS / 5,
      lawOf:
        () =>
        ({ after: { inventory, working } }) => {
          const exposures = Object.values(working).map(exposureOf);
          for (const token of TOKENS) {
            const { settled, pendingOut } = inventory[token];
            const reserved = Object.values(working)
              .filter((order) => order.token === token && order.side === "SELL")
              .reduce((sum, order) => sum + heldSize(order), 0);
            const free = settled - pendingOut - reserved;
            if (freeStock(inventory, token, exposures) !== free)
              return `${token} is counted otherwise`;
            if (reserved > 0 && free < 0)
              return `${token}: ${reserved} reserved, ${-free} too much`;
          }
          return freeCash(inventory, exposures) < 0 ? "cash is promised twice" : null;
        },
    },
    "all BUYs at the venue, or on their way there, could be paid at once": {
      runs: RUNS / 5,
      lawOf:
        () =>
        ({ truth }) => {
          const owed = truth
            .possiblyLive()
            .filter(({ side }) => side === "BUY")
            .reduce((sum, { price, remaining }) => sum + notionalCeil(price, remaining), 0);
          return owed > 0 && owed > truth.cash() ? `${owed} owed, of ${truth.cash()}` : null;
        },
    },
  },
  H: {
    "at the venue, and on the way to it, there is at most one SELL of each token": {
      runs: RUNS,
      lawOf:
        () =>
        ({ truth, after, effects }) => {
          for (const token of TOKENS) {
            const isSell = (order: Pick<Live, "token" | "side">): boolean =>
              order.token === token && order.side === "SELL";
            if (truth.possiblyLive().filter(isSell).length > 1) return `two SELLs of ${token}`;
            // A survey of a lagging replica may show a closed SELL; then no other is placed beside it.
            const placed = legsOf(effects).flatMap(({ orderId }) => after.working[orderId] ?? []);
            const believed = workingOrders(after).filter(isPossiblyLive).filter(isSell);
            if (placed.some(isSell) && believed.length > 1)
              return `a SELL of ${token} beside another`;
          }
        },
    },
  },
  I: {
    "decides what is placed: no order is better than the newest intent for it": {
      runs: RUNS,
      lawOf: () => {
        let newest = 0;
        return ({ input: { event }, after, effects }) => {
          if (event.type === "intent.published") newest = Math.max(newest, event.intent.seq);
          if (after.intent !== null && after.intent.seq !== newest) return "an older one stands";
          for (const { orderId, ticket } of legsOf(effects)) {
            const order = after.working[orderId];
            // A flatten has its own bound, whatever is wanted.
            if (order?.kind === "closeSell" && levelOf(after) === "flatten") continue;
            const wanted = order && after.intent?.[order.slot];
            if (!wanted) return "placed without being wanted";
            const yes = order.token === "YES" ? ticket.price : complement(ticket.price);
            const isBetter = order.slot === "bid" ? yes > wanted.price : yes < wanted.price;
            if (isBetter) return `${yes} is better than ${wanted.price}`;
          }
        };
      },
    },
  },
  J: {
    "what rests, or is on its way, is believed to be possibly live": {
      runs: RUNS,
      lawOf:
        () =>
        ({ truth, after }) => {
          for (const { id } of truth.possiblyLive()) {
            const order = after.working[id];
            if (order === undefined || !isPossiblyLive(order))
              return `${id} is believed to be over`;
          }
        },
    },
    "wherever a session dies, the next one holds everything that rests or is on its way": {
      runs: RUNS / 10,
      lawOf: () => {
        const steps: History["steps"][number][] = [];
        let began: ExecutorState | null = null;
        return ({ truth, input, before, effects }) => {
          began ??= before;
          steps.push({ stamped: input, effects });
          const opened = initialState(market(), input.at, UNHALTED);
          const { working } = resumed(opened, { state: began, steps }, config());
          const lost = truth.possiblyLive().find(({ id }) => working[id] === undefined);
          return lost && `${lost.id} would be lost`;
        };
      },
    },
    "no order is placed twice, by its id or by its bytes": {
      runs: RUNS / 10,
      lawOf: () => {
        const names = new Set<OrderId | number>();
        return ({ effects }) => {
          for (const { orderId, ticket } of legsOf(effects)) {
            if (names.has(orderId) || names.has(ticket.salt)) return `${orderId} again`;
            names.add(orderId).add(ticket.salt);
          }
        };
      },
    },
  },
  K: {
    "nothing is placed while any input is missing, old, or not surveyed since": {
      runs: RUNS,
      lawOf:
        () =>
        ({ after, effects }) => {
          if (legsOf(effects).length === 0) return null;
          if (isBlind(after)) return "blind";
          if (after.survey.wantedSince !== null) return "a survey is wanted";
          if (levelOf(after) === "halt") return "halted";
          return after.now.monotonicMs < (after.intent?.expiresAt ?? 0) ? null : "an old intent";
        },
    },
    "the step that hears of a loss cancels everything, if anything was ever sent": {
      runs: RUNS / 10,
      lawOf: () => {
        let wasSent = false;
        return ({ before, after, effects }) => {
          const strikes = isBlind(after) && !isBlind(before) && !isStopping(before);
          const isStopped = effects.some(({ type }) => type === "cancelAll");
          if (strikes && before.mayRestAtVenue && !isStopped) return "not stopped";
          if (strikes && !wasSent && isStopped) return "stopped, though nothing was ever sent";
          wasSent ||= legsOf(effects).length > 0;
        };
      },
    },
    "a stop ends only when nothing rests any more, and its cause has gone": {
      runs: RUNS / 5,
      lawOf:
        () =>
        ({ before, after, effects, truth }) => {
          if (!isStopping(before) || isStopping(after)) return null;
          if (!isHalted(before)) return "without a proof";
          if (isBlind(after) || levelOf(after) === "halt") return "its cause is still there";
          // The step that ends a stop may quote already.
          const live = truth.possiblyLive().length - legsOf(effects).length;
          return live > 0 ? `${live} orders may rest` : null;
        },
    },
  },
  L: {
    "of all that is at the venue, or on its way there, every bid is below every ask": {
      runs: RUNS,
      lawOf:
        () =>
        ({ truth }) => {
          const live = truth.possiblyLive().map(inYes);
          const bid = Math.max(0, ...live.filter(({ isBid }) => isBid).map(({ yes }) => yes));
          const ask = Math.min(10_000, ...live.filter(({ isBid }) => !isBid).map(({ yes }) => yes));
          return bid >= ask ? `a bid at ${bid}, an ask at ${ask}` : null;
        },
    },
  },
  M: {
    "a BUY goes out only while what is spent, and what all BUYs may still take, is allowed": {
      runs: RUNS,
      lawOf:
        () =>
        ({ truth, after, effects }) => {
          const buys = truth.possiblyLive().filter(({ side }) => side === "BUY");
          const placed = legsOf(effects).some(({ ticket }) => ticket.side === "BUY");
          const owed = buys.reduce(
            (sum, { price, remaining }) => sum + notionalCeil(price, remaining),
            0,
          );
          const used = CASH_AT_FIRST - truth.cash() + owed;
          return placed && used > after.limits.cash ? `${used} of ${after.limits.cash}` : null;
        },
    },
    "while the account halts, nothing goes out; while it lets us reduce alone, no BUY": {
      runs: RUNS,
      lawOf:
        () =>
        ({ after: { limits }, effects }) => {
          const legs = legsOf(effects);
          if (limits.level === "halt" && legs.length > 0) return "placed while halted";
          const isBuying = legs.some(({ ticket }) => ticket.side === "BUY");
          return isBuying && limits.level !== "normal" ? `a BUY in ${limits.level}` : null;
        },
    },
  },
} satisfies Readonly<Record<string, Readonly<Record<string, StepLaw>>>>;

interface StepLaw {
  /** So many of the walks, from the first. */
  readonly runs: number;
  /** Made anew for each walk. */
  readonly lawOf: () => Law;
}

/** The tests of the laws of a letter. */
export function heldAtEveryStep(letter: keyof typeof EVERY_STEP): void {
  const laws: Readonly<Record<string, StepLaw>> = EVERY_STEP[letter];
  const runFolder = inject("runFolder");
  it.each(Object.entries(laws))("%s", async (title, { runs, lawOf }) => {
    if (runFolder === undefined) return holds(runs, lawOf);
    const broken: Broken = JSON.parse(await oncePerRun(runFolder, "laws", brokenLaws));
    if (broken !== null && !broken.includes(title)) return;
    // It finds the shortest walk that breaks the law.
    holds(runs, lawOf);
    if (broken !== null) expect.unreachable("broken among all laws, and not alone");
  });
}

/** The titles of those that some step has broken; null where a walk came to no end. */
type Broken = readonly string[] | null;

function brokenLaws(): string {
  const laws = Object.values(EVERY_STEP).flatMap((each) => Object.entries<StepLaw>(each));
  const broken = new Set<string>();
  let walks = 0;
  const property = fc.property(anyMoves(), (moves) => {
    const asked = laws
      .filter(([, { runs }]) => walks < runs)
      .map(([title, { lawOf }]) => ({ title, law: lawOf() }));
    walks += 1;
    walk(moves, (step) => {
      for (const { title, law } of asked) if (law(step) != null) broken.add(title);
    });
  });
  const { failed } = fc.check(property, { numRuns: Math.ceil(RUNS), endOnFailure: true });
  const said: Broken = failed ? null : [...broken];
  return JSON.stringify(said);
}
