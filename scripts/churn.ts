/** What quoting costs in requests, and how long orders keep their place: the same seeded windows for each set of parameters. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { simulatedWindow } from "../bench/windows.ts";
import type { Transition } from "../src/executor/index.ts";
import { TRADERS_NAMES, type TradersName } from "../src/sim/index.ts";
import type { MonotonicMs, OrderId } from "../src/types/index.ts";

const USAGE = `npm run churn -- [FILE…]          one row for each parameter file, and one for the defaults
  --traders calm,busy   who else trades
  --windows 6           seeds 1 to that, five minutes each in virtual time
`;
const LENGTH_MS = 300_000;

interface Row {
  intents: number;
  places: number;
  cancels: number;
  fills: number;
  pnlUsdc: number;
  readonly agesMs: number[];
}

/** Milliseconds from an order's decision to each of its fills. */
function ageCounter(agesMs: number[]): (transition: Transition) => void {
  const placedAt = new Map<OrderId, MonotonicMs>();
  const seen = new Set<string>();
  return ({ input: { event, at }, effects }) => {
    for (const effect of effects) {
      if (effect.type !== "place") continue;
      for (const { orderId } of effect.legs) placedAt.set(orderId, at.monotonicMs);
    }
    if (event.type !== "trade.reported") return;
    for (const { orderId } of event.report.fills) {
      const since = placedAt.get(orderId);
      const key = `${event.report.id} ${orderId}`;
      if (since === undefined || seen.has(key)) continue;
      seen.add(key);
      agesMs.push(at.monotonicMs - since);
    }
  };
}

async function measured(traders: TradersName, windows: number, parameters: unknown): Promise<Row> {
  const row: Row = { intents: 0, places: 0, cancels: 0, fills: 0, pnlUsdc: 0, agesMs: [] };
  for (let seed = 1; seed <= windows; seed += 1) {
    const aged = ageCounter(row.agesMs);
    const { fills, pnlUsdc } = await simulatedWindow(
      { seed, traders, lengthMs: LENGTH_MS, parameters },
      {
        transition: (transition) => {
          aged(transition);
          if (transition.input.event.type === "intent.published") row.intents += 1;
          for (const effect of transition.effects) {
            if (effect.type === "place") row.places += effect.legs.length;
            if (effect.type === "cancel") row.cancels += effect.orderIds.length;
          }
        },
      },
    );
    row.fills += fills;
    row.pnlUsdc += pnlUsdc;
  }
  return row;
}

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * q)] ?? NaN;

const isTradersName = (name: string): name is TradersName =>
  (TRADERS_NAMES as readonly string[]).includes(name);

function parsedOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        traders: { type: "string", default: "calm,busy" },
        windows: { type: "string", default: "6" },
      },
    });
    const traders = values.traders.split(",");
    const windows = Number(values.windows);
    if (!traders.every(isTradersName) || !Number.isInteger(windows) || windows < 1) return null;
    return { files: positionals, traders: traders.filter(isTradersName), windows };
  } catch {
    return null;
  }
}

const options = parsedOptions();
if (options === null) {
  process.stdout.write(USAGE);
  process.exit(2);
}
const { files, traders, windows } = options;
const sets = [
  { name: "defaults", parameters: {} as unknown },
  ...files.map((name) => ({
    name,
    parameters: JSON.parse(readFileSync(name, "utf8")) as unknown,
  })),
];
const minutes = (windows * LENGTH_MS) / 60_000;
for (const name of traders) {
  for (const set of sets) {
    const { intents, places, cancels, fills, pnlUsdc, agesMs } = await measured(
      name,
      windows,
      set.parameters,
    );
    const perMinute = (count: number): string => (count / minutes).toFixed(1);
    process.stdout.write(
      `${name} ${set.name}: per minute ${perMinute(intents)} intents, ${perMinute(places)} places, ` +
        `${perMinute(cancels)} cancels, ${perMinute(fills)} fills; age at fill ` +
        `${(quantile(agesMs, 0.5) / 1_000).toFixed(2)} s median, ` +
        `${(quantile(agesMs, 0.9) / 1_000).toFixed(2)} s at 90 %; ` +
        `PnL ${(pnlUsdc / windows).toFixed(2)} USDC a window\n`,
    );
  }
}
