/** What the account must not forget, in a file beside the journals: hits, and the day's result. */
import { jsonFile } from "./jsonFile.ts";

/** Its content is the account's own matter. */
export interface AccountRecord {
  /** Null where there has been no run before. */
  readonly read: () => unknown;
  /** @throws ConfigError where it cannot be written. */
  readonly write: (memory: unknown) => void;
}

/** Some hundred markets of a few hundred bytes each. */
const BYTES_MAX = 4 * 1024 * 1024;

/** `read` throws ConfigError where the file is unusable: a limit that was hit must not be forgotten. */
export function accountFile(directory: string): AccountRecord {
  const { read, write } = jsonFile(directory, "account.json", {
    bytesMax: BYTES_MAX,
    meaning:
      "does not say which limits were hit and what was lost today: move it away to begin anew, after a look at the venue",
  });
  return { read: () => read() ?? null, write };
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
