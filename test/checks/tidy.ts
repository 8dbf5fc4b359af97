/** Rules about the repository's files: pure functions of their paths and texts. */
import { graphDrawing } from "./graph.ts";
import { namedFiles, oldWords, unexplainedReasons } from "./words.ts";

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

export interface Finding {
  readonly path: string;
  /** From 1; 0 where the finding is about the whole file, or a missing one. */
  readonly line: number;
  readonly message: string;
}

export interface TidyRule {
  readonly name: string;
  readonly find: (files: readonly TextFile[]) => readonly Finding[];
}

export interface Escape {
  readonly path: string;
  readonly line: number;
  readonly reason: string;
}

const ROOT_DOCUMENTS = ["CLAUDE.md", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"];
const CLAUDE_LINES_MAX = 80;
const MERMAID = /^```mermaid\n.*?^```\n/gms;
const DECISION_INDEX = "docs/decisions/README.md";
const LETTERS = "ABCDEFGHIJKLM".split("");
const MACHINE_PATH = /(?<![\w.~-])\/(home|root|work|Users)\/[\w.]|[A-Z]:\\+Users\\/;
const LINT_DISABLED = /\b(es|ox)lint-disable/;
const ESCAPE = /tidy-ok(?::[ \t]*(?<reason>.*?)[ \t]*(?:\*\/|-->)?)?$/;

export function tidyRules(): readonly TidyRule[] {
  return [
    { name: "the root has its four documents", find: rootDocuments },
    { name: "every folder of src has a door and a CLAUDE.md", find: doors },
    { name: "every CLAUDE.md fits one screen", find: oneScreen },
    { name: "the drawing of the graph names its files, and all of them", find: graphDrawing },
    { name: "every operator has a drawing", find: drawings },
    { name: "every law has a test", find: lawTests },
    { name: "every fixture is decoded by a test", find: fixtures },
    { name: "every decision has its four lines", find: decisions },
    { name: "the index of decisions and the folder agree", find: decisionIndex },
    { name: "every escape gives a reason", find: reasonlessEscapes },
    { name: "nothing names a folder of one machine", find: machinePaths },
    { name: "no file has an old name or a banned phrase", find: oldWords },
    { name: "every file named in a manual exists", find: namedFiles },
    { name: "the runbook explains every reason", find: unexplainedReasons },
  ];
}

/** The findings of a rule, without the lines that say `tidy-ok: reason`. */
export function findings(rule: TidyRule, files: readonly TextFile[]): readonly Finding[] {
  const texts = new Map(files.map(({ path, text }) => [path, text.split("\n")]));
  return rule.find(files).filter(({ path, line }) => {
    const reason = ESCAPE.exec(texts.get(path)?.[line - 1] ?? "")?.groups?.["reason"];
    return reason === undefined || reason === "";
  });
}

export function escapes(files: readonly TextFile[]): readonly Escape[] {
  return files.filter(isCode).flatMap(({ path, text }) =>
    text.split("\n").flatMap((content, index) => {
      const match = ESCAPE.exec(content);
      return match ? [{ path, line: index + 1, reason: match.groups?.["reason"] ?? "" }] : [];
    }),
  );
}

function rootDocuments(files: readonly TextFile[]): readonly Finding[] {
  return missing(files, ROOT_DOCUMENTS, "every repository has one");
}

/** The rooms of src, as `.dependency-cruiser.cjs` lists them. */
function roomsOf(files: readonly TextFile[]): readonly string[] {
  const rooms = files.flatMap(({ path }) => {
    const room =
      /^(src\/(?:(?:streams|sim\/server|sim|venue\/polymarket|venue)\/)?[^/]+)\/.*\.ts$/.exec(
        path,
      )?.[1];
    return room === undefined ? [] : [room];
  });
  return [...new Set(rooms)];
}

function doors(files: readonly TextFile[]): readonly Finding[] {
  return roomsOf(files).flatMap((room) => [
    // Nothing imports the command line, so it has no door.
    ...(room === "src/cli"
      ? []
      : missing(files, [`${room}/index.ts`], "other folders import this one by its index.ts")),
    ...missing(
      files,
      [`${room}/CLAUDE.md`],
      "a page with its job, files, laws, what is deliberately absent, recipes",
    ),
  ]);
}

function oneScreen(files: readonly TextFile[]): readonly Finding[] {
  return files
    .filter(({ path }) => /(^|\/)CLAUDE\.md$/.test(path))
    .map(({ path, text }) => ({
      path,
      // A drawing is read at a glance.
      lines: text.replaceAll(MERMAID, "").trimEnd().split("\n").length,
    }))
    .filter(({ lines }) => lines > CLAUDE_LINES_MAX)
    .map(({ path, lines }) => ({
      path,
      line: 0,
      message: `${lines} lines, of at most ${CLAUDE_LINES_MAX}: a manual is read whole, before anything else`,
    }));
}

function drawings(files: readonly TextFile[]): readonly Finding[] {
  const operators = files.flatMap(({ path }) => {
    const name = /^src\/operators\/(?!index\.ts)([^/]+)\.ts$/.exec(path)?.[1];
    return name === undefined ? [] : [name];
  });
  const expected = operators.map((name) => `test/marbles/operators/${name}.test.ts`);
  return missing(files, expected, "draw what the operator does over time");
}

function lawTests(files: readonly TextFile[]): readonly Finding[] {
  const has = (letter: string): boolean =>
    files.some(({ path }) => path.startsWith(`test/laws/${letter}-`) && path.endsWith(".test.ts"));
  return LETTERS.filter((letter) => !has(letter)).map((letter) => ({
    path: `test/laws/${letter}-*.test.ts`,
    line: 0,
    message: "missing: every law needs a test",
  }));
}

/** A test names the fixture, or reads the whole folder. */
function fixtures(files: readonly TextFile[]): readonly Finding[] {
  const tests = files.filter(({ path }) => /^test\/.*\.ts$/.test(path)).map(({ text }) => text);
  return files
    .filter(({ path }) => path.startsWith("test/fixtures/") && !path.endsWith(".md"))
    .filter(({ path }) => {
      const [name = "", folder = ""] = path.split("/").toReversed();
      return !tests.some(
        (text) => text.includes(name) || (text.includes(folder) && /readdir|glob/i.test(text)),
      );
    })
    .map(({ path }) => ({ path, line: 0, message: "no test decodes it" }));
}

function decisions(files: readonly TextFile[]): readonly Finding[] {
  const records = files.filter(
    ({ path }) => path.startsWith("docs/decisions/") && path !== DECISION_INDEX,
  );
  const numbers = new Set<string>();
  return records.flatMap(({ path, text }) => {
    const number = /^docs\/decisions\/(D-\d{3})-[\w-]+\.md$/.exec(path)?.[1];
    if (number === undefined) return [{ path, line: 0, message: "not named D-NNN-title.md" }];
    if (numbers.has(number)) return [{ path, line: 0, message: `${number} is taken` }];
    numbers.add(number);
    return ["Status", "Decision", "Rationale", "Consequence"]
      .filter((word) => !new RegExp(`^[#*_>\\s-]*${word}`, "m").test(text))
      .map((word) => ({ path, line: 0, message: `no line begins with ${word}` }));
  });
}

/** Number, file, title and status of each record; and a word about each number that has none. */
function decisionIndex(files: readonly TextFile[]): readonly Finding[] {
  const index = files.find(({ path }) => path === DECISION_INDEX);
  const records = files.flatMap(({ path, text }) => {
    const [, file = "", number = ""] = /^docs\/decisions\/((D-\d{3}).*)$/.exec(path) ?? [];
    const title = /^# D-\d{3} (.*)$/m.exec(text)?.[1] ?? "";
    const status = /^[#*_>\s-]*Status:?[*_]*:? *(\w+)/m.exec(text)?.[1] ?? "";
    return number === ""
      ? []
      : [{ path, number, row: `| [${number}](${file}) | ${title} | ${status} |` }];
  });
  if (index === undefined)
    return records.length === 0 ? [] : missing(files, [DECISION_INDEX], "a table of all decisions");
  const rows = index.text.split("\n").filter((line) => line.startsWith("| [D-"));
  const unlisted = records
    .filter(({ row }) => !rows.some((line) => line.startsWith(row)))
    .map(({ path, row }) => ({ path, line: 0, message: `no row in the index begins with ${row}` }));
  const dangling = rows
    .filter((line) => !records.some(({ row }) => line.startsWith(row)))
    .map((line) => ({ path: DECISION_INDEX, line: 0, message: `no record agrees with ${line}` }));
  const taken = new Set(records.map(({ number }) => number));
  const explained = explainedNumbers(index.text);
  const gaps = Array.from({ length: Math.max(0, ...[...taken].map(numberOf)) }, (_, at) => at + 1)
    .filter((at) => !taken.has(idOf(at)) && !explained.has(at))
    .map((at) => ({
      path: DECISION_INDEX,
      line: 0,
      message: `nothing explains why ${idOf(at)} is missing`,
    }));
  return [...unlisted, ...dangling, ...gaps];
}

/** Numbers in the text outside the table, also as a range `D-016 to D-019`. */
function explainedNumbers(index: string): ReadonlySet<number> {
  const text = index.replaceAll(/^\|.*$/gm, "");
  const ranges = [...text.matchAll(/D-(\d{3})(?: to D-(\d{3}))?/g)];
  return new Set(
    ranges.flatMap(([, from = "", to = from]) =>
      Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => Number(from) + at),
    ),
  );
}

const numberOf = (id: string): number => Number(id.slice(2));
const idOf = (at: number): string => `D-${String(at).padStart(3, "0")}`;

function reasonlessEscapes(files: readonly TextFile[]): readonly Finding[] {
  const silent = escapes(files).filter(({ reason }) => reason === "");
  const disabled = files.filter(isCode).flatMap((file) => linesWith(file, LINT_DISABLED));
  const message = "say why: `// tidy-ok: reason`, also at the end of a lint comment";
  return [...silent, ...disabled].map(({ path, line }) => ({ path, line, message }));
}

function machinePaths(files: readonly TextFile[]): readonly Finding[] {
  return files.flatMap((file) => linesWith(file, MACHINE_PATH));
}

function linesWith({ path, text }: TextFile, pattern: RegExp): readonly Finding[] {
  return text.split("\n").flatMap((content, index) => {
    const found = pattern.exec(content);
    return found ? [{ path, line: index + 1, message: found[0] }] : [];
  });
}

function missing(
  files: readonly TextFile[],
  expected: readonly string[],
  why: string,
): readonly Finding[] {
  const paths = new Set(files.map(({ path }) => path));
  return expected
    .filter((path) => !paths.has(path))
    .map((path) => ({ path, line: 0, message: `missing: ${why}` }));
}

/** Files that may have an escape. The checks themselves only write about escapes. */
function isCode({ path }: TextFile): boolean {
  return /\.[cm]?[jt]s$/.test(path) && !/^test\/(checks\/|tidy\.test\.ts$)/.test(path);
}
