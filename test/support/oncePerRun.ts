/** Work whose result serves all test files of a run. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY_MS = 20;

interface Outcome {
  readonly result: string;
  readonly problem: string | null;
}

/** The worker that comes first does it; the others wait for what has come of it. Without a folder each does it. */
export async function oncePerRun(
  runFolder: string | undefined,
  name: string,
  work: () => string | Promise<string>,
): Promise<string> {
  if (runFolder === undefined) return work();
  const file = join(runFolder, `${name}.json`);
  if (isFirst(join(runFolder, name))) {
    const outcome = await outcomeOf(work);
    // Nobody reads half of it.
    writeFileSync(`${file}.new`, JSON.stringify(outcome));
    renameSync(`${file}.new`, file);
  }
  // Only the timeout of the test ends this: 20,000 walks take minutes.
  while (!existsSync(file)) await sleep(LOOK_EVERY_MS);
  const { result, problem }: Outcome = JSON.parse(readFileSync(file, "utf8"));
  if (problem !== null) throw new Error(problem);
  return result;
}

async function outcomeOf(work: () => string | Promise<string>): Promise<Outcome> {
  try {
    return { result: await work(), problem: null };
  } catch (error) {
    return { result: "", problem: String(error) };
  }
}

function isFirst(claim: string): boolean {
  try {
    mkdirSync(claim);
    return true;
  } catch {
    return false;
  }
}
