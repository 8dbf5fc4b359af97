/** A process of the arena: plays one window after the other, as its parent asks. */
import { causeOf } from "../../src/types/index.ts";
import type { Answer } from "./pool.ts";
import { type WindowEntry, playWindow } from "./window.ts";

async function answerTo(entry: WindowEntry): Promise<void> {
  const before = process.cpuUsage();
  const result = await playWindow(entry).catch((cause: unknown) => ({ failure: causeOf(cause) }));
  const { user, system } = process.cpuUsage(before);
  const answer: Answer = { result, cpuMs: (user + system) / 1_000 };
  process.send?.(answer);
}

process.on("message", (entry: WindowEntry) => void answerTo(entry));
// Without a parent nobody asks any more.
process.on("disconnect", () => process.exit(0));
