/** The world from the command line: a sweep of seeds, or one of them told as a story. */
import { parseArgs } from "node:util";
import { systemLog } from "../src/app/runtime.ts";
import { world } from "../test/sim/world.ts";

const USAGE = `npm run world -- --seeds 1..200   sweep
npm run world -- --seed 17        one seed, with its log
  --minutes 5                     market minutes per seed
  --json                          one JSON line at the end
`;

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    minutes: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const range = /^(\d+)\.\.(\d+)$/.exec(values.seeds ?? `${values.seed}..${values.seed}`);
const tradingMs = Number(values.minutes) * 60_000;
if (values.help || !range || !(tradingMs > 0)) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 2);
}

const log = values.seed === undefined ? undefined : systemLog({ level: "debug" });
const startedAt = performance.now();
const failed: number[] = [];
let fills = 0;
let count = 0;
for (let seed = Number(range[1]); seed <= Number(range[2]); seed += 1) {
  const { violations, summary } = await world({ seed, tradingMs, ...(log ? { log } : {}) });
  count += 1;
  fills += summary.fills;
  if (violations.length === 0) continue;
  failed.push(seed);
  for (const violation of violations.slice(0, 10))
    process.stdout.write(`seed ${seed}: ${violation}\n`);
  process.stdout.write(`reproduce: npm run world -- --seed ${seed} --minutes ${values.minutes}\n`);
}
const seconds = (performance.now() - startedAt) / 1000;
const result = { seeds: count, failed, fills, seconds: Math.round(seconds * 10) / 10 };
process.stdout.write(
  values.json
    ? `${JSON.stringify(result)}\n`
    : `${count} seeds, ${failed.length} with violations, ${fills} fills, ${result.seconds} s\n`,
);
process.exit(failed.length === 0 ? 0 : 1);
