/**
 * Runs dependency-cruiser over `src` and says why an import is wrong. It also counts the modules:
 * with a TypeScript that dependency-cruiser cannot use, it reads none and reports no violation.
 */
import { readdirSync } from "node:fs";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractDepcruiseOptions from "dependency-cruiser/config-utl/extract-depcruise-options";

const onDisk = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
).length;
const { output } = await cruise(
  ["src"],
  await extractDepcruiseOptions("./.dependency-cruiser.cjs"),
);
if (typeof output === "string") throw new Error("dependency-cruiser did not answer with a result");

const problems = [...violations(output), ...tooFew(modulesSeen(output), onDisk)];
for (const problem of problems) console.error(problem);
console.log(`imports: ${modulesSeen(output)} modules, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

function violations({ summary }: ICruiseResult): string[] {
  const rules = summary.ruleSetUsed?.forbidden ?? [];
  const why = new Map(rules.map(({ name, comment }) => [name, comment]));
  return summary.violations.map(({ from, to, rule, cycle = [] }) => {
    const target = cycle.length > 0 ? cycle.map(({ name }) => name).join(" -> ") : to;
    return `${from} -> ${target}\n  ${rule.name}: ${why.get(rule.name) ?? ""}`;
  });
}

function modulesSeen({ modules }: ICruiseResult): number {
  return modules.filter(({ source }) => /^src\/.*\.ts$/.test(source)).length;
}

function tooFew(seen: number, expected: number): string[] {
  return seen < expected || seen === 0
    ? [
        `dependency-cruiser read ${seen} of ${expected} files: is \`typescript\` a version it knows?`,
      ]
    : [];
}
