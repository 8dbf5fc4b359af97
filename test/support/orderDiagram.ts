/** The order table as a picture, and the place in the executor's CLAUDE.md where it hangs. */
import type { OrderPhase, OrderSignal } from "../../src/types/index.ts";

export const DIAGRAM_FILE = "src/executor/CLAUDE.md";
const BEGIN = "<!-- order diagram, made from orders.ts by: npm run diagram -->";
const END = "<!-- end of order diagram -->";
const PROSE_WIDTH = 108;

type Verdict = OrderPhase | "ignore" | "anomaly";
type Table = Readonly<Record<OrderPhase, Readonly<Record<OrderSignal, Verdict>>>>;

/** The text with the picture of this table between the markers, whatever was there before. */
export function withDiagram(text: string, table: Table): string {
  const [before, rest, ...others] = text.split(BEGIN);
  const [, after, ...more] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined || others.length + more.length > 0) {
    throw new Error(`${DIAGRAM_FILE} needs these two lines, once each:\n${BEGIN}\n${END}`);
  }
  return [before, BEGIN, "\n", ...diagram(table).map((line) => `${line}\n`), END, after].join("");
}

/** What is ignored is left out; what contradicts us moves nothing, and stands below in words. */
function diagram(table: Table): readonly string[] {
  const moves = grouped(table).filter(({ verdict }) => verdict !== "ignore");
  const arrows = moves
    .filter(({ verdict }) => verdict !== "anomaly")
    .map(({ phase, verdict, signals }) => `  ${phase} --> ${verdict}: ${signals}`);
  const anomalies = moves
    .filter(({ verdict }) => verdict === "anomaly")
    .map(({ phase, signals }) => `${phase} (${signals})`);
  return [
    "```mermaid",
    "stateDiagram-v2",
    "  [*] --> placing",
    ...arrows,
    "```",
    ...wrapped(`Not drawn: what is ignored. An anomaly: ${anomalies.join(", ") || "nothing"}.`),
  ];
}

interface Move {
  readonly phase: string;
  readonly verdict: Verdict;
  readonly signals: string;
}

/** One move per pair of phases, in the order of the table. */
function grouped(table: Table): readonly Move[] {
  return Object.entries(table).flatMap(([phase, row]) =>
    [...new Set(Object.values(row))].map((verdict): Move => {
      const cells = Object.entries(row).filter(([, other]) => other === verdict);
      return { phase, verdict, signals: cells.map(([signal]) => signal).join(", ") };
    }),
  );
}

function wrapped(text: string): readonly string[] {
  return text.match(new RegExp(`.{1,${PROSE_WIDTH}}(?: |$)`, "g"))?.map((it) => it.trim()) ?? [];
}
