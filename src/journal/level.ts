/** The operator's last level, in a file beside the journals, so that it outlives the process. */
import { join, resolve } from "node:path";
import { ConfigError, OPERATOR_LEVELS, type LevelSetting, causeOf } from "../types/index.ts";
import { readRegularFile, replaceFile } from "./ownFiles.ts";

export interface LevelRecord {
  readonly read: () => LevelSetting;
  /** @throws ConfigError where it cannot be written. */
  readonly write: (level: LevelSetting) => void;
}

/** A level and its reason. */
const BYTES_MAX = 64 * 1024;

const UNSET: LevelSetting = { level: "normal", reason: "" };

/** @throws ConfigError where the file is unusable: a halt must not read as normal. */
export function levelFile(directory: string): LevelRecord {
  const path = join(resolve(directory), "operator.json");
  return {
    read: () => {
      const read = readRegularFile(path, BYTES_MAX);
      if (read === null) return UNSET;
      if ("problem" in read) throw new ConfigError(unusable(path, read.problem));
      return parsed(read.text, path);
    },
    write: (level) => {
      try {
        replaceFile(path, `${JSON.stringify(level)}\n`);
      } catch (error) {
        const reason = causeOf(error);
        throw new ConfigError(
          [`${path} cannot be written: give another --journal (${reason})`],
          error,
        );
      }
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

function parsed(text: string, path: string): LevelSetting {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(unusable(path, "not JSON"), error);
  }
  if (typeof value === "object" && value !== null && "level" in value && "reason" in value) {
    const level = OPERATOR_LEVELS.find((known) => known === value.level);
    if (level !== undefined && typeof value.reason === "string") {
      return { level, reason: value.reason };
    }
  }
  throw new ConfigError(unusable(path, "not a level and a reason"));
}

const unusable = (path: string, why: string): readonly string[] => [
  `${path} does not say what the operator allows: set it anew with --level, or delete the file (${why})`,
];
