/** The picture of the order table in CLAUDE.md is the table. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ORDER_TABLE } from "../../src/executor/orderTable.ts";
import { DIAGRAM_FILE, withDiagram } from "../support/orderDiagram.ts";

const text = readFileSync(DIAGRAM_FILE, "utf8");

describe("the order diagram", () => {
  it("is the table; if this fails: npm run diagram", () => {
    expect(text, `${DIAGRAM_FILE} is stale: npm run diagram`).toBe(withDiagram(text, ORDER_TABLE));
  });

  it("changes with every cell that is, or becomes, a move or an anomaly", () => {
    const changed = { ...ORDER_TABLE.resting, cancelLost: "unknown" } as const;
    const drawn = withDiagram(text, { ...ORDER_TABLE, resting: changed });
    expect(drawn).toContain("  resting --> unknown: cancelGone, cancelLost\n");
    const odd = { ...ORDER_TABLE.resting, cancelLost: "anomaly" } as const;
    expect(withDiagram(text, { ...ORDER_TABLE, resting: odd }).replaceAll("\n", " ")).toContain(
      "resting (rejected, notSent, cancelLost)",
    );
  });

  it("leaves the rest of the page alone, and says which markers it misses", () => {
    const page = withDiagram(text, ORDER_TABLE);
    expect(page.split("<!--")[0]).toBe(text.split("<!--")[0]);
    expect(page.split("-->\n").at(-1)).toBe(text.split("-->\n").at(-1));
    expect(() => withDiagram("# a page without a place for it", ORDER_TABLE)).toThrow(
      "end of order diagram",
    );
  });
});
