/** A process of the arena: plays one window after the other, as its parent asks. */
import { causeOf } from "../../src/types/index.ts";
import type { Answer } from "./pool.ts";
import { type WindowEntry, playWindow } from "./window.ts";

process.on("message", (entry: WindowEntry) => {
  const before = process.cpuUsage();
  void playWindow(entry)
    .catch((cause: unknown) => ({ failure: causeOf(cause) }))
    .then((result) => {
      const { user, system } = process.cpuUsage(before);
      const answer: Answer = { result, cpuMs: (user + system) / 1_000 };
      process.send?.(answer);
    });
});
// Without a parent nobody asks any more.
process.on("disconnect", () => process.exit(0));
