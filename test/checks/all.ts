/** `npm run check`: runs every `check:*` script of package.json, two at a time, also after a failure. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

const scripts: unknown = JSON.parse(readFileSync("package.json", "utf8")).scripts;
const waiting = Object.keys(scripts ?? {}).filter((name) => name.startsWith("check:"));
const failed: string[] = [];

async function work(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const startedAt = performance.now();
    const { output, code } = await run(name);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${code === 0 ? "ok  " : "FAIL"} ${name} ${seconds} s`);
    if (code !== 0) {
      failed.push(name);
      console.log(output);
    }
  }
}

function run(name: string): Promise<{ readonly output: string; readonly code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn("npm", ["run", "--silent", name], { shell: process.platform === "win32" });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ output: Buffer.concat(chunks).toString(), code }));
  });
}

await Promise.all([work(), work()]);
if (failed.length > 0) console.log(`failed: ${failed.join(", ")}`);
process.exitCode = failed.length;
