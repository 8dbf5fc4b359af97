/** The world from the command line: a sweep of seeds, or one seed with its log. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type WorldResult, world } from "../test/sim/world.ts";
import { systemLog } from "../src/runtimes/system.ts";

const USAGE = `npm run world -- --seeds 1..200   sweep; violations, and how to reproduce them
npm run world -- --seed 17        one seed with its log, in virtual time
  --minutes 5                     market minutes per seed
  --log-level info                of a single seed; debug logs everything
  --journals DIR                  writes each seed's result and journals to DIR/SEED.json;
                                  compare two versions of the code with diff -r
  --json                          one JSON line at the end
`;
const PROGRESS_EVERY = 25;

interface Sweep {
  readonly from: number;
  readonly to: number;
  readonly minutes: number;
  readonly hasLog: boolean;
  readonly isJson: boolean;
  /** The folder for journals; null writes none. */
  readonly journals: string | null;
  readonly logLevel: string;
}

function sweep(): Sweep | "help" | null {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: "string" },
        seed: { type: "string" },
        minutes: { type: "string", default: "5" },
        "log-level": { type: "string", default: "info" },
        journals: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return "help";
    const text = values.seeds ?? `${values.seed}..${values.seed}`;
    const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(text)?.map(Number) ?? [];
    const minutes = Number(values.minutes);
    if (from === undefined || to === undefined || from > to || !(minutes > 0)) return null;
    return {
      from,
      to,
      minutes,
      hasLog: values.seeds === undefined,
      isJson: values.json,
      journals: values.journals ?? null,
      logLevel: values["log-level"],
    };
  } catch {
    return null;
  }
}

/** The result as one JSON line, then the lines of each journal; `---` stands between two journals. */
function writeJournals(directory: string, { seed, ...result }: WorldResult): void {
  const { violations, summary, deaths, journals } = result;
  const head = JSON.stringify({ violations, fills: summary.fills, deaths });
  const text = journals.map((lines) => lines.join("\n")).join("\n---\n");
  writeFileSync(join(directory, `${seed}.json`), `${head}\n${text}\n`);
}

const options = sweep();
if (options === null || options === "help") {
  process.stdout.write(USAGE);
  process.exit(options === "help" ? 0 : 2);
}
const { from, to, minutes, hasLog, isJson, journals, logLevel } = options;
if (journals !== null) mkdirSync(journals, { recursive: true });
const startedAt = performance.now();
const failed: number[] = [];
let fills = 0;
let died = 0;
for (let seed = from; seed <= to; seed += 1) {
  const result = await world({
    seed,
    tradingMs: minutes * 60_000,
    ...(hasLog ? { log: (clock) => systemLog({ level: logLevel, clock }) } : {}),
  });
  const { violations, summary, deaths } = result;
  if (journals !== null) writeJournals(journals, result);
  fills += summary.fills;
  died += deaths;
  if ((seed - from + 1) % PROGRESS_EVERY === 0) process.stderr.write(`${seed - from + 1} seeds\n`);
  if (violations.length === 0) continue;
  failed.push(seed);
  for (const violation of violations.slice(0, 10)) {
    process.stdout.write(`seed ${seed}: ${violation}\n`);
  }
  process.stdout.write(`reproduce: npm run world -- --seed ${seed} --minutes ${minutes}\n`);
}
const seeds = to - from + 1;
const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
process.stdout.write(
  isJson
    ? `${JSON.stringify({ seeds, failed, fills, deaths: died, seconds })}\n`
    : `seeds ${seeds}, with violations ${failed.length}, fills ${fills}, deaths ${died}, ${seconds} s\n`,
);
process.exit(failed.length === 0 ? 0 : 1);
