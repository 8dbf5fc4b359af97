/** Names and phrases that went away, files that manuals name, and log lines that the runbook explains. */
import type { Finding, TextFile } from "./tidy.ts";

const NAMES = "docs/decisions/D-032-names.md";
const RUNBOOK = "docs/runbook.md";
/** Spelt so that a search for a phrase does not find this file. */
const PHRASE = /who\s+asks|dead\s+men|odd\s+words|told\s+us|what\s+it\s+was\s+told|rid{2}le/i;

const READ = /^(src|test|bench|scripts|examples|notebooks|docs|\.ci)\/|^[\w.-]+\.(md|json|cjs|js)$/;
const isRead = ({ path }: TextFile): boolean =>
  READ.test(path) &&
  path !== NAMES &&
  !/package-lock\.json$|\.ndjson$|^test\/fixtures\//.test(path);

/** Names that D-032 lists as gone, and phrases that nobody can search for. */
export function oldWords(files: readonly TextFile[]): readonly Finding[] {
  const table = files.find(({ path }) => path === NAMES)?.text ?? "";
  const words = listAfter(table, "No file may have these words:");
  const names = listAfter(table, "nothing may be declared or called by these names:");
  const gone = [
    `(?<![\\w$])(${words.join("|")})(?![\\w$])`,
    `(?:const|let|function|type|interface|class) (${names.join("|")})\\b`,
    `(?<![\\w$.])(${names.join("|")})\\(`,
  ];
  const patterns = [...(words.length > 0 ? [new RegExp(gone.join("|"))] : []), PHRASE];
  return files
    .filter(isRead)
    .flatMap(({ path, text }) =>
      text
        .split("\n")
        .flatMap((line, index) =>
          patterns.flatMap((pattern) =>
            pattern.test(line) ? [{ path, line: index + 1, message: line.trim() }] : [],
          ),
        ),
    );
}

/** A manual that names a file that was moved away sends its reader to nothing. */
export function namedFiles(files: readonly TextFile[]): readonly Finding[] {
  const paths = files.map(({ path }) => path);
  return files
    .filter(({ path }) => path.endsWith(".md") && path !== NAMES && path !== "CHANGELOG.md")
    .flatMap(({ path, text }) => {
      const exists = existsFrom(path, paths);
      return text.split("\n").flatMap((line, index) =>
        [...line.matchAll(/`(?:\.{1,2}\/)*((?:[\w.-]+\/)*[\w.-]+\.(?:ts|cjs))`/g)]
          .map(([, name = ""]) => name)
          .filter((name) => !exists(name))
          .map((name) => ({ path, line: index + 1, message: `there is no file ${name}` })),
      );
    });
}

/** A name without a folder, in the manual of a room, is a file of that room, of the root, or a test. */
const existsFrom =
  (manual: string, paths: readonly string[]) =>
  (name: string): boolean => {
    const room = /^(?:src|bench)\/(?:.*\/)?/.exec(manual)?.[0];
    const near = paths.filter((path) => room !== undefined && path.startsWith(room));
    const tests = paths.filter((path) => path.startsWith("test/"));
    const atRoot = paths.filter((path) => !path.includes("/"));
    const among = room === undefined || name.includes("/") ? paths : [...near, ...tests, ...atRoot];
    return among.some((path) => `/${path}`.endsWith(`/${name}`));
  };

/** Where reasons are words that a person reads in the log. */
const REASONS: Readonly<Record<string, RegExp>> = {
  "src/executor/gate.ts": /"(?:pull|stop)", "([^"]+)"|:\s+"((?:venue |nothing is quoted: )[^"]+)"/g,
  "src/types/plan.ts": /^ {2}\| "(\w+)"/gm,
  "src/types/answer.ts": /NotSentCause =([^;]*);/g,
};

/** Of the strategies that come with the program: what they show nothing for, or stop for; figures may follow. */
const STRATEGIES = /^src\/streams\/strategy\//;
const SAID =
  /(?:(?:nothingShown|stopTarget)\(|\breason:)\s*["`]([^"`$]+)|["`]((?:held|pulled): [^"`$]+)/g;

/** Reasons of the gate and the strategies, residuals and causes of `notSent` that the runbook does not have. */
export function unexplainedReasons(files: readonly TextFile[]): readonly Finding[] {
  const runbook = files.find(({ path }) => path === RUNBOOK)?.text ?? "";
  return files.flatMap(({ path, text }) => {
    const reasons = REASONS[path] ?? (STRATEGIES.test(path) ? SAID : undefined);
    if (reasons === undefined) return [];
    const found = [...text.matchAll(reasons)]
      .map(([, first, second]) => first ?? second ?? "")
      .flatMap((each) => (each.includes('"') ? each.split('"').filter((_, at) => at % 2) : [each]));
    if (found.length === 0 && reasons !== SAID)
      return [{ path, line: 0, message: "no reason was found to compare" }];
    return found
      .filter(
        (reason) => !["", "strategy: "].some((lead) => runbook.includes(`\`${lead}${reason}`)),
      )
      .map((reason) => ({ path, line: 0, message: `${RUNBOOK} does not explain: ${reason}` }));
  });
}

const listAfter = (text: string, heading: string): readonly string[] => {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.endsWith(heading));
  return at < 0
    ? []
    : [...(lines[at + 1] ?? "").matchAll(/`([^`]+)`/g)].map(([, it = ""]) =>
        it.replaceAll("$", "\\$"),
      );
};
