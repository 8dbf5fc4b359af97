/**
 * Where the time of a workload goes, on one page: by room, by function, by kind of event; how many events a
 * simulated second has; and what a step allocates. The first run of the workload is not counted: it compiles.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { playWindow } from "../scripts/arena/window.ts";
import { type ExecutorConfig, type ExecutorState, reducer } from "../src/executor/index.ts";
import { decode } from "../src/journal/index.ts";
import { venueOrderId } from "../src/sim/exchange/index.ts";
import { OUR_ACCOUNT, type TradersName } from "../src/sim/index.ts";
import { world } from "../test/sim/world.ts";
import { profiled, shares } from "./profiles.ts";
import { simulatedWindow } from "./windows.ts";
import { frameToOrder } from "./wire.ts";

/** What a workload did, for the counts beside its times. */
interface Ran {
  readonly simulatedMs: number;
  readonly journals: readonly (readonly string[])[];
  readonly facts: ReadonlyMap<string, number>;
}

const MINUTE_MS = 60_000;
const SEED = 7;
const ROWS = 25;
const NOTHING: Ran = { simulatedMs: 0, journals: [], facts: new Map() };

const WORKLOADS: Readonly<Record<string, () => Promise<() => Promise<Ran>>>> = {
  world: async () => async () => {
    const { journals } = await world({ seed: SEED });
    return { simulatedMs: 5 * MINUTE_MS, journals, facts: new Map() };
  },
  arena: async () => () => arenaWindow(traders, 5 * MINUTE_MS),
  wire: async () => async () => {
    await frameToOrder(["executor"]);
    return NOTHING;
  },
  replay: async () => {
    const { journals } = await windowRun(traders, 5 * MINUTE_MS);
    return async () => {
      for (const lines of journals) for (let round = 0; round < 5; round += 1) refolded(lines);
      return { ...NOTHING, journals };
    };
  },
};
const USAGE = `npm run profile -- ${Object.keys(WORKLOADS).join("|")}
  --traders busy                  calm, busy, recorded or toxic: the other traders of arena and replay
  --out DIR                       where the CPU profile is written (profiles/); open it in Chromium's tools
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    traders: { type: "string", default: "busy" },
    out: { type: "string", default: "profiles" },
    help: { type: "boolean", default: false },
  },
});
const [name = ""] = positionals;
const prepare = WORKLOADS[name];
const traders = values.traders as TradersName;
if (values.help || prepare === undefined || positionals.length > 1) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 2);
}

const run = await prepare();
await run();
const { value, cpuMs, profile, allocated } = await profiled(run);
mkdirSync(values.out, { recursive: true });
const path = `${values.out}/${name}.cpuprofile`;
writeFileSync(path, JSON.stringify(profile));

const { inclusive, own, functions, ownFunctions, totalMs } = shares(profile);
const steps = stepsOf(value.journals);
const stepCount = [...steps.values()].reduce((sum, { count }) => sum + count, 0);
const seconds = value.simulatedMs / 1_000;
line(`${name}: ${ms(cpuMs)} of CPU, ${ms(totalMs)} sampled; ${path}`);
if (seconds > 0) {
  const counted = stepCount > 0 ? `, ${stepCount} steps` : "";
  line(`${(cpuMs / seconds).toFixed(2)} ms of CPU for a simulated second${counted}`);
}
table("rooms, with what they call", share(inclusive, totalMs));
table("rooms alone", share(own, totalMs));
table("functions, with what they call", share(functions, totalMs));
table("functions alone", share(ownFunctions, totalMs));
if (stepCount > 0) {
  table(
    "steps of the executor by event, refolded: us each, how many",
    [...steps]
      .toSorted(([, a], [, b]) => b.totalUs - a.totalUs)
      .map(([kind, { count, totalUs }]) => [
        `${(totalUs / count).toFixed(1).padStart(7)} us ${perSecond(count, seconds)}`,
        kind,
      ]),
  );
}
if (value.facts.size > 0) {
  table(
    "facts of the venue",
    [...value.facts]
      .toSorted(([, a], [, b]) => b - a)
      .map(([kind, count]) => [perSecond(count, seconds), kind]),
  );
}
const bytes = [...allocated.values()].reduce((sum, each) => sum + each, 0);
line(
  `\nallocated: ${(bytes / 1e6).toFixed(0)} MB` +
    (stepCount > 0 ? `, ${(bytes / stepCount / 1e3).toFixed(1)} kB for each step` : ""),
);
table("allocating rooms", share(allocated, bytes));

async function windowRun(others: TradersName, lengthMs: number): Promise<Ran> {
  const facts = new Map<string, number>();
  const { journals } = await simulatedWindow(
    { seed: SEED, traders: others, lengthMs },
    { fact: ({ type }) => facts.set(type, (facts.get(type) ?? 0) + 1) },
  );
  return { simulatedMs: lengthMs, journals: journals.map(({ lines }) => lines()), facts };
}

/** As a contestant plays it: without a journal, and without readers. */
async function arenaWindow(others: TradersName, lengthMs: number): Promise<Ran> {
  const facts = new Map<string, number>();
  const result = await playWindow(
    { seed: SEED, traders: others, lengthMs, parameters: {} },
    { fact: ({ type }) => facts.set(type, (facts.get(type) ?? 0) + 1) },
  );
  if ("failure" in result) throw new Error(result.failure);
  return { simulatedMs: lengthMs, journals: [], facts };
}

interface StepTimes {
  count: number;
  totalUs: number;
}

/** The time of each step by its event, when the journals are folded again: the reducer alone. */
function stepsOf(journals: Ran["journals"]): ReadonlyMap<string, StepTimes> {
  const times = new Map<string, StepTimes>();
  for (const lines of journals) {
    refolded(lines, (kind, us) => {
      const known = times.get(kind) ?? { count: 0, totalUs: 0 };
      times.set(kind, { count: known.count + 1, totalUs: known.totalUs + us });
    });
  }
  return times;
}

function refolded(
  lines: readonly string[],
  took: (kind: string, us: number) => void = () => {},
): void {
  const segment = decode(lines);
  if (segment.type === "problem") throw new Error(segment.detail);
  const { state, config, nonce } = segment.header;
  const { executor } = config as { readonly executor: ExecutorConfig };
  const reduce = reducer(executor, {
    nonce,
    orderId: (ticket) => venueOrderId(OUR_ACCOUNT, ticket),
  });
  let reached = state as ExecutorState;
  for (const { stamped } of segment.steps) {
    const before = performance.now();
    const [next, effects] = reduce(reached, stamped);
    const us = (performance.now() - before) * 1_000;
    const places = effects.some(({ type }) => type === "place");
    took(`${stamped.event.type}${places ? ", places" : ""}`, us);
    reached = next;
  }
}

function share(sums: ReadonlyMap<string, number>, total: number): readonly [string, string][] {
  return [...sums]
    .toSorted(([, a], [, b]) => b - a)
    .map(([each, sum]) => [`${((100 * sum) / total).toFixed(1).padStart(5)} %`, each]);
}

function perSecond(count: number, over: number): string {
  return over > 0 ? `${(count / over).toFixed(2).padStart(8)} a second` : String(count).padStart(8);
}

function table(title: string, rows: readonly (readonly [string, string])[]): void {
  line(`\n${title}`);
  for (const [figure, label] of rows.slice(0, ROWS)) line(`  ${figure}  ${label}`);
}

function ms(time: number): string {
  return `${time.toFixed(0)} ms`;
}

function line(text: string): void {
  process.stdout.write(`${text}\n`);
}
