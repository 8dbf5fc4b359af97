/** The words of a command line as options and their values, with every problem at once. */
import { nearest } from "../types/index.ts";

export interface Option {
  readonly type: "string" | "boolean";
  /** Every value counts, not the last one alone. */
  readonly multiple?: true;
}
export type Options = Readonly<Record<string, Option>>;

export interface CommandLine {
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: readonly string[];
}

/** What is answered instead of running, whatever else is wrong. */
export function questionIn(args: readonly string[]): "help" | "version" | null {
  if (args.includes("--help") || args.includes("-h")) return "help";
  return args.includes("--version") ? "version" : null;
}

/** Options that every command has; `questionIn` answers them. */
export const QUESTIONS = {
  help: { type: "boolean" },
  version: { type: "boolean" },
} as const satisfies Options;

/** A misspelt option is a problem, and is read as the one that was meant, so that no false problem follows. */
export function commandLine(args: readonly string[], options: Options): CommandLine {
  const values = new Map<string, string | true | readonly string[]>();
  const problems: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    const [, typed = word, name = "", inline] = /^(--?([^=-][^=]*))(?:=(.*))?$/s.exec(word) ?? [];
    const next = args[at + 1];
    const isKnown = typed.startsWith("--") && Object.hasOwn(options, name);
    const meant = isKnown ? name : nearest(name, Object.keys(options));
    if (!isKnown)
      problems.push(`${typed || '""'}: not an option; ${hintOf(meant && `--${meant}`)}`);
    const option = meant === null ? undefined : options[meant];
    if (meant === null || option === undefined) {
      // The value of an option that nobody knows is no problem of its own.
      if (name !== "" && inline === undefined && next?.startsWith("-") === false) at += 1;
    } else if (option.type === "boolean") {
      if (inline !== undefined) problems.push(`--${meant}: takes no value`);
      values.set(meant, true);
    } else {
      const isNext = inline === undefined && next?.startsWith("--") === false;
      if (isNext) at += 1;
      const value = isNext ? next : (inline ?? "");
      const earlier = values.get(meant);
      if (value === "") problems.push(`--${meant}: give a value`);
      else
        values.set(
          meant,
          option.multiple ? [...(Array.isArray(earlier) ? earlier : []), value] : value,
        );
    }
  }
  return { values: Object.fromEntries(values), problems };
}

/** The end of a message about a word that is not known. */
export const hintOf = (meant: string | null): string =>
  meant === null ? "see --help" : `did you mean ${meant}? See --help`;
