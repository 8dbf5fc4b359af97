/** The operator's last level, in a file beside the journals, so that it outlives the process. */
import { ConfigError, OPERATOR_LEVELS, type LevelSetting } from "../types/index.ts";
import { type JsonFile, jsonFile } from "./jsonFile.ts";

export interface LevelRecord {
  readonly read: () => LevelSetting;
  /** @throws ConfigError where it cannot be written. */
  readonly write: (level: LevelSetting) => void;
}

/** A level and its reason. */
const BYTES_MAX = 64 * 1024;

const UNSET: LevelSetting = { level: "normal", reason: "" };

/** `read` throws ConfigError where the file is unusable: a halt must not read as normal. */
export function levelFile(directory: string): LevelRecord {
  const file = jsonFile(directory, "operator.json", {
    bytesMax: BYTES_MAX,
    meaning: "does not say what the operator allows: set it anew with --level, or delete the file",
  });
  return {
    read: () => {
      const value = file.read();
      return value === undefined ? UNSET : parsed(value, file);
    },
    write: file.write,
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

function parsed(value: unknown, { path, meaning }: JsonFile): LevelSetting {
  if (typeof value === "object" && value !== null && "level" in value && "reason" in value) {
    const level = OPERATOR_LEVELS.find((known) => known === value.level);
    if (level !== undefined && typeof value.reason === "string") {
      return { level, reason: value.reason };
    }
  }
  throw new ConfigError([`${path} ${meaning} (not a level and a reason)`]);
}
