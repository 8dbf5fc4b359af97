/**
 * The package as a user gets it, packed by npm: publint reads what package.json promises, attw what
 * each resolver of TypeScript makes of the types, a strict program imports every entry point, an
 * example of it posts an order on its own venue, and its README names no file that it lacks.
 */
import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const FOLDER = "test/package";
/** Ignored by git; inside the repository, so that the packages of a user's install are found. */
const OUTPUT = join(FOLDER, "dist");
const PACKAGE = join(OUTPUT, "node_modules/tandem-mm");
const VENUE_MS = 120_000;
const failed: string[] = [];

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(PACKAGE, { recursive: true });
run("npm pack", "npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", OUTPUT]);
const name = readdirSync(OUTPUT).find((file) => file.endsWith(".tgz")) ?? "no.tgz";
const packed = join(OUTPUT, name);

const publint = join(FOLDER, "node_modules/publint/src/cli.js");
run("publint", process.execPath, [publint, packed, "--strict"]);
// Only Node's own ESM resolution and bundlers: the package has no CommonJS, on purpose.
const attw = join(FOLDER, "node_modules/@arethetypeswrong/cli/dist/index.js");
run("attw", process.execPath, [attw, packed, "--profile", "esm-only", "--no-emoji"]);

run("tar", "tar", ["-xzf", packed, "-C", PACKAGE, "--strip-components", "1"]);
const { name: packageName, exports }: Manifest = JSON.parse(
  readFileSync(join(PACKAGE, "package.json"), "utf8"),
);
const entries = Object.keys(exports).map((path) => packageName + path.slice(1));
writeFileSync(
  join(OUTPUT, "user.ts"),
  entries.map((entry, at) => `export * as entry${at} from "${entry}";\n`).join(""),
);
for (const example of ["order.ts", "embed.ts"]) {
  copyFileSync(join(PACKAGE, "examples", example), join(OUTPUT, example));
}
writeFileSync(
  join(OUTPUT, "tsconfig.json"),
  JSON.stringify({
    compilerOptions: {
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      module: "nodenext",
      target: "es2023",
      types: ["node"],
      noEmit: true,
    },
    files: ["user.ts", "order.ts", "embed.ts"],
  }),
);
run("types", process.execPath, ["node_modules/typescript-7/bin/tsc", "-p", OUTPUT]);

await postOrder();
checkFiles();

console.log(
  failed.length === 0
    ? `package: ${name} with ${entries.join(", ")} is sound`
    : `package: failed: ${failed.join(", ")}`,
);
process.exitCode = failed.length;

/** The example as it is in the package, on the venue of the package. */
async function postOrder(): Promise<void> {
  const main = join(PACKAGE, "dist/cli/main.js");
  const venue = spawn(process.execPath, [main, "venue", "--port", "0", "--log-level", "silent"]);
  const [line] = await once(createInterface(venue.stdout), "line", {
    signal: AbortSignal.timeout(VENUE_MS),
  });
  const { rest } = JSON.parse(String(line)) as { readonly rest: string };
  run("examples/order.ts", process.execPath, ["--import", "tsx", join(OUTPUT, "order.ts"), rest]);
  venue.kill();
}

/** What a map or a link points to must be in the package, but for the section that says it is not. */
function checkFiles(): void {
  const files = readdirSync(PACKAGE, { recursive: true, encoding: "utf8" });
  const maps = files.filter((file) => file.endsWith(".map") || file.endsWith(".tsbuildinfo"));
  const pointers = files.filter(
    (file) =>
      file.endsWith(".js") &&
      readFileSync(join(PACKAGE, file), "utf8").includes("sourceMappingURL"),
  );
  const [readme = ""] = readFileSync(join(PACKAGE, "README.md"), "utf8").split(
    "## In the repository",
  );
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = ""]) => path);
  const dead = links.filter((path) => !existsSync(join(PACKAGE, path)));
  for (const [what, found] of Object.entries({ maps, pointers, dead })) {
    if (found.length === 0) continue;
    failed.push(what);
    console.error(`FAIL ${what}: ${found.join(", ")}`);
  }
}

/** Runs all of them, also after a failure: a broken package usually has more than one fault. */
function run(what: string, command: string, args: readonly string[]): void {
  const shell = process.platform === "win32";
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", shell });
  if (status === 0) return;
  failed.push(what);
  console.error(`FAIL ${what}\n${error ? String(error) : `${stdout}${stderr}`}`);
}
