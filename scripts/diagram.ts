/** Draws the executor's tables again, where its CLAUDE.md shows them. */
import { readFileSync, writeFileSync } from "node:fs";
import { DIAGRAM_FILE, DIAGRAMS, withDiagram } from "../test/support/tableDiagram.ts";

const text = readFileSync(DIAGRAM_FILE, "utf8");
const drawn = DIAGRAMS.reduce(withDiagram, text);
if (drawn !== text) writeFileSync(DIAGRAM_FILE, drawn);
console.log(`${DIAGRAM_FILE}: ${drawn === text ? "nothing to change" : "drawn again"}`);
