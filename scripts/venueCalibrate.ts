/** Compares the books of the simulated traders with recorded ones, figure by figure, the presets side by side. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PRESETS, TRADERS_NAMES } from "../src/sim/traders/presets.ts";
import { compared, FITTED, isAlike, type Row, TOLERANCE, UNKNOWN } from "./calibration/compared.ts";
import { recordedFrames, recordedSports, recordedWallet } from "./calibration/recorded.ts";
import { simulated } from "./calibration/simulated.ts";
import { tallied } from "./calibration/tally.ts";

/** Those that trade, or there would be no figure. */
const NAMES = TRADERS_NAMES.filter((name) => PRESETS[name].takers.length > 0);

const USAGE = `npm run venue:calibrate -- ../shared/data   compares recorded books and trades with the simulated traders
  --seed 1       of the simulation
  --windows 8    how many, five minutes each
  --traders ${NAMES.join(",")}   which presets, side by side
  --json         one JSON line per figure
Exit code 1 if a figure of "${FITTED}", which is fitted to them, is off by more than ${TOLERANCE * 100} % (markouts: by more than a
quarter of a cent as well), 2 if there is nothing to compare with.
`;
const WINDOWS_MAX = 100;

function parsedOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        seed: { type: "string", default: "1" },
        windows: { type: "string", default: "8" },
        traders: { type: "string", default: NAMES.join(",") },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return "help";
    const [dir = "../shared/data"] = positionals;
    const [seed, windows] = [Number(values.seed), Number(values.windows)];
    const traders = NAMES.filter((name) => values.traders.split(",").includes(name));
    const isRight =
      positionals.length <= 1 &&
      Number.isSafeInteger(seed) &&
      Number.isInteger(windows) &&
      windows >= 1 &&
      windows <= WINDOWS_MAX &&
      traders.length === values.traders.split(",").length;
    return isRight ? { dir, seed, windows, traders, isJson: values.json } : null;
  } catch {
    return null;
  }
}

const options = parsedOptions();
if (options === null || options === "help") {
  process.stdout.write(USAGE);
  process.exit(options === "help" ? 0 : 2);
}
const { dir, seed, windows, traders, isJson } = options;
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
const presets = Object.fromEntries(
  traders.map((name) => {
    const { frames, ...trades } = simulated(PRESETS[name], seed, windows);
    return [name, { books: tallied(frames), ...trades }];
  }),
);
const rows = compared(real, presets);
const isHeld = traders.includes(FITTED);
if (!isJson) process.stdout.write(`${lineOf("", "recordings", traders)}\n`);
for (const row of rows) process.stdout.write(`${isJson ? JSON.stringify(row) : shown(row)}\n`);
if (!isJson) for (const what of UNKNOWN) process.stdout.write(`not recorded: ${what}\n`);
process.exit(isHeld && !rows.every((row) => isAlike(row)) ? 1 : 0);

function shown(row: Row): string {
  const { figure, unit, recorded, aside } = row;
  const text = (value: number): string => String(Number(value.toPrecision(3)));
  const simulates = traders.map((name) => text(row.simulated[name] ?? NaN));
  const judged = !isHeld || isAlike(row) ? "" : "  TOO FAR";
  const why = aside === null ? "" : `  (not held to it: ${aside})`;
  return `${lineOf(figure, text(recorded), simulates)}  ${unit}${judged}${why}`;
}

function lineOf(figure: string, recorded: string, others: readonly string[]): string {
  return `${figure.padEnd(36)}${[recorded, ...others].map((one) => one.padStart(11)).join("")}`;
}
