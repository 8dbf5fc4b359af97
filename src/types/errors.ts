/** The laws of the product, by the letter `CLAUDE.md` lists them under. */
export type Law = "A" | "B" | "C" | "D" | "E" | "F" | "G" | "H" | "I" | "J" | "K" | "L" | "M";

export type Facts = Readonly<Record<string, unknown>>;

/**
 * A bug of ours: a law does not hold, or an impossible branch was reached. Never caught and carried
 * on from; it ends in the kill switch.
 */
export class LawBroken extends Error {
  override readonly name = "LawBroken";
  readonly law: Law;
  readonly shortMessage: string;
  readonly facts: Facts;
  readonly readMore: string;

  constructor(law: Law, shortMessage: string, facts: Facts = {}, cause?: unknown) {
    super(`law ${law} broken: ${shortMessage} ${JSON.stringify(facts)}`, { cause });
    this.law = law;
    this.shortMessage = shortMessage;
    this.facts = facts;
    this.readMore = "CLAUDE.md, section Laws";
  }
}

/** Every problem of the configuration at once, before any socket opens. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];
  readonly shortMessage: string;
  readonly facts: Facts;
  readonly readMore: string;

  constructor(problems: readonly string[], cause?: unknown) {
    super(["configuration:", ...problems.map((problem) => `  - ${problem}`)].join("\n"), { cause });
    this.shortMessage = "the configuration is wrong";
    this.problems = problems;
    this.facts = { problems };
    this.readMore = "README.md, section Configuration";
  }
}
