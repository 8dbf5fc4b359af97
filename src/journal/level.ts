/** The operator's last level, in a file beside the journals, so that it outlives the process. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ConfigError, OPERATOR_LEVELS, type LevelSetting } from "../types/index.ts";

export interface LevelRecord {
  readonly read: () => LevelSetting;
  readonly write: (level: LevelSetting) => void;
}

const UNSET: LevelSetting = { level: "normal", reason: "" };

/** @throws ConfigError where the file is unusable: a halt must not read as normal. */
export function levelFile(directory: string): LevelRecord {
  const path = join(resolve(directory), "operator.json");
  return {
    read: () => {
      const text = textOf(path);
      return text === null ? UNSET : parsed(text, path);
    },
    write: (level) => {
      // Whole or not at all, also when the machine dies in between.
      const draft = `${path}.new`;
      writeFileSync(draft, `${JSON.stringify(level)}\n`, { mode: 0o600, flush: true });
      renameSync(draft, path);
    },
  };
}

export function memoryLevel(): LevelRecord {
  let last = UNSET;
  return {
    read: () => last,
    write: (level) => {
      last = level;
    },
  };
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new ConfigError(unusable(path), error);
  }
}

function parsed(text: string, path: string): LevelSetting {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(unusable(path), error);
  }
  if (typeof value === "object" && value !== null && "level" in value && "reason" in value) {
    const level = OPERATOR_LEVELS.find((known) => known === value.level);
    if (level !== undefined && typeof value.reason === "string") {
      return { level, reason: value.reason };
    }
  }
  throw new ConfigError(unusable(path));
}

const unusable = (path: string): readonly string[] => [
  `${path} does not say what the operator allows: set it anew with --level, or delete the file`,
];
