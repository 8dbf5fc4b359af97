/** The figures of `calibrate` as one page that needs nothing else: reliability, error by time left, a table. */
import { basename } from "node:path";
import {
  type Axis,
  type Frame,
  SIZE,
  across,
  aidLine,
  axisOfNames,
  axisOver,
  chart,
  estimateMark,
  up,
  valueTicks,
} from "../page/chart.ts";
import { escaped, pageOf, tableHtml } from "../page/page.ts";
import { type Figure, valueText } from "./figures.ts";
import type { Source } from "./recordings.ts";
import { meaningsOf } from "./words.ts";

export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
}

/** Which data, and what was asked of them. */
export interface About {
  readonly title: string;
  readonly sources: readonly Source[];
  /** Sentences for the head of the page. */
  readonly notes: readonly string[];
}

export const reportPage = (
  { title, sources, notes }: About,
  sections: readonly Section[],
): string =>
  pageOf(
    title,
    [
      ...notes.map((note) => `<p>${escaped(note)}</p>`),
      sourcesHtml(sources),
      ...sections.map((section, at) => sectionOf(section, sections.slice(0, at))),
    ].join("\n"),
  );

/** Many files of one kind are one row: a recorder may write one for each window. */
function sourcesHtml(sources: readonly Source[]): string {
  if (sources.length === 0) return "";
  const rows = sources.map(({ file, holds, count }) => [
    `${basename(file)}: ${holds}`,
    String(count),
  ]);
  const shown = rows.slice(0, SOURCES_SHOWN);
  const others = rows.length - shown.length;
  return `<h2>Data</h2>
${tableHtml([["file: what was read of it", "count"], ...shown])}
${others > 0 ? `<p>and ${others} more files</p>` : ""}`;
}
const SOURCES_SHOWN = 40;

/** Words stand where their figure is first. */
function sectionOf({ title, figures }: Section, before: readonly Section[]): string {
  const charts = [
    reliability(figures),
    byTimeLeft(figures),
    byHorizon(figures),
    byPlace(figures),
  ].filter((figure) => figure !== "");
  const rows = figures.filter(({ said }) => said === undefined).map(rowOf);
  const known = meaningsOf(before.flatMap((section) => section.figures)).map(([term]) => term);
  const terms = meaningsOf(figures)
    .filter(([term]) => !known.includes(term))
    .map(([term, words]) => `<dt>${escaped(term)}</dt><dd>${escaped(words)}</dd>`);
  return `<h2>${escaped(title)}</h2>
${charts.join("\n")}
${tableHtml([["figure", "value", "95 % of windows drawn again", "n"], ...rows])}
${terms.length === 0 ? "" : `<dl>${terms.join("\n")}</dl>`}`;
}

/** A chart with its name above it and, below, what its marks are. */
const figureHtml = (name: string, svg: string, legend: string): string =>
  `<figure><figcaption>${escaped(name)}</figcaption>\n${svg}\n<p class="legend">${legend}</p></figure>`;

const key = (colour: number, text: string): string =>
  `<span class="c${colour} keyed">●</span> ${escaped(text)}`;
const INTERVAL = "line: 95 % of windows drawn again";

function rowOf(of: Figure): readonly string[] {
  const { figure, low, high, n } = of;
  const interval = low === null || high === null ? "" : `${low.toFixed(4)} to ${high.toFixed(4)}`;
  return [figure, valueText(of), interval, String(n)];
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
  return figureHtml(
    "Does what is said come as often?",
    chart("Reliability", frame, [aidLine(frame, [0, 0], [1, 1]), ...circles]),
    `${key(0, "forecasts of one tenth of the probabilities, larger where there are more")}; dashed: as often as said`,
  );
}

/** The Brier score by the time left, or how much less of it one price has than another, with its interval. */
function byTimeLeft(figures: readonly Figure[]): string {
  const points = figures.filter(
    ({ leftS, figure }) => leftS !== undefined && figure.includes("Brier"),
  );
  if (points.length === 0) return "";
  const isDifference = points.some(({ figure }) => figure.includes("minus"));
  const longest = Math.max(...points.map(({ leftS = 0 }) => leftS));
  const name = isDifference ? "Brier score, ours minus the mid's" : "Brier score";
  const x: Axis = {
    from: longest,
    to: 0,
    ticks: valueTicks([longest, longest / 2, 60, 0]),
    label: "seconds left",
  };
  const frame: Frame = { ...SIZE, x, y: axisOver(reachOf(points), name) };
  const marks = points.map(({ leftS = 0, ...point }) =>
    estimateMark(frame, leftS, point, {
      colour: 0,
      title: `${leftS} s: ${point.value.toFixed(4)}`,
    }),
  );
  const aid = isDifference ? [aidLine(frame, [longest, 0], [0, 0])] : [];
  return figureHtml(
    `${name} by time left`,
    chart(`${name} by time left`, frame, [...aid, ...marks]),
    `${key(0, isDifference ? "below 0 ours is better" : "less is better")}; ${INTERVAL}`,
  );
}

const reachOf = (points: readonly Figure[]): readonly number[] =>
  points.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);

/** c of the middle's moves, by how long they are. */
function byHorizon(figures: readonly Figure[]): string {
  const points = figures.filter(({ horizonS }) => horizonS !== undefined);
  if (points.length === 0) return "";
  const frame: Frame = {
    ...SIZE,
    x: axisOfNames(
      points.map(({ horizonS = 0 }) => `${horizonS} s`),
      "length of the move",
    ),
    y: axisOver([1, ...reachOf(points)], "c"),
  };
  const marks = points.map((point, at) =>
    estimateMark(frame, at, point, {
      colour: 0,
      title: `${point.horizonS} s: ${point.value.toFixed(2)}`,
    }),
  );
  const aid = aidLine(frame, [frame.x.from, 1], [frame.x.to, 1]);
  return figureHtml(
    "How far the middle moves",
    chart("c by length of the move", frame, [aid, ...marks]),
    `${key(0, "the middle of the book")}; ${INTERVAL}; dashed: fair value that nobody lags`,
  );
}

const QUEUE_COLOURS = { front: 0, swept: 1 } as const;
/** Of the distance between two places, so that the marks of one place stand beside each other. */
const QUEUE_SHIFT = 0.08;

/** What fills have earned, by the quote's place. */
function byPlace(figures: readonly Figure[]): string {
  const points = figures.flatMap(({ behindCents, queue, ...point }) =>
    behindCents === undefined || queue === undefined ? [] : [{ ...point, behindCents, queue }],
  );
  if (points.length === 0) return "";
  const places = [...new Set(points.map(({ behindCents }) => behindCents))];
  const frame: Frame = {
    ...SIZE,
    x: axisOfNames(
      places.map((behind) => (behind === 0 ? "at the touch" : `${behind} c behind`)),
      "where the quote stands",
    ),
    y: axisOver(reachOf(points), "cents a share after 5 s"),
  };
  const marks = points.map(({ behindCents, queue, ...point }) =>
    estimateMark(
      frame,
      places.indexOf(behindCents) + (queue === "front" ? -QUEUE_SHIFT : QUEUE_SHIFT),
      point,
      { colour: QUEUE_COLOURS[queue], title: `${queue}: ${point.value.toFixed(2)} c` },
    ),
  );
  const aid = aidLine(frame, [frame.x.from, 0], [frame.x.to, 0]);
  return figureHtml(
    "What a fill has earned",
    chart("Markout by place", frame, [aid, ...marks]),
    `${key(QUEUE_COLOURS.front, "front: first in the queue")} ${key(QUEUE_COLOURS.swept, "swept: the level is gone")}; ${INTERVAL}`,
  );
}
