/** Why something failed, as one bounded line, and how often that is worth saying. */
import type { Lost, NotSent } from "./answer.ts";

const CAUSE_LENGTH_MAX = 200;
/** What is looked at of a body that a venue, or a hop before it, has sent. */
const READ_LENGTH_MAX = 4_096;

/** What was asked, and what came instead: texts and errors, on one line, without the tags of a page. */
export const causeOf = (...parts: readonly unknown[]): string =>
  parts
    .map((part) =>
      wordsOf(part)
        .slice(0, READ_LENGTH_MAX)
        .replaceAll(/<(script|style)\b.*?(<\/\1>|$)|<[a-z/!][^>]*(>|$)/gis, " ")
        .replaceAll(/[\p{C}\s]+/gu, " ")
        .trim(),
    )
    .filter((words) => words !== "")
    .join(": ")
    .slice(0, CAUSE_LENGTH_MAX)
    // Half of a character.
    .replace(/\p{Cs}$/u, "");

/** Why there is no answer to a request. */
export function whyNot(answer: Lost | NotSent): string {
  if (answer.type === "lost") return answer.detail;
  const { cause, detail = "" } = answer;
  return causeOf(cause === "unreachable" ? "it cannot be reached" : `not sent: ${cause}`, detail);
}

/** The message of an error has no `Error: ` before it; that of several in one may be empty. */
function wordsOf(part: unknown): string {
  if (!(part instanceof Error)) return String(part);
  const code = "code" in part && typeof part.code === "string" ? part.code : "";
  if (part.message === "") return code === "" ? part.name : code;
  return part.message.includes(code) ? part.message : `${code}: ${part.message}`;
}

/** A cause, and how often it has struck since its source last worked, when that was last said. */
export interface Failure {
  readonly cause: string;
  readonly tries: number;
}

/** What one source has failed at since it last worked. */
export interface Failures {
  /** The last different ones, oldest first. */
  readonly causes: readonly (Failure & { readonly isTold: boolean })[];
  /** When a new one was said, in monotonic milliseconds, within the last minute. */
  readonly newAt: readonly number[];
  /** What was said last: at the first, second, tenth, hundredth … of a cause. */
  readonly told: Failure | null;
}

export const NO_FAILURES: Failures = { causes: [], newAt: [], told: null };

const CAUSES_MAX = 10;
const NEW_PER_MINUTE_MAX = 10;
const NEW_GAP_MS = 1_000;
const MINUTE_MS = 60_000;

/** An answer may name itself, or the time: by that alone each would be another cause, tried once. */
const kindOf = (cause: string): string => cause.replaceAll(/[\da-fA-F:.TZ-]{8,}|\d{5,}/g, "");

/** `told` is another object where this failure is to be said. */
export function withFailure(
  { causes, newAt, told }: Failures,
  cause: string,
  at: number,
): Failures {
  const kind = kindOf(cause);
  const known = causes.find((each) => kindOf(each.cause) === kind);
  const tries = (known?.tries ?? 0) + 1;
  const isNew = known?.isTold !== true;
  const lately = newAt.filter((each) => at - each < MINUTE_MS);
  // One that strikes again is said at once: it may last, and no third strike need come.
  const isSpaced = tries > 1 || at - (lately.at(-1) ?? -Infinity) >= NEW_GAP_MS;
  const isToTell = isNew
    ? lately.length < NEW_PER_MINUTE_MAX && isSpaced
    : tries === 2 || isPowerOfTen(tries);
  const isTold = !isNew || isToTell;
  return {
    causes: [...causes.filter((each) => each !== known), { cause, tries, isTold }].slice(
      -CAUSES_MAX,
    ),
    newAt: isNew && isToTell ? [...lately, at] : lately,
    told: isToTell ? { cause, tries } : told,
  };
}

/** What belongs to no market: finding the next one, and the venue's clock. */
export type SourceName = "discovery" | "clock";

/** What becomes of a source as it is asked again and again. */
export type SourceReport =
  | ({ readonly type: "source.failed" } & Source & Failure)
  | ({ readonly type: "source.restored" } & Source);

export interface Source {
  readonly source: SourceName;
  /** Whose windows are looked for: each series fails for itself. */
  readonly series?: string;
}

/** A failure in the words of a reason. */
export const triesText = ({ cause, tries }: Failure): string =>
  `${cause}, ${tries} ${tries === 1 ? "try" : "tries"}`;

/** Which of many repeats are said: the first, tenth, hundredth … */
export const isPowerOfTen = (count: number): boolean => /^10*$/.test(String(count));
