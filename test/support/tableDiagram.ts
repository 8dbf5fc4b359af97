/** The executor's tables of state and signal as pictures, and where its CLAUDE.md shows them. */
import { ORDER_TABLE } from "../../src/executor/orderTable.ts";
import { STOP_TABLE } from "../../src/executor/stop.ts";

export const DIAGRAM_FILE = "src/executor/CLAUDE.md";
const PROSE_WIDTH = 118;

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Diagram {
  /** Names the markers between which the picture stands. */
  readonly name: string;
  /** The file that the table is in. */
  readonly source: string;
  readonly initial: string;
  readonly table: Table;
}

export const ORDER_DIAGRAM: Diagram = {
  name: "order",
  source: "orderTable.ts",
  initial: "placing",
  table: ORDER_TABLE,
};

export const STOP_DIAGRAM: Diagram = {
  name: "stop",
  source: "stop.ts",
  initial: "running",
  table: STOP_TABLE,
};

export const DIAGRAMS: readonly Diagram[] = [ORDER_DIAGRAM, STOP_DIAGRAM];

/** The text with the picture between its markers, whatever was there before. */
export function withDiagram(text: string, diagram: Diagram): string {
  const begin = `<!-- ${diagram.name} diagram, made from ${diagram.source} by: npm run diagram -->`;
  const end = `<!-- end of ${diagram.name} diagram -->`;
  const [before, rest, ...others] = text.split(begin);
  const [, after, ...more] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined || others.length + more.length > 0) {
    throw new Error(`${DIAGRAM_FILE} needs these two lines, once each:\n${begin}\n${end}`);
  }
  return [before, begin, "\n", ...drawn(diagram).map((line) => `${line}\n`), end, after].join("");
}

/** What is ignored is left out; an anomaly moves nothing, and stands below in words. */
function drawn({ initial, table }: Diagram): readonly string[] {
  const moves = grouped(table).filter(({ verdict }) => verdict !== "ignore");
  const arrows = moves
    .filter(({ verdict }) => verdict !== "anomaly")
    .map(({ state, verdict, signals }) => `  ${state} --> ${verdict}: ${signals}`);
  const contradictions = moves.filter(({ verdict }) => verdict === "anomaly");
  const anomalies = [...new Set(contradictions.map(({ signals }) => signals))].map((signals) => {
    const states = contradictions.filter((move) => move.signals === signals);
    return `${states.map(({ state }) => state).join(", ")} (${signals})`;
  });
  return [
    "```mermaid",
    "stateDiagram-v2",
    `  [*] --> ${initial}`,
    ...arrows,
    "```",
    ...wrapped(`Not drawn: what is ignored. An anomaly: ${anomalies.join(", ") || "nothing"}.`),
  ];
}

interface Move {
  readonly state: string;
  readonly verdict: string;
  readonly signals: string;
}

/** One move per pair of states, in the order of the table. */
function grouped(table: Table): readonly Move[] {
  return Object.entries(table).flatMap(([state, row]) =>
    [...new Set(Object.values(row))].map((verdict): Move => {
      const cells = Object.entries(row).filter(([, other]) => other === verdict);
      return { state, verdict, signals: cells.map(([signal]) => signal).join(", ") };
    }),
  );
}

function wrapped(text: string): readonly string[] {
  return text.match(new RegExp(`.{1,${PROSE_WIDTH}}(?: |$)`, "g"))?.map((it) => it.trim()) ?? [];
}
