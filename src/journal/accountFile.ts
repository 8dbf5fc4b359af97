/** What the account must not forget, in a file beside the journals: hits, the day's result, open claims. */
import { join, resolve } from "node:path";
import { ConfigError, causeOf } from "../types/index.ts";
import { readRegularFile, replaceFile } from "./ownFiles.ts";

/** Its content is the account's own matter. */
export interface AccountRecord {
  /** Null where there has been no run before. */
  readonly read: () => unknown;
  /** @throws ConfigError where it cannot be written. */
  readonly write: (memory: unknown) => void;
}

/** Some hundred markets and claims of a few hundred bytes each. */
const BYTES_MAX = 4 * 1024 * 1024;

/** @throws ConfigError where the file is unusable: a limit that was hit must not be forgotten. */
export function accountFile(directory: string): AccountRecord {
  const path = join(resolve(directory), "account.json");
  return {
    read: () => {
      const read = readRegularFile(path, BYTES_MAX);
      if (read === null) return null;
      if ("problem" in read) throw new ConfigError(unusable(path, read.problem));
      try {
        return JSON.parse(read.text);
      } catch (error) {
        throw new ConfigError(unusable(path, "not JSON"), error);
      }
    },
    write: (memory) => {
      try {
        replaceFile(path, `${JSON.stringify(memory)}\n`);
      } catch (error) {
        throw new ConfigError(
          [`${path} cannot be written: give another --journal (${causeOf(error)})`],
          error,
        );
      }
    },
  };
}

export function memoryAccount(): AccountRecord {
  let last: unknown = null;
  return {
    read: () => last,
    write: (memory) => {
      last = memory;
    },
  };
}

const unusable = (path: string, why: string): readonly string[] => [
  `${path} does not say which limits were hit and what was lost today: move it away to begin anew, after a look at the venue (${why})`,
];
