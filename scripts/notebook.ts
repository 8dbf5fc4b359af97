/**
 * The notebooks as a test: their cells are type-checked together, because the kernel does not check
 * types, and then run from first to last. Without Jupyter they are only type-checked (`SKIPPED`).
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join, resolve } from "node:path";

const FOLDER = "notebooks";
/** Ignored by git; beside the packages, so that imports resolve. */
const CELLS = join(FOLDER, "dist");
const CELL_SECONDS_MAX = 60;
const DEBIAN_PACKAGE = "jupyter-nbconvert";

interface Notebook {
  readonly cells: readonly { readonly cell_type: string; readonly source: string | string[] }[];
}

/** Every code cell, in order, as one module. */
function code(path: string): string {
  const { cells }: Notebook = JSON.parse(readFileSync(path, "utf8"));
  return cells
    .map(({ cell_type: type, source }, index) =>
      type === "code"
        ? `// ${basename(path)}, cell ${index + 1}\n${[source].flat().join("")}\n`
        : "",
    )
    .join("\n");
}

function run(command: string, args: readonly string[]): { isOk: boolean; printed: string } {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    env: {
      ...process.env,
      DENO_NO_UPDATE_CHECK: "1",
      JUPYTER_PATH: resolve(FOLDER, "jupyter"),
      PATH: [resolve(FOLDER, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
    },
  });
  return { isOk: status === 0, printed: error ? String(error) : `${stdout}${stderr}` };
}

/** Null if nbconvert runs, after an installation where that is allowed; otherwise the reason. */
function jupyterMissing(): string | null {
  const isThere = (): boolean => run("jupyter", ["nbconvert", "--version"]).isOk;
  if (isThere()) return null;
  if (!run("apt-get", ["--version"]).isOk)
    return "neither Jupyter's nbconvert nor apt-get is installed";
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !run("sudo", ["-n", "true"]).isOk)
    return `${DEBIAN_PACKAGE} is not installed, and only root may install it`;
  console.error(`installing ${DEBIAN_PACKAGE} with apt-get`);
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", DEBIAN_PACKAGE]]) {
    const { isOk, printed } = isRoot
      ? run("apt-get", args)
      : run("sudo", ["-n", "apt-get", ...args]);
    if (!isOk) return `apt-get ${args[0]} failed: ${printed}`;
  }
  return isThere() ? null : `${DEBIAN_PACKAGE} is installed, but jupyter does not run`;
}

function fail(what: string, printed: string): never {
  console.error(`${printed}\nFAILED: ${what}`);
  process.exit(1);
}

const notebooks = readdirSync(FOLDER).filter((name) => name.endsWith(".ipynb"));
if (notebooks.length === 0) fail(`no notebook in ${FOLDER}`, "");

rmSync(CELLS, { recursive: true, force: true });
mkdirSync(CELLS);
for (const name of notebooks)
  writeFileSync(join(CELLS, name.replace(/ipynb$/, "ts")), code(join(FOLDER, name)));
const typed = run(process.execPath, ["node_modules/typescript-7/bin/tsc", "-p", FOLDER]);
if (!typed.isOk) fail("the cells have type errors", typed.printed);
console.log(`type-checked: ${notebooks.join(", ")}`);

const missing = jupyterMissing();
if (missing !== null) {
  console.log(`SKIPPED: nothing was executed. ${missing}`);
  process.exit(0);
}
const output = mkdtempSync(join(tmpdir(), "tandem-notebooks-"));
for (const name of notebooks) {
  const startedAt = performance.now();
  const limit = `--ExecutePreprocessor.timeout=${CELL_SECONDS_MAX}`;
  const how = ["--to", "html", "--execute", limit, "--output-dir", output];
  const { isOk, printed } = run("jupyter", ["nbconvert", ...how, join(FOLDER, name)]);
  // The error of the cell, without the stack of nbconvert before it.
  const at = Math.max(0, printed.indexOf("nbclient.exceptions."));
  if (!isOk) fail(`${name} did not run to its end`, printed.slice(at));
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`executed: ${name} in ${seconds} s, ${join(output, name.replace(/ipynb$/, "html"))}`);
}
