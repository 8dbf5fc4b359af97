/** The pictures in CLAUDE.md are the tables. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ORDER_TABLE } from "../../src/executor/orderTable.ts";
import { STOP_TABLE } from "../../src/executor/stop.ts";
import {
  DIAGRAM_FILE,
  DIAGRAMS,
  ORDER_DIAGRAM,
  STOP_DIAGRAM,
  withDiagram,
} from "../support/tableDiagram.ts";

const text = readFileSync(DIAGRAM_FILE, "utf8");

describe.each(DIAGRAMS)("the $name diagram", (diagram) => {
  it("is the table; if this fails: npm run diagram", () => {
    expect(text, `${DIAGRAM_FILE} is stale: npm run diagram`).toBe(withDiagram(text, diagram));
  });

  it("leaves the rest of the page alone, and says which markers it misses", () => {
    const page = withDiagram(text, diagram);
    expect(page.split("<!--")[0]).toBe(text.split("<!--")[0]);
    expect(page.split("-->\n").at(-1)).toBe(text.split("-->\n").at(-1));
    expect(() => withDiagram("# a page without a place for it", diagram)).toThrow(
      `end of ${diagram.name} diagram`,
    );
  });
});

describe("a diagram changes with every cell that is, or becomes, a move or an anomaly", () => {
  it("of the order table", () => {
    const changed = { ...ORDER_TABLE.resting, cancelLost: "unknown" };
    const table = { ...ORDER_TABLE, resting: changed };
    expect(withDiagram(text, { ...ORDER_DIAGRAM, table })).toContain(
      "  resting --> unknown: cancelGone, cancelLost\n",
    );
    const contradicting = { ...ORDER_TABLE.resting, cancelLost: "anomaly" };
    const other = { ...ORDER_TABLE, resting: contradicting };
    const drawn = withDiagram(text, { ...ORDER_DIAGRAM, table: other });
    expect(drawn.replaceAll("\n", " ")).toContain("resting (rejected, notSent, cancelLost)");
  });

  it("of the stop table", () => {
    const table = { ...STOP_TABLE, quiet: { ...STOP_TABLE.quiet, surveyEmpty: "halted" } };
    const drawn = withDiagram(text, { ...STOP_DIAGRAM, table });
    expect(drawn).toContain("  quiet --> halted: surveyEmpty\n");
    expect(drawn).not.toContain("quiet --> emptyOnce");
  });
});
