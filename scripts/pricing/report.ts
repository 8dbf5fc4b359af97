/** The figures of `calibrate` as one page that needs nothing else: reliability, error by time left, a table. */
import type { Figure } from "./figures.ts";

export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
}

const WIDTH = 420;
const HEIGHT = 300;
const MARGIN = { left: 60, right: 12, top: 12, bottom: 40 };

export const reportPage = (title: string, sections: readonly Section[]): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2.5rem; }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
  td, th { padding: 0.15rem 0.6rem; text-align: right; border-bottom: 1px solid #ddd; font-weight: normal; }
  td:first-child, th:first-child { text-align: left; }
  th { color: #666; } svg { margin-right: 1rem; } svg text { font: 12px system-ui, sans-serif; fill: #555; }
  @media print { h2 { break-after: avoid; } }
</style>
<h1>${escaped(title)}</h1>
${sections.map(sectionOf).join("\n")}
</html>
`;

function sectionOf({ title, figures }: Section): string {
  const charts = [reliability(figures), byTimeLeft(figures)].filter((svg) => svg !== "");
  const rows = figures.filter(({ said }) => said === undefined).map(rowOf);
  return `<h2>${escaped(title)}</h2>
${charts.join("\n")}
<table>
<tr><th>figure</th><th>value</th><th>95 % of windows drawn again</th><th>n</th></tr>
${rows.join("\n")}
</table>`;
}

function rowOf({ figure, value, low, high, n }: Figure): string {
  const interval = low === null || high === null ? "" : `${low.toFixed(4)} to ${high.toFixed(4)}`;
  return `<tr><td>${escaped(figure)}</td><td>${value.toFixed(4)}</td><td>${interval}</td><td>${n}</td></tr>`;
}

interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  readonly label: string;
}

const UNIT: Axis = { from: 0, to: 1, ticks: [0, 0.25, 0.5, 0.75, 1], label: "" };

/** What was said against what came, a circle for each tenth, larger where there is more of it. */
function reliability(figures: readonly Figure[]): string {
  const points = figures.flatMap(({ said, value, n }) =>
    said === undefined ? [] : [{ said, value, n }],
  );
  if (points.length === 0) return "";
  const most = Math.max(...points.map(({ n }) => n));
  const [x, y] = [
    { ...UNIT, label: "probability that was said" },
    { ...UNIT, label: "share that came" },
  ];
  const circles = points.map(({ said, value, n }) => {
    const radius = 3 + 7 * Math.sqrt(n / most);
    return `<circle cx="${across(x, said)}" cy="${up(y, value)}" r="${radius.toFixed(1)}" fill="#2563eb" fill-opacity="0.6"><title>said ${said.toFixed(3)}, came ${value.toFixed(3)}, n ${n}</title></circle>`;
  });
  const diagonal = `<line x1="${across(x, 0)}" y1="${up(y, 0)}" x2="${across(x, 1)}" y2="${up(y, 1)}" stroke="#999" stroke-dasharray="4 3"/>`;
  return chart("Reliability", x, y, [diagonal, ...circles]);
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
    ticks: [longest, longest / 2, 60, 0],
    label: "seconds left",
  };
  const y: Axis = { from: 0, to: 0.3, ticks: [0, 0.1, 0.2, 0.3], label: "Brier score" };
  const marks = points.map(({ leftS = 0, value, low, high }) => {
    const at = across(x, leftS);
    const bar =
      low === null || high === null
        ? ""
        : `<line x1="${at}" x2="${at}" y1="${up(y, low)}" y2="${up(y, high)}" stroke="#2563eb"/>`;
    return `${bar}<circle cx="${at}" cy="${up(y, value)}" r="4" fill="#2563eb"><title>${leftS} s: ${value.toFixed(4)}</title></circle>`;
  });
  return chart("Brier score by time left", x, y, marks);
}

const within = ({ from, to }: Axis, value: number): number =>
  Math.min(1, Math.max(0, (value - from) / (to - from)));
const across = (axis: Axis, value: number): string =>
  (MARGIN.left + within(axis, value) * (WIDTH - MARGIN.left - MARGIN.right)).toFixed(1);
const up = (axis: Axis, value: number): string =>
  (HEIGHT - MARGIN.bottom - within(axis, value) * (HEIGHT - MARGIN.top - MARGIN.bottom)).toFixed(1);

function chart(name: string, x: Axis, y: Axis, marks: readonly string[]): string {
  const [left, right] = [across(x, x.from), across(x, x.to)];
  const [bottom, top] = [up(y, y.from), up(y, y.to)];
  const ticks = [
    ...x.ticks.map(
      (at) => `<text x="${across(x, at)}" y="${HEIGHT - 22}" text-anchor="middle">${at}</text>`,
    ),
    ...y.ticks.map(
      (at) => `<text x="${MARGIN.left - 6}" y="${up(y, at)}" text-anchor="end" dy="4">${at}</text>`,
    ),
  ];
  return `<svg role="img" aria-label="${name}" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">
<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="#999"/>
${ticks.join("\n")}
<text x="${(WIDTH + MARGIN.left) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${x.label}</text>
<text transform="translate(13 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${y.label}</text>
${marks.join("\n")}
</svg>`;
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
