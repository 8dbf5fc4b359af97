/** Checks signing and auth headers against files of vectors: `npm run vectors -- FILE…`. */
import { readFileSync } from "node:fs";
import { type Checked, checkVectors } from "../test/venue/polymarket/sign/vectors.ts";
import { availableSigners } from "../test/venue/polymarket/sign/signers.ts";

const USAGE = `npm run vectors -- FILE…   one line per file; every case that differs; exit code 1 if any does
`;
const LONGEST_LINE = 1000;

const files = process.argv.slice(2);
if (files.length === 0 || files.includes("--help")) {
  process.stdout.write(USAGE);
  process.exit(files.length === 0 ? 2 : 0);
}

const { signers, missing } = await availableSigners();
const by = signers.map(({ name }) => name).join(", ");
for (const { name, why } of missing) process.stderr.write(`without the ${name} signer: ${why}\n`);

let exitCode = 0;
for (const file of files) {
  const checked = checkedIn(file);
  if (typeof checked === "string") {
    process.stderr.write(`${file}: ${checked}\n`);
    exitCode = 2;
    continue;
  }
  const failed = checked.filter(({ problems }) => problems.length > 0);
  const passed = checked.length - failed.length;
  process.stdout.write(`${file}: ${passed} of ${checked.length} passed (${by})\n`);
  for (const { name, problems } of failed) {
    for (const problem of problems) {
      process.stdout.write(`  ${name}: ${problem}`.slice(0, LONGEST_LINE).concat("\n"));
    }
  }
  if (failed.length > 0) exitCode = Math.max(exitCode, 1);
}
process.exitCode = exitCode;

/** The checked vectors of a file, or why it cannot be read. */
function checkedIn(file: string): readonly Checked[] | string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return checkVectors(text, signers) ?? "no signing vectors in it, or not JSON";
}
