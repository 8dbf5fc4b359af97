/** Draws the order table again, where the executor's CLAUDE.md shows it. */
import { readFileSync, writeFileSync } from "node:fs";
import { ORDER_TABLE } from "../src/executor/orderTable.ts";
import { DIAGRAM_FILE, withDiagram } from "../test/support/orderDiagram.ts";

const text = readFileSync(DIAGRAM_FILE, "utf8");
const drawn = withDiagram(text, ORDER_TABLE);
if (drawn !== text) writeFileSync(DIAGRAM_FILE, drawn);
console.log(`${DIAGRAM_FILE}: ${drawn === text ? "nothing to change" : "drawn again"}`);
