/** A small file of ours beside the journals, replaced whole. */
import { join, resolve } from "node:path";
import { ConfigError, causeOf } from "../types/index.ts";
import { readRegularFile, replaceFile } from "./ownFiles.ts";

export interface JsonFile {
  /**
   * Undefined where there is none.
   * @throws ConfigError where it cannot be used.
   */
  readonly read: () => unknown;
  /** @throws ConfigError where it cannot be written. */
  readonly write: (value: unknown) => void;
  readonly path: string;
  readonly meaning: string;
}

/** `meaning`: what it then does not say, and what to do. */
export function jsonFile(
  directory: string,
  name: string,
  { bytesMax, meaning }: { readonly bytesMax: number; readonly meaning: string },
): JsonFile {
  const path = join(resolve(directory), name);
  return {
    path,
    meaning,
    read: () => {
      const read = readRegularFile(path, bytesMax);
      if (read === null) return undefined;
      if ("problem" in read) throw new ConfigError([`${path} ${meaning} (${read.problem})`]);
      try {
        return JSON.parse(read.text);
      } catch (error) {
        throw new ConfigError([`${path} ${meaning} (not JSON)`], error);
      }
    },
    write: (value) => {
      try {
        replaceFile(path, `${JSON.stringify(value)}\n`);
      } catch (error) {
        throw new ConfigError(
          [`${path} cannot be written: give another --journal (${causeOf(error)})`],
          error,
        );
      }
    },
  };
}
