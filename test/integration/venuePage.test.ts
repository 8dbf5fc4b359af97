/** The lines of docs/venue.md, as somebody types them who has nothing but Node. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { build, killAll, run } from "./childProcess.ts";
import { type PackageRegistry, packageRegistry } from "./packageRegistry.ts";

const TIMEOUT_MS = 240_000;

let folder = "";
let registry: PackageRegistry;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tandem-page-"));
  await build();
  registry = await packageRegistry();
}, TIMEOUT_MS);
afterAll(() => {
  killAll();
  registry.close();
  rmSync(folder, { recursive: true, force: true });
}, TIMEOUT_MS);

it(
  "docs/venue.md works as typed in an empty folder, without a question",
  { timeout: TIMEOUT_MS },
  async () => {
    const page = readFileSync("docs/venue.md", "utf8");
    const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, lines = ""]) => lines);
    expect(blocks.length).toBeGreaterThanOrEqual(5);
    // Line by line, each has to succeed; the port is another, because 8080 may be taken here.
    const script = `set -e\ncd "$0"\n${blocks.join("")}`.replaceAll("8080", await freePort());

    // Without a terminal a question is no answer: npm would fail or wait.
    const ended = await run("bash", ["-c", script, folder], {
      npm_config_registry: registry.origin,
      npm_config_cache: join(folder, "cache"),
      npm_config_audit: "false",
    }).ended;

    if (ended.code !== 0) expect.unreachable(ended.stderr);
    // What curl shows has no end of line.
    const results = [...ended.stdout.matchAll(/\{"placed":.*?\}/g)].map(([text]) =>
      JSON.parse(text),
    );
    expect(results).toMatchObject([{ open: 0 }, { open: 0 }]);
    expect(results[0].placed).toBeGreaterThan(0);
    expect(ended.stdout).toMatch(/"asset_id":/);
    expect(existsSync(join(folder, "venue.json"))).toBe(true);
  },
);

/** Free a moment ago. */
async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}
