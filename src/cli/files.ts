/** Why a file or folder that the command line names is of no use, in words; null where nothing is wrong. */
import { type Stats, accessSync, constants, readFileSync, statSync } from "node:fs";
import { own } from "../types/index.ts";

/** A pipe that nobody writes to would be waited for without end, so only files are read. */
export function problemOfFile(path: string): string | null {
  return problemOf(path, (stats) => {
    if (!stats.isFile()) return stats.isDirectory() ? "is a folder" : "is not a file";
    accessSync(path, constants.R_OK);
    return null;
  });
}

/** One that does not exist can be made. */
export function problemOfFolder(path: string): string | null {
  return problemOf(path, (stats) => (stats.isDirectory() ? null : "is not a folder"), true);
}

/** A text without its byte order mark. */
export function textOrProblem(
  path: string,
): { readonly text: string } | { readonly problem: string } {
  const problem = problemOfFile(path);
  return problem === null
    ? { text: readFileSync(path, "utf8").replace(/^\uFEFF/, "") }
    : { problem };
}

function problemOf(
  path: string,
  check: (stats: Stats) => string | null,
  mayBeMissing = false,
): string | null {
  try {
    const problem = check(statSync(path));
    return problem === null ? null : `${path} ${problem}`;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" && mayBeMissing) return null;
    return `${path}: ${own(WORDS, code) ?? "it cannot be opened"}`;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "this user may not read it",
  EPERM: "this user may not read it",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "the name is too long",
};
