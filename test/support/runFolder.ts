/** A folder of the run's own, where a worker leaves what it has made for all of them. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Undefined where the configuration of the run has none. */
    readonly runFolder: string | undefined;
  }
}

export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "tandem-run-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  project.provide("runFolder", folder);
  // What was made of the sources before they changed is of no use to the next run.
  project.onTestsRerun(() => {
    remove();
    mkdirSync(folder);
  });
  return remove;
}
