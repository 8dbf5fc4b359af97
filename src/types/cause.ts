/** Why something failed, as one line. */

/** The message of an error has no `Error: ` before it. */
export const causeOf = (cause: unknown): string =>
  cause instanceof Error && cause.message !== "" ? cause.message : String(cause);
