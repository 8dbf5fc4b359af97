/**
 * `installed.ts <folder>`: installs the packages of a folder that has its own package.json, where they
 * are missing. Heavy tools live in such folders, so that `npm ci` stays light.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2] ?? ".";
const { dependencies = {} } = packageIn(folder);

const missing = (): readonly string[] =>
  Object.entries(dependencies)
    .filter(([name, version]) => {
      const path = join(folder, "node_modules", name);
      return !existsSync(path) || packageIn(path).version !== version;
    })
    .map(([name, version]) => `${name}@${version}`);

if (missing().length > 0) {
  console.error(`installing ${missing().join(", ")} in ${folder}`);
  const options = { cwd: folder, shell: process.platform === "win32", encoding: "utf8" } as const;
  const { status, stderr } = spawnSync(
    "npm",
    ["ci", "--no-audit", "--no-fund", "--loglevel=error"],
    options,
  );
  if (status !== 0 || missing().length > 0) {
    console.error(stderr);
    console.error(`\`npm ci\` failed in ${folder}; missing: ${missing().join(", ")}`);
    process.exit(1);
  }
}

interface Package {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function packageIn(path: string): Package {
  const read: Package = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
  return read;
}
