/** Compares the books of the simulated `busy` traders with recorded ones, figure by figure. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PRESETS } from "../src/sim/traders/presets.ts";
import { compared, isAlike, type Row, TOLERANCE, UNKNOWN } from "./calibration/compared.ts";
import { recordedFrames, recordedSports, recordedWallet } from "./calibration/recorded.ts";
import { simulated } from "./calibration/simulated.ts";
import { tallied } from "./calibration/tally.ts";

const USAGE = `npm run venue:calibrate -- ../shared/data   compares recorded books and trades with --traders busy
  --seed 1       of the simulation
  --windows 4    how many, five minutes each
  --json         one JSON line per figure
Exit code 1 if a figure is off by more than ${TOLERANCE * 100} %, 2 if there is nothing to compare with.
`;
const WINDOWS_MAX = 100;

function parsedOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        seed: { type: "string", default: "1" },
        windows: { type: "string", default: "4" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return "help";
    const [dir = "../shared/data"] = positionals;
    const [seed, windows] = [Number(values.seed), Number(values.windows)];
    const isRight =
      positionals.length <= 1 &&
      Number.isSafeInteger(seed) &&
      Number.isInteger(windows) &&
      windows >= 1 &&
      windows <= WINDOWS_MAX;
    return isRight ? { dir, seed, windows, isJson: values.json } : null;
  } catch {
    return null;
  }
}

const options = parsedOptions();
if (options === null || options === "help") {
  process.stdout.write(USAGE);
  process.exit(options === "help" ? 0 : 2);
}
const { dir, seed, windows, isJson } = options;
if (!existsSync(join(dir, "real"))) {
  process.stderr.write(
    `${join(dir, "real")} is not there: the recordings are no part of the repository. ` +
      "Give the folder that holds real/.\n",
  );
  process.exit(2);
}

const real = {
  books: tallied(recordedFrames(dir)),
  wallet: recordedWallet(dir),
  sports: recordedSports(dir),
};
const { frames, ...trades } = simulated(PRESETS.busy, seed, windows);
const rows = compared(real, { books: tallied(frames), ...trades });
for (const row of rows) process.stdout.write(`${isJson ? JSON.stringify(row) : lineOf(row)}\n`);
if (!isJson) for (const what of UNKNOWN) process.stdout.write(`not recorded: ${what}\n`);
process.exit(rows.every(isAlike) ? 0 : 1);

function lineOf(row: Row): string {
  const { figure, unit, aside } = row;
  const [recorded, simulates] = [row.recorded, row.simulated].map((value) =>
    String(Number(value.toPrecision(3))).padStart(6),
  );
  const off = Math.round((row.simulated / row.recorded - 1) * 100);
  const judged = isAlike(row) ? "" : "  TOO FAR";
  return (
    `${figure.padEnd(36)} recorded ${recorded}  simulated ${simulates} ${unit}, ` +
    `${off >= 0 ? "+" : ""}${off} %${judged}${aside === null ? "" : `  (not held to it: ${aside})`}`
  );
}
