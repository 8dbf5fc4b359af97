import { exposureOf, freeCash, freeStock } from "../../../src/executor/admission.ts";
import { type ExecutorState, workingOrders } from "../../../src/executor/index.ts";
import { heldSize } from "../../../src/executor/orderTable.ts";
import { TOKENS } from "../../../src/types/index.ts";
import type { MarketId, TradeId, TradeStatus, WorkingOrder } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";
import { named, ourOrders, remainingOf } from "./ourOrders.ts";

/**
 * [G] Everything that can match at the venue is reserved: each resting order is a working order that
 * holds at least its size, and no more is reserved than we have.
 */
export function reservationsCover(): Checker {
  const orders = ourOrders();
  const states = new Map<MarketId, ExecutorState>();
  const violations = new Set<string>();
  let isHeard = true;
  let hasDied = false;
  const takenOver = new Set<MarketId>();
  /** What of each market was compared last: the same again would give the same. */
  const compared = new Map<MarketId, Compared>();
  const reversals = reversedTrades();
  const object = (texts: readonly string[]): void => {
    for (const text of texts) violations.add(`reservationsCover: ${text}`);
  };
  return {
    ...ignoreAll,
    venue: (fact) => {
      const placed = orders.hear(fact);
      if (placed && isHeard) object(uncovered([placed], states.get(placed.market)));
    },
    // No belief can be checked before the next process has taken a step.
    crashed: () => {
      isHeard = false;
      hasDied = true;
      takenOver.clear();
    },
    transition: ({ state }) => {
      const { market, survey, working, inventory } = state;
      isHeard = true;
      states.set(market.id, state);
      const last = compared.get(market.id);
      const live = orders.live(market.id);
      if (last?.live !== live || last.working !== working) object(uncovered(live, state));
      // Orders of a crashed process stay reserved, whatever we have, until a survey has found them.
      const isProven =
        takenOver.has(market.id) || (survey.isFirstDone && !workingOrders(state).some(isUnproven));
      if (isProven) takenOver.add(market.id);
      // What a reversed trade takes back may be promised to an order that is on its way out.
      const isJudged = !reversals(state) && (!hasDied || isProven);
      const isSame = last?.working === working && last.inventory === inventory && last.isJudged;
      if (isJudged && !isSame) object(overdrawn(state));
      if (last?.live === live && isSame && isJudged) return;
      compared.set(market.id, { live, working, inventory, isJudged });
    },
    verdict: () => [...violations],
  };
}

interface Compared extends Pick<ExecutorState, "working" | "inventory"> {
  readonly live: Live;
  readonly isJudged: boolean;
}

/** Whether a trade of the market has failed after it had settled. */
function reversedTrades(): (state: ExecutorState) => boolean {
  const settled = new Set<TradeId>();
  const reversed = new Set<MarketId>();
  /** Of each shard that was read, which never changes: what of it has failed. */
  const failedIn = new WeakMap<ExecutorState["trades"][string], readonly TradeId[]>();
  let seen: ExecutorState["trades"] | null = null;
  return ({ trades, market }) => {
    if (trades === seen) return reversed.has(market.id);
    seen = trades;
    for (const shard of Object.values(trades)) {
      const known = failedIn.get(shard);
      if (known?.some((id) => settled.has(id))) reversed.add(market.id);
      if (known !== undefined) continue;
      const failed: TradeId[] = [];
      for (const { tradeId, status } of Object.values(shard)) {
        if (isMined(status)) settled.add(tradeId);
        if (status !== "failed") continue;
        failed.push(tradeId);
        if (settled.has(tradeId)) reversed.add(market.id);
      }
      failedIn.set(shard, failed);
    }
    return reversed.has(market.id);
  };
}

const isMined = (status: TradeStatus): boolean => status === "mined" || status === "confirmed";

const isUnproven = ({ seenAt, phase }: WorkingOrder): boolean =>
  phase !== "placing" && seenAt === null;

type Live = ReturnType<ReturnType<typeof ourOrders>["live"]>;

const uncovered = (live: Live, state: ExecutorState | undefined): readonly string[] =>
  live.flatMap((order) => {
    const working = state?.working[order.id];
    if (working === undefined) return [`${named(order)} rests and is not a working order`];
    return heldSize(working) >= remainingOf(order)
      ? []
      : [`${named(order)} rests with ${remainingOf(order)}, reserved are ${heldSize(working)}`];
  });

/** What the executor holds back, against what it believes to have. */
function overdrawn(state: ExecutorState): readonly string[] {
  const exposures = workingOrders(state).map(exposureOf);
  const isClaimed = (token: string): boolean =>
    exposures.some((each) => each.token === token && each.stock > 0);
  const stock = TOKENS.filter(
    (token) => isClaimed(token) && freeStock(state.inventory, token, exposures) < 0,
  );
  const isShort =
    exposures.some(({ cash }) => cash > 0) && freeCash(state.inventory, exposures) < 0;
  return [
    ...stock.map((token) => `more ${token} is reserved than there is`),
    ...(isShort ? ["more cash is reserved than there is"] : []),
  ];
}
