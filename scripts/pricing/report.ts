/** The figures of `calibrate` as one page that needs nothing else: reliability, error by time left, a table. */
import {
  type Axis,
  type Frame,
  SIZE,
  across,
  aidLine,
  chart,
  estimateMark,
  up,
  valueTicks,
} from "../page/chart.ts";
import { escaped, pageOf, tableHtml } from "../page/page.ts";
import type { Figure } from "./figures.ts";

export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
}

export const reportPage = (title: string, sections: readonly Section[]): string =>
  pageOf(title, sections.map(sectionOf).join("\n"));

function sectionOf({ title, figures }: Section): string {
  const charts = [reliability(figures), byTimeLeft(figures)].filter((svg) => svg !== "");
  const rows = figures.filter(({ said }) => said === undefined).map(rowOf);
  return `<h2>${escaped(title)}</h2>
${charts.join("\n")}
${tableHtml([["figure", "value", "95 % of windows drawn again", "n"], ...rows])}`;
}

function rowOf({ figure, value, low, high, n }: Figure): readonly string[] {
  const interval = low === null || high === null ? "" : `${low.toFixed(4)} to ${high.toFixed(4)}`;
  return [figure, value.toFixed(4), interval, String(n)];
}

const UNIT = { from: 0, to: 1, ticks: valueTicks([0, 0.25, 0.5, 0.75, 1]) };

/** What was said against what came, a circle for each tenth, larger where there is more of it. */
function reliability(figures: readonly Figure[]): string {
  const points = figures.flatMap(({ said, value, n }) =>
    said === undefined ? [] : [{ said, value, n }],
  );
  if (points.length === 0) return "";
  const most = Math.max(...points.map(({ n }) => n));
  const frame: Frame = {
    ...SIZE,
    x: { ...UNIT, label: "probability that was said" },
    y: { ...UNIT, label: "share that came" },
  };
  const circles = points.map(({ said, value, n }) => {
    const radius = 3 + 7 * Math.sqrt(n / most);
    return `<circle class="dot faint c0" cx="${across(frame, said)}" cy="${up(frame, value)}" r="${radius.toFixed(1)}"><title>said ${said.toFixed(3)}, came ${value.toFixed(3)}, n ${n}</title></circle>`;
  });
  return chart("Reliability", frame, [aidLine(frame, [0, 0], [1, 1]), ...circles]);
}

/** The Brier score by the time left, with its interval. */
function byTimeLeft(figures: readonly Figure[]): string {
  const points = figures.filter(
    ({ leftS, figure }) => leftS !== undefined && figure.includes("Brier"),
  );
  if (points.length === 0) return "";
  const longest = Math.max(...points.map(({ leftS = 0 }) => leftS));
  const x: Axis = {
    from: longest,
    to: 0,
    ticks: valueTicks([longest, longest / 2, 60, 0]),
    label: "seconds left",
  };
  const y: Axis = {
    from: 0,
    to: 0.3,
    ticks: valueTicks([0, 0.1, 0.2, 0.3]),
    label: "Brier score",
  };
  const frame: Frame = { ...SIZE, x, y };
  const marks = points.map(({ leftS = 0, ...point }) =>
    estimateMark(frame, leftS, point, {
      colour: 0,
      title: `${leftS} s: ${point.value.toFixed(4)}`,
    }),
  );
  return chart("Brier score by time left", frame, marks);
}
