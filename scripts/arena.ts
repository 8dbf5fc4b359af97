/** Lets strategies quote in the same simulated windows, and says what each of them is worth there. */
import { statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { causeOf } from "../src/types/index.ts";
import {
  type ArenaFigure,
  type Entrant,
  figuresOfEntrant,
  figuresOfPairs,
} from "./arena/arenaFigures.ts";
import { codeVersion, keptFile, keyOf } from "./arena/kept.ts";
import { type Contestant, USAGE, filesIn, optionsOf } from "./arena/options.ts";
import { pool } from "./arena/pool.ts";
import { readStrategy } from "./arena/strategies.ts";
import { type PresetReport, arenaPage } from "./arena/report.ts";
import { lengthText, progressText, tableOf } from "./arena/table.ts";
import type { WindowEntry } from "./arena/window.ts";
import type { WindowFigures } from "./arena/windowFigures.ts";

const PROGRESS_EVERY_MS = process.stderr.isTTY ? 1_000 : 15_000;
const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Ends the process: nothing has begun that would have to be closed. */
function refused(problems: readonly string[]): never {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.stderr.write("npm run arena -- --help says what there is\n");
  process.exit(2);
}

const args = process.argv.slice(2);
const asked = optionsOf(args, {
  cores: availableParallelism(),
  isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
  files: new Map(
    await Promise.all(
      [...new Set(filesIn(args))].map(async (path) => [path, await readStrategy(path)] as const),
    ),
  ),
});
if (asked.type === "help") {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (asked.type === "refused") refused(asked.problems);
const { contestants, traders, seeds, lengthMs, out, workers, isJson, html } = asked.options;

const kept = (() => {
  try {
    return keptFile(out);
  } catch (cause) {
    return refused([`--out: ${causeOf(cause)}`]);
  }
})();
if (kept.unread > 0)
  process.stderr.write(`${kept.path}: lines that cannot be read, ${kept.unread}\n`);

interface Job extends WindowEntry {
  readonly key: string;
  readonly strategy: string;
}

const code = codeVersion(ROOT, process.version);
const jobOf = (
  { strategy, file, parameters, config }: Contestant,
  preset: Job["traders"],
  seed: number,
): Job => ({
  key: keyOf({ code, contestant: { strategy, file, config }, traders: preset, lengthMs, seed }),
  strategy,
  seed,
  traders: preset,
  lengthMs,
  parameters,
  file,
});
// One seed after the other, so that what is done first is whole pairs.
const jobs = seeds.flatMap((seed) =>
  traders.flatMap((preset) => contestants.map((it) => jobOf(it, preset, seed))),
);
const finished = new Map<string, WindowFigures>();
for (const { key } of jobs) {
  const figures = kept.windows.get(key);
  if (figures !== undefined) finished.set(key, figures);
}
// Two contestants that are the same share their windows.
const open = [...new Map(jobs.map((job) => [job.key, job])).values()].filter(
  ({ key }) => !finished.has(key),
);
const failures = new Map<string, string>();
const cpu = new Map<string, { windows: number; ms: number }>();
const before = finished.size;
const all = before + open.length;
const startedAt = performance.now();
const elapsedMs = (): number => performance.now() - startedAt;

const progress = (isLast = false): void => {
  const done = finished.size + failures.size;
  const text = progressText({
    done,
    kept: before,
    failed: failures.size,
    all,
    elapsedMs: elapsedMs(),
  });
  const [start, end] = process.stderr.isTTY ? ["\r\u001B[K", isLast ? "\n" : ""] : ["", "\n"];
  process.stderr.write(`${start}${text}${end}`);
};
if (before > 0) process.stderr.write(`${before} windows are kept in ${kept.path}\n`);

const playing = pool(open, { workers }, (job, { result, cpuMs }) => {
  const spent = cpu.get(job.traders) ?? { windows: 0, ms: 0 };
  cpu.set(job.traders, { windows: spent.windows + 1, ms: spent.ms + cpuMs });
  if ("failure" in result) {
    failures.set(job.key, result.failure);
    return;
  }
  const { key, strategy, traders: preset, lengthMs: ms, seed } = job;
  kept.keep({ key, strategy, traders: preset, lengthMs: ms, seed, figures: result });
  finished.set(job.key, result);
});
const timer = setInterval(progress, PROGRESS_EVERY_MS);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    playing.stop();
    progress(true);
    process.stderr.write(`stopped; ${kept.path} keeps what is done, the same call continues\n`);
    process.exit(130);
  });
await playing.done;
clearInterval(timer);
if (open.length > 0) progress(true);
for (const [preset, { windows, ms }] of cpu)
  process.stderr.write(
    `${preset}: ${(ms / windows / 1_000).toFixed(2)} s of CPU a window, ${windows} played\n`,
  );

const say = (text: string): void => {
  if (!isJson) process.stdout.write(`${text}\n`);
};
const json = (value: object): void => {
  if (isJson) process.stdout.write(`${JSON.stringify(value)}\n`);
};
/** Fewer windows drawn again show too little of what may happen. */
const WINDOWS_TOO_FEW = 20;
const few =
  seeds.length < WINDOWS_TOO_FEW
    ? `; with fewer than ${WINDOWS_TOO_FEW} windows the intervals are too narrow`
    : "";
const length = `${seeds.length} windows of ${lengthText(lengthMs)}, seeds ${seeds[0]} to ${seeds.at(-1)}${few}`;
const reports = traders.map(reported);
if (html !== null) {
  const names = contestants.map(({ label }) => label).join(", ");
  const about = `${length}. Each is played by ${names} with the same prices and the same other traders. Money is what the window paid; delta-hedged is without what the moves of the reference made of what was held; intervals are 95 % of windows drawn again.`;
  writeFileSync(html, arenaPage(`Arena: ${names}`, about, reports));
}
process.exit(reports.every((report) => report.failures.length === 0) ? 0 : 1);

function reported(preset: Job["traders"]): PresetReport {
  const entrants = contestants.map((it): Entrant => ({
    label: it.label,
    windows: seeds.flatMap((seed) => {
      const figures = finished.get(jobOf(it, preset, seed).key);
      return figures === undefined ? [] : [{ seed, figures }];
    }),
  }));
  const [first, ...others] = entrants;
  const pairs = others.flatMap((other) =>
    first === undefined ? [] : [{ minus: other.label, ...figuresOfPairs(first, other, preset) }],
  );
  const figures: readonly ArenaFigure[] = [
    ...entrants.flatMap((it) => figuresOfEntrant(it, preset, lengthMs)),
    ...pairs.flatMap((it) => it.figures),
  ];
  say(`\n${preset}: ${length}`);
  for (const text of tableOf(figures)) say(text);
  for (const each of figures) json(each);
  const failed = contestants.flatMap((it) =>
    seeds.flatMap((seed) => {
      const failure = failures.get(jobOf(it, preset, seed).key);
      if (failure === undefined) return [];
      json({ traders: preset, contestant: it.label, seed, failure });
      return [`${it.label} with ${preset}, seed ${seed}, failed: ${failure}`];
    }),
  );
  const unlike = pairs.flatMap(({ minus, pairing }) =>
    pairing.unlike.map(
      (seed) => `${first?.label} and ${minus} with ${preset}, seed ${seed}: not the same window`,
    ),
  );
  for (const text of [...failed, ...unlike]) process.stderr.write(`${text}\n`);
  return {
    traders: preset,
    labels: contestants.map(({ label }) => label),
    figures,
    pairs,
    failures: [...failed, ...unlike],
  };
}
