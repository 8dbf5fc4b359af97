/** The strategies that can be entered, by name or from a file, and how the program is told to quote by one. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { loadStrategies } from "../../src/cli/strategyFiles.ts";
import { type AnyStrategy, BUILT_IN } from "../../src/streams/strategy/index.ts";
import { ConfigError, isRecord } from "../../src/types/index.ts";

export const STRATEGIES: readonly string[] = BUILT_IN.map(({ name }) => name);

/** Parameters as in a file, with the strategy chosen. */
export const choosing = (name: string, parameters: Readonly<Record<string, unknown>>): object => ({
  ...parameters,
  strategy: { ...(isRecord(parameters["strategy"]) ? parameters["strategy"] : {}), name },
});

/** A file by its whole path, and a hash of its bytes; what it imports is not in the hash. */
export interface StrategyFile {
  readonly path: string;
  readonly hash: string;
}

export interface FileRead {
  readonly hash: string;
  readonly strategy: AnyStrategy;
}

/** A file, loaded once in a process; a text says what is wrong, a line each. */
export async function readStrategy(path: string): Promise<FileRead | readonly string[]> {
  const { byPath } = await loadStrategies([path]);
  const found = byPath.get(path);
  if (found === undefined || "problems" in found) return found?.problems ?? [];
  return { strategy: found, hash: createHash("sha256").update(readFileSync(path)).digest("hex") };
}

/**
 * For the process that plays a window: the file has to be the one that the window's key was made of.
 * @throws ConfigError where it is not, or cannot be loaded.
 */
export async function strategyOf({ path, hash }: StrategyFile): Promise<AnyStrategy> {
  const read = await readStrategy(path);
  if (!("hash" in read)) throw new ConfigError([...read]);
  if (read.hash !== hash) throw new ConfigError([`${path} has changed since the start`]);
  return read.strategy;
}
