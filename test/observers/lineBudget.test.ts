import { describe, expect, it } from "vitest";
import { LINES_MAX, lineBudget } from "../../src/observers/lineBudget.ts";
import type { LogLine } from "../../src/observers/logLine.ts";

const line = (text: string): LogLine => ({ level: "info", facts: {}, text });
const LEFT_OUT = "more lines of one text are left out for a minute";

/** The texts that are written of `count` lines, a millisecond apart. */
function written(count: number, textAt: (at: number) => string, everyMs = 1): readonly string[] {
  const budget = lineBudget();
  return Array.from({ length: count }, (_, at) => budget(line(textAt(at)), at * everyMs)).flatMap(
    (lines) => lines.map(({ text }) => text),
  );
}

describe("the lines of one text", () => {
  it("are left out beyond a bound, which is said once, and other texts are not", () => {
    const texts = written(2 * LINES_MAX + 10, (at) => (at % 2 === 0 ? "fill" : `rare ${at % 7}`));
    expect(texts.filter((text) => text === "fill")).toHaveLength(LINES_MAX);
    expect(texts.filter((text) => text === LEFT_OUT)).toEqual([LEFT_OUT]);
    expect(texts.filter((text) => text.startsWith("rare"))).toHaveLength(LINES_MAX + 5);
  });

  it("are written again in the next minute", () => {
    const texts = written(61_000, () => "fill");
    expect(texts.filter((text) => text === "fill")).toHaveLength(2 * LINES_MAX);
  });

  it("that name a thing each share one bound", () => {
    const texts = written(20_000, (at) => `an order we do not know: ${at}`);
    expect(texts.length).toBeLessThan(2 * LINES_MAX);
  });
});
