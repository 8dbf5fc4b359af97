/**
 * Markets that trade on one account, as the account sees them: executors that act on limits they hear late or twice, a
 * chain that settles, fails and lags, digests that are late, readings of the balance. All of it in any order.
 */
import fc from "fast-check";
import {
  type AccountConfig,
  type AccountInput,
  type AccountState,
  type AccountStep,
  type MarketDigest,
  initial,
  step,
} from "../../src/account/index.ts";
import {
  type MarketId,
  type MarketLimits,
  type MicroUsdc,
  marketId,
  microShares,
  microUsdc,
  referencePrice,
} from "../../src/types/index.ts";
import { deepFreeze, dollars, instant } from "../support/builders.ts";
import { END, digest as emptyDigest, openedMarket } from "./builders.ts";

type Status = "matched" | "mined" | "confirmed" | "failed";

interface Trade {
  /** In dollars of millionths: below 0 where it was bought. */
  readonly flow: number;
  readonly shares: number;
  status: Status;
}

/** What an executor does with its limits, and what the account is told of it. */
interface Executor {
  readonly id: MarketId;
  acting: MarketLimits;
  readonly inbox: MarketLimits[];
  readonly orders: number[];
  readonly trades: Trade[];
  readonly mail: MarketDigest[];
  isRead: boolean;
  isOver: boolean;
  isOpen: boolean;
  deltaPerPercent: number | null;
  refusals: number;
  bid: number;
}

export interface Move {
  readonly what: number;
  readonly pick: number;
  readonly luck: number;
}

export const anyTrading = (maxLength = 400): fc.Arbitrary<readonly Move[]> =>
  fc.array(
    fc.record({
      what: fc.nat({ max: 9_999 }),
      pick: fc.nat({ max: 9_999 }),
      luck: fc.nat({ max: 999 }),
    }),
    { minLength: 40, maxLength, size: "max" },
  );

export interface TradingStep {
  readonly before: AccountState;
  readonly input: AccountInput;
  readonly made: AccountStep;
}

export interface TradingOptions {
  readonly config: AccountConfig;
  readonly cash: number;
  readonly markets: number;
  /** Cash that comes from or goes outside. */
  readonly isOutsideMoving: boolean;
  readonly observe?: (step: TradingStep) => void;
}

export interface Trading {
  readonly state: () => AccountState;
  readonly make: (move: Move) => void;
  /** Everybody hears what waits, everything settles, and the clock ticks so often. */
  readonly calm: (ticks: number) => readonly AccountStep[];
  /** What the chain has, less all that trades and orders may still take of it. */
  readonly uncommitted: () => number;
  readonly cash: () => number;
}

export function trading({
  config,
  cash: initialCash,
  markets,
  isOutsideMoving,
  observe = () => undefined,
}: TradingOptions): Trading {
  let elapsedMs = 0;
  let state = initial(null, instant(0));
  let cash: number = dollars(initialCash);
  let readings: { readonly cash: number; readonly beganMs: number }[] = [];
  const executors = Array.from({ length: markets }, (_, at): Executor => newExecutor(at));

  const hear = (input: AccountInput): AccountStep => {
    const before = state;
    const made = step(deepFreeze(state), deepFreeze(input), config);
    state = made.state;
    for (const { market, limits } of made.limits) {
      executors.find(({ id }) => id === market)?.inbox.push(limits);
    }
    observe({ before, input, made });
    return made;
  };
  const at = () => instant(elapsedMs);

  const open = (executor: Executor): void => {
    const index = executors.indexOf(executor);
    hear({
      type: "market.opened",
      at: at(),
      ...openedMarket({
        market: executor.id,
        series: ["btc-5m", "btc-15m", "eth-5m"][index % 3] ?? null,
        reference: index % 4 === 3 ? null : (["BTC", "ETH"][index % 2] ?? null),
        endsAt: (END + (index % 3) * 300_000) as typeof END,
        strike: referencePrice(60_000_000_000 + (index % 5) * 1_000_000),
        wants: dollars([50, 50, 200, 25.5][index % 4] ?? 50),
      }),
    });
    const first = executor.inbox.pop();
    if (first !== undefined) executor.acting = first;
    executor.inbox.length = 0;
    executor.isOpen = true;
    executor.isRead = false;
  };

  const changed = (executor: Executor): void => {
    if (executor.isOpen) executor.mail.push(digestOf(executor, elapsedMs));
  };

  const place = (executor: Executor, luck: number): void => {
    const { acting, isRead, isOver, isOpen, orders } = executor;
    if (!isOpen || !isRead || isOver || orders.length > 8) return;
    const free = acting.cash - spentOf(executor) - sum(orders);
    const wanted = Math.floor((free * (1 + (luck % 4))) / 4);
    if (wanted <= 0) return;
    orders.push(wanted);
    changed(executor);
  };

  const fill = (executor: Executor, luck: number): void => {
    const [order] = executor.orders;
    if (order === undefined) return;
    const part = Math.max(1, Math.floor((order * (1 + (luck % 4))) / 4));
    if (part === order) executor.orders.shift();
    else executor.orders[0] = order - part;
    executor.trades.push({ flow: -part, shares: part * 2, status: "matched" });
    changed(executor);
  };

  const sell = (executor: Executor, luck: number): void => {
    const owned = sharesOf(executor);
    if (owned <= 0 || !executor.isOpen) return;
    const sold = Math.max(1, Math.floor((owned * (1 + (luck % 4))) / 4));
    executor.trades.push({ flow: Math.floor(sold * 0.6), shares: -sold, status: "matched" });
    changed(executor);
  };

  const settle = (executor: Executor, luck: number): void => {
    const trade = executor.trades.find(({ status }) => status === "matched" || status === "mined");
    if (trade === undefined) return;
    const isMined = trade.status === "mined";
    const isFailed = luck % 10 === 0;
    trade.status = isFailed ? "failed" : isMined ? "confirmed" : "mined";
    if (isFailed && isMined) cash -= trade.flow;
    if (!isFailed && !isMined) cash += trade.flow;
    changed(executor);
  };

  const endOf = (executor: Executor): void => {
    executor.isOver = true;
    changed(executor);
  };

  const leave = (executor: Executor): void => {
    if (!executor.isOpen) return;
    executor.isOpen = false;
    // Its digests are in order with its leaving.
    while (executor.mail.length > 0) deliver(executor);
    hear({ type: "market.left", market: executor.id, at: at() });
  };

  function deliver(executor: Executor): void {
    const digest = executor.mail.shift();
    if (digest === undefined) return;
    hear({ type: "market.changed", market: executor.id, digest, at: at() });
  }

  const hearLimits = (executor: Executor, luck: number): void => {
    const limits = executor.inbox[0];
    if (limits === undefined || !executor.isOpen) return;
    // One in four comes twice, one in eight never.
    if (luck % 4 !== 0) executor.inbox.shift();
    if (luck % 8 === 1) return;
    if (limits.seq <= executor.acting.seq) return;
    executor.acting = limits;
    changed(executor);
  };

  const read = (luck: number): void => {
    const reading = readings.shift();
    if (reading === undefined || luck % 5 === 0) return;
    hear({
      type: "cash.read",
      cash: microUsdc(reading.cash),
      beganAt: instant(reading.beganMs).monotonicMs,
      at: at(),
    });
  };

  const acts: readonly (readonly [number, (executor: Executor, luck: number) => unknown])[] = [
    [6, (executor) => executor.isOpen || open(executor)],
    [
      6,
      (executor) => {
        if (!executor.isOpen) return;
        executor.isRead = true;
        changed(executor);
      },
    ],
    [14, place],
    [12, fill],
    [6, sell],
    [14, settle],
    [
      6,
      (executor) => {
        if (executor.orders.shift() !== undefined) changed(executor);
      },
    ],
    [24, deliver],
    [14, hearLimits],
    [
      4,
      () => {
        if (readings.length < 4) readings.push({ cash, beganMs: elapsedMs });
      },
    ],
    [4, (_, luck) => read(luck)],
    [1, endOf],
    [3, leave],
    [
      2,
      (executor, luck) => {
        executor.deltaPerPercent = luck < 200 ? null : (luck - 500) / 300;
        executor.refusals += luck % 3;
        executor.bid = 1_000 + luck * 8;
        changed(executor);
      },
    ],
    [
      isOutsideMoving ? 2 : 0,
      (_, luck) => {
        cash += dollars(luck < 500 ? -Math.min(luck, cash / 1_000_000 / 4) : luck - 500);
      },
    ],
    [4, () => hear({ type: "clock", at: at() })],
    [1, (_, luck) => luck < 300 && calm(16)],
    [
      1,
      (_, luck) => {
        const limit = Object.keys(config.limits)[luck % 9] ?? "none";
        hear({ type: "limit.cleared", limit, reason: "seen", who: "operator", at: at() });
      },
    ],
  ];
  const total = acts.reduce((acc, [weight]) => acc + weight, 0);

  const make = ({ what, pick, luck }: Move): void => {
    elapsedMs += luck > 970 ? 12_000 : ([0, 10, 500, 3_000][luck % 4] ?? 0);
    const executor = executors[pick % executors.length];
    let left = what % total;
    for (const [weight, act] of acts) {
      if (left < weight && executor !== undefined) return void act(executor, luck);
      left -= weight;
    }
  };

  const calm = (ticks: number): readonly AccountStep[] => {
    const steps: AccountStep[] = [];
    for (let tick = 0; tick < ticks; tick += 1) {
      elapsedMs += 1_000;
      for (const executor of executors) {
        for (const trade of executor.trades) {
          if (trade.status === "matched") cash += trade.flow;
          if (trade.status !== "failed") trade.status = "confirmed";
        }
        if (executor.isOpen) {
          executor.isRead = true;
          const newest = executor.inbox.at(-1);
          executor.inbox.length = 0;
          if (newest !== undefined && newest.seq > executor.acting.seq) executor.acting = newest;
        }
        executor.mail.length = 0;
        const now = digestOf(executor, elapsedMs);
        const seen = JSON.stringify({ ...now, mark: null });
        if (executor.isOpen && said.get(executor.id) !== seen) {
          said.set(executor.id, seen);
          steps.push(hear({ type: "market.changed", market: executor.id, digest: now, at: at() }));
        }
      }
      readings = [];
      if (tick % 5 === 0) {
        readings.push({ cash, beganMs: elapsedMs });
        read(1);
      }
      steps.push(hear({ type: "clock", at: at() }));
    }
    return steps;
  };
  const said = new Map<MarketId, string>();

  readings.push({ cash, beganMs: 0 });
  read(1);
  return {
    state: () => state,
    make,
    calm,
    cash: () => cash,
    uncommitted: () =>
      executors.reduce((left, { trades, orders }) => {
        const under = trades.filter(({ status }) => status === "matched");
        return left + sum(under.map(({ flow }) => Math.min(0, flow))) - sum(orders);
      }, cash),
  };
}

const newExecutor = (at: number): Executor => ({
  id: marketId(`m${at}`),
  acting: { seq: 0, cash: microUsdc(0), level: "normal", widenBp: 0, hits: [] },
  inbox: [],
  orders: [],
  trades: [],
  mail: [],
  isRead: false,
  isOver: false,
  isOpen: false,
  deltaPerPercent: 0.01,
  refusals: 0,
  bid: 5_000,
});

const sum = (values: readonly number[]): number => values.reduce((acc, value) => acc + value, 0);

const spentOf = ({ trades }: Executor): MicroUsdc =>
  microUsdc(
    -sum(
      trades
        .filter(({ flow, status }) => status === "confirmed" || (flow < 0 && status !== "failed"))
        .map(({ flow }) => flow),
    ),
  );

const sharesOf = ({ trades }: Executor): number =>
  sum(trades.filter(({ status }) => status !== "failed").map(({ shares }) => shares));

function digestOf(executor: Executor, elapsedMs: number): MarketDigest {
  const { trades, orders, acting, deltaPerPercent, refusals, bid } = executor;
  const settled = trades.filter(({ status }) => status === "mined" || status === "confirmed");
  const standing = trades.filter(({ status }) => status !== "failed");
  const reserved = sum(orders);
  const owned = sharesOf(executor);
  return emptyDigest({
    isRead: executor.isRead,
    limitsSeq: acting.seq,
    spent: spentOf(executor),
    reserved: microUsdc(reserved),
    settledFlow: microUsdc(sum(settled.map(({ flow }) => flow))),
    incoming: microUsdc(
      sum(
        standing
          .filter(({ flow, status }) => flow > 0 && status !== "mined" && status !== "confirmed")
          .map(({ flow }) => flow),
      ),
    ),
    isQuiet: trades.every(({ status }) => status === "confirmed" || status === "failed"),
    mayRest: orders.length > 0,
    isOver: executor.isOver,
    stock: { YES: microShares(owned), NO: microShares(0) },
    worstUp: microShares(owned + reserved * 2),
    worstDown: microShares(0),
    lostIf: { YES: microUsdc(0), NO: microUsdc(reserved) },
    flow: microUsdc(sum(standing.map(({ flow }) => flow))),
    deltaPerPercent,
    deltaPerSigma: deltaPerPercent,
    mark: { YES: bid as never, NO: null, at: instant(elapsedMs).monotonicMs },
    counts: { refusals, failedTrades: 0, differences: 0 },
  });
}
