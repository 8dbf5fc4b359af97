/** Finished windows on disk, one JSON line each, under a key of everything that determines them. */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Contestant } from "./options.ts";
import type { WindowFigures } from "./windowFigures.ts";

export interface WindowKey {
  /** Of the code that plays windows: `codeVersion`. */
  readonly code: string;
  readonly contestant: Pick<Contestant, "strategy" | "file" | "config">;
  readonly traders: string;
  readonly lengthMs: number;
  readonly seed: number;
}

/** The same for the same window, by whatever label a contestant goes. */
export function keyOf({ code, contestant, traders, lengthMs, seed }: WindowKey): string {
  const { strategy, file, config } = contestant;
  const { strategy: quoting, executor, deadlines } = config;
  const played = sorted({ quoting, executor, deadlines });
  const parts = [
    code,
    file === null ? strategy : [strategy, file.hash],
    played,
    traders,
    lengthMs,
    seed,
  ];
  return hex(JSON.stringify(parts));
}

/** The order in which parameters are written down does not change a window. */
const sorted = (value: unknown): unknown =>
  typeof value !== "object" || value === null || Array.isArray(value)
    ? value
    : Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, each]) => [name, sorted(each)]);

const hex = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32);

/** What plays a window, beside `src`: what only reads finished ones may change without playing them again. */
export const PLAYING = [
  "hedge.ts",
  "recorder.ts",
  "strategies.ts",
  "window.ts",
  "windowFigures.ts",
];

/** A hash of the sources that determine a window, of the packages they use, and of the version of Node. */
export function codeVersion(root: string, node: string): string {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join("src", path))
    .concat(
      PLAYING.map((name) => join("scripts/arena", name)),
      "package-lock.json",
    )
    .toSorted();
  return hex(JSON.stringify([node, ...files.map((path) => [path, hexOf(join(root, path))])]));
}

const hexOf = (path: string): string => hex(readFileSync(path, "utf8"));

/** A line of the file. All but the key and the figures is for people. */
export interface KeptWindow {
  readonly key: string;
  readonly strategy: string;
  readonly traders: string;
  readonly lengthMs: number;
  readonly seed: number;
  readonly figures: WindowFigures;
}

export interface Kept {
  readonly windows: ReadonlyMap<string, WindowFigures>;
  /** Lines that cannot be read, such as one that a killed run has begun. */
  readonly unread: number;
}

export function keptIn(text: string): Kept {
  const windows = new Map<string, WindowFigures>();
  let unread = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    try {
      const { key, figures }: KeptWindow = JSON.parse(line);
      if (typeof key !== "string" || !Array.isArray(figures.agesMs)) throw new Error("no window");
      windows.set(key, figures);
    } catch {
      unread += 1;
    }
  }
  return { windows, unread };
}

export interface KeptFile extends Kept {
  readonly path: string;
  /** On disk when it returns. */
  readonly keep: (window: KeptWindow) => void;
}

/** Makes the folder where it is missing. @throws where it cannot be made, or the file not be read. */
export function keptFile(folder: string): KeptFile {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "windows.ndjson");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  // After a half-written line the next one must not become a part of it.
  if (text !== "" && !text.endsWith("\n")) appendFileSync(path, "\n");
  return {
    ...keptIn(text),
    path,
    keep: (window) => appendFileSync(path, `${JSON.stringify(window)}\n`),
  };
}
