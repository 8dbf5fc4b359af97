/** Which paths a rule names, and which of them no file of the repository has. */

/**
 * The regular expression and every alternative in it, each as one of its own: a group `(a|b)` names
 * two paths, and a lookahead `(?!a)` names the path that it leaves out.
 */
export function alternatives(pattern: string): readonly string[] {
  const start = pattern.indexOf("(");
  if (start < 0) return [pattern];
  const end = closing(pattern, start);
  const before = pattern.slice(0, start);
  const rest = alternatives(pattern.slice(end + 1));
  const body = pattern.slice(start + 1, end);
  if (body.startsWith("?!")) {
    const leftOut = branches(body.slice(2)).flatMap(alternatives);
    return [...rest.map((it) => `${before}(${body})${it}`), ...leftOut.map((it) => before + it)];
  }
  return branches(body)
    .flatMap(alternatives)
    .flatMap((it) => rest.map((after) => before + it + after));
}

/** A glob as eslint's `files` and `ignores` take it, as a regular expression. */
export function globPattern(glob: string): string {
  const inner = glob
    .replaceAll(".", "\\.")
    .replaceAll("**/", "\0")
    .replaceAll("**", "\x01")
    .replaceAll("*", "[^/]*")
    .replaceAll("\0", ".*")
    .replaceAll("\x01", ".*")
    .replaceAll(/\{([^}]*)\}/g, (_, names: string) => `(${names.replaceAll(",", "|")})`);
  return `^${inner}$`;
}

/** The alternatives that match none of the files. */
export const unmatched = (
  patterns: readonly string[],
  files: readonly string[],
): readonly string[] =>
  patterns
    .flatMap(alternatives)
    .filter((pattern) => !files.some((file) => new RegExp(pattern).test(file)));

function closing(pattern: string, start: number): number {
  let depth = 0;
  for (let at = start; at < pattern.length; at += 1) {
    depth += pattern[at] === "(" ? 1 : pattern[at] === ")" ? -1 : 0;
    if (depth === 0) return at;
  }
  return pattern.length;
}

/** What stands between the `|` of the outermost level. */
function branches(body: string): readonly string[] {
  let depth = 0;
  const found = [""];
  for (const letter of body) {
    depth += letter === "(" ? 1 : letter === ")" ? -1 : 0;
    if (letter === "|" && depth === 0) found.push("");
    else found.push(`${found.pop() ?? ""}${letter}`);
  }
  return found;
}
