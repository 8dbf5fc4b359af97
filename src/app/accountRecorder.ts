/** Writes down what the account must not forget, where it has changed: at once what was hit, cleared or closed, the rest now and then. */
import type { AccountMemory } from "../account/index.ts";
import type { AccountRecord } from "../journal/index.ts";
import type { Reader } from "../observers/index.ts";
import { type Log, causeOf } from "../types/index.ts";

/** A reader like others: a full disk stops nothing, and is said once until it works again. The file is small, and written at once. */
export function accountRecorder(
  memory: () => AccountMemory,
  record: AccountRecord,
  log: Log,
): Reader {
  let isFailing = false;
  let written = "";
  const write = (): void => {
    try {
      const known = memory();
      const text = JSON.stringify(known);
      if (text === written) return;
      record.write(known);
      written = text;
      isFailing = false;
    } catch (cause) {
      if (!isFailing) {
        log.error(
          { cause: causeOf(cause) },
          "account not recorded: its limits would not outlive this run",
        );
      }
      isFailing = true;
    }
  };
  return {
    name: "account",
    read: ({ type }) => {
      if (type === "account.noticed" || type === "status.due" || type === "run.abandoned") write();
    },
    missed: write,
    end: write,
  };
}
