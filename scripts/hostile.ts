/** Hostile messages through the decoders into the reducer: `npm run hostile -- --seed 1 --messages 1000000`. */
import { parseArgs } from "node:util";
import { random } from "../src/sim/index.ts";
import { hostileRun } from "../test/venue/hostile.ts";

/** More than a day of them proves nothing new. */
const MESSAGES_MAX = 100_000_000;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    messages: { type: "string", default: "1000000" },
  },
});
const seed = Number(values.seed);
const messages = Math.min(MESSAGES_MAX, Number(values.messages));
const startedAt = performance.now();
const { found, events, stops } = hostileRun(random(seed).fork("hostile"), messages);
for (const { message, text, error } of found) {
  process.stdout.write(`message ${message}: ${error}\n  ${text}\n`);
}
const heard = [...events].map(([type, count]) => `${type} ${count}`).join(", ");
const seconds = Math.round((performance.now() - startedAt) / 1_000);
process.stdout.write(
  `${messages} messages, ${found.length} broken, ${seconds} s; stopped in ${stops} steps\n${heard}\n`,
);
process.exit(found.length === 0 ? 0 : 1);
