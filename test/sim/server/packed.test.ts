/** `npx tandem-mm venue` from the packed tarball, in an empty folder. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { build } from "../../integration/childProcess.ts";

const execute = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "tandem-packed-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The folder as `npm install` of the tarball leaves it, with the repository's dependencies. */
async function installed(): Promise<void> {
  await build();
  const { stdout } = await execute("npm", ["pack", "--silent", "--pack-destination", folder]);
  const own = join(folder, "node_modules/tandem-mm");
  mkdirSync(own, { recursive: true });
  const unpacking = ["-xzf", join(folder, stdout.trim()), "-C", own, "--strip-components", "1"];
  await execute("tar", unpacking);
  const { dependencies }: { dependencies: object } = JSON.parse(
    readFileSync(join(own, "package.json"), "utf8"),
  );
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve("node_modules", name), link);
  }
  mkdirSync(join(folder, "node_modules/.bin"));
  symlinkSync("../tandem-mm/dist/cli/main.js", join(folder, "node_modules/.bin/tandem"));
  chmodSync(join(own, "dist/cli/main.js"), 0o755);
}

describe("the package", () => {
  it("runs the venue in an empty folder, and ends on SIGTERM", async () => {
    await installed();
    expect(readdirSync(join(folder, "node_modules/tandem-mm"))).not.toContain("src");
    const args = ["--offline", "tandem-mm", "venue", "--port=0"];
    // In a process group of its own: npx runs a shell, and a terminal signals the whole group.
    const npx = spawn("npx", args, { cwd: folder, detached: true });
    onTestFinished(() => void (npx.exitCode ?? process.kill(-(npx.pid ?? Number.NaN), "SIGKILL")));
    let errors = "";
    npx.stderr.on("data", (chunk) => (errors += String(chunk)));
    const closed = once(npx, "close");
    const ended = closed.then(() => expect.unreachable(`it has ended: ${errors}`));
    const [line] = await Promise.race([once(npx.stdout, "data"), ended]);
    const { rest, seed } = JSON.parse(String(line));
    expect(seed).toBe(42);
    expect(await (await fetch(`${rest}/ok`)).text()).toBe('"OK"');
    process.kill(-(npx.pid ?? expect.unreachable("npx has not started")), "SIGTERM");
    await closed;
    await expect(fetch(`${rest}/ok`)).rejects.toThrow("fetch failed");
  });
});
