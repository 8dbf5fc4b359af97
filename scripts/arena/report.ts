/** The figures of the arena as one page: what each preset paid whom, how fills aged, and how pairs of windows differ. */
import {
  type Frame,
  SIZE,
  across,
  aidLine,
  axisOfNames,
  axisOver,
  chart,
  estimateMark,
  up,
} from "../page/chart.ts";
import { escaped, pageOf, tableHtml } from "../page/page.ts";
import {
  type ArenaFigure,
  HEDGED,
  MARKOUTS,
  PNL,
  type Pairing,
  markoutName,
} from "./arenaFigures.ts";
import { pairRowsOf, rowsOf, valueText } from "./table.ts";

/** What was found with one preset. */
export interface PresetReport {
  readonly traders: string;
  /** Of the contestants, the first one first. */
  readonly labels: readonly string[];
  readonly figures: readonly ArenaFigure[];
  readonly pairs: readonly { readonly minus: string; readonly pairing: Pairing }[];
  /** Windows that failed, and seeds that make no pair. */
  readonly failures: readonly string[];
}

const WIDE = { width: 860, height: 300 };
const PARTS = [PNL, "of it spread", "of it directional", "of it fees", "of it rebates", HEDGED];

/** `about` says in one sentence what was played. */
export function arenaPage(title: string, about: string, presets: readonly PresetReport[]): string {
  const labels = presets[0]?.labels ?? [];
  const figures = presets.flatMap((preset) => preset.figures);
  const names = presets.map(({ traders }) => traders);
  const of = (label: string, traders: string): ArenaFigure | undefined =>
    own(figures, label).find((it) => it.figure === PNL && it.traders === traders);
  return pageOf(
    title,
    `<p>${escaped(about)}</p>
${legend(labels)}
${presets.length > 1 ? estimates("PnL by preset", names, "other traders", "PnL, $ a window", labels, of, WIDE) : ""}
${presets.map(sectionOf).join("\n")}`,
  );
}

const legend = (labels: readonly string[]): string =>
  `<p>${labels
    .map(
      (label, at) =>
        `<svg class="c${at}" width="14" height="12" viewBox="0 0 14 12" style="margin:0"><circle class="dot" cx="6" cy="6" r="5"/></svg>${escaped(label)}`,
    )
    .join("&emsp;")}</p>`;

const own = (figures: readonly ArenaFigure[], label: string): readonly ArenaFigure[] =>
  figures.filter(({ contestant, minus }) => minus === undefined && contestant === label);

function sectionOf({ traders, labels, figures, pairs, failures }: PresetReport): string {
  const named = (label: string, figure: string): ArenaFigure | undefined =>
    own(figures, label).find((it) => it.figure === figure);
  // Without fees or rebates there is nothing to show of them.
  const parts = PARTS.filter(
    (part, at) => at < 3 || labels.some((label) => (named(label, part)?.value ?? 0) !== 0),
  );
  const partNames = parts.map((part) => part.replace("of it ", "").replace("PnL, ", ""));
  const charts = [
    estimates(
      `PnL with ${traders}`,
      partNames,
      "PnL, what it is made of, and delta-hedged",
      "$ a window",
      labels,
      (label, part) => named(label, parts[partNames.indexOf(part)] ?? ""),
    ),
    estimates(
      `Markouts with ${traders}`,
      MARKOUTS_SHORT,
      "at the fill, so long after it, and when the window has paid",
      "cents a share",
      labels,
      (label, when) => named(label, markoutName(MARKOUTS[MARKOUTS_SHORT.indexOf(when)] ?? "")),
    ),
    ...pairs.map(({ minus, pairing }) =>
      histogram(`${labels[0]} minus ${minus}`, labels.indexOf(minus), pairing, figures),
    ),
  ];
  const [head = [], ...rows] = rowsOf(figures);
  const pairRows = pairRowsOf(figures);
  return `<h2>${escaped(traders)}</h2>
${charts.join("\n")}
${failures.length === 0 ? "" : `<ul>${failures.map((text) => `<li>${escaped(text)}</li>`).join("")}</ul>`}
${pairRows.length === 0 ? "" : tableHtml([["pairs of windows", "value (95 %)", "n"], ...pairRows])}
${tableHtml([["value (95 % of windows drawn again)", ...head.slice(1)], ...rows])}`;
}

const MARKOUTS_SHORT = MARKOUTS.map((when) =>
  when.replace(" later", "").replace("at the fill", "fill").replace("when paid", "paid"),
);

/** A group for each name, in it a dot for each contestant. */
function estimates(
  title: string,
  names: readonly string[],
  xLabel: string,
  yLabel: string,
  labels: readonly string[],
  of: (label: string, name: string) => ArenaFigure | undefined,
  size = SIZE,
): string {
  const found = names.flatMap((name, group) =>
    labels.flatMap((label, at) => {
      const figure = of(label, name);
      const place = group + ((at - (labels.length - 1) / 2) * GROUP) / labels.length;
      return figure === undefined ? [] : [{ figure, label, name, at, place }];
    }),
  );
  if (found.length === 0) return "";
  const values = found.flatMap(({ figure: { value, low, high } }) => [
    value,
    low ?? value,
    high ?? value,
  ]);
  const x = axisOfNames(names, xLabel);
  const frame: Frame = { ...size, x, y: axisOver(values, yLabel) };
  const marks = found.map(({ figure, label, name, at, place }) =>
    estimateMark(frame, place, figure, {
      colour: at,
      title: `${label}, ${name}: ${valueText(figure)} ${figure.unit}`,
    }),
  );
  return chart(title, frame, [aidLine(frame, [x.from, 0], [x.to, 0]), ...marks]);
}

/** Of the distance between two groups. */
const GROUP = 0.6;
const BINS = 14;

/** How many windows differ by how much, with the mean and its interval above. */
function histogram(
  title: string,
  colour: number,
  { differences }: Pairing,
  figures: readonly ArenaFigure[],
): string {
  if (differences.length === 0) return "";
  const values = differences.map(({ dollars }) => dollars);
  // A bin of room on both sides, so that neither zero nor the interval lies on the edge.
  const tight = axisOver(values, "", BINS);
  const bin = (tight.to - tight.from) / (tight.ticks.length - 1);
  const fine = axisOver(
    [tight.from - bin, tight.to + bin],
    `${title}, $ a window; above: mean and its interval`,
    BINS,
  );
  const width = (fine.to - fine.from) / (fine.ticks.length - 1);
  const bins = fine.ticks.slice(0, -1).map(({ at }, index) => ({
    from: at,
    // The largest value is in the last bin.
    count: values.filter(
      (value) => Math.min(fine.ticks.length - 2, Math.floor((value - fine.from) / width)) === index,
    ).length,
  }));
  const counts = bins.map(({ count }) => count);
  const x = { ...fine, ticks: fine.ticks.filter(({ at }) => Math.round(at / width) % 3 === 0) };
  const y = axisOver([Math.max(LEAST_HEIGHT, ...counts) * HEADROOM], "windows");
  const frame: Frame = { ...SIZE, x, y };
  const boxes = bins.map(({ from, count }) => {
    const [left, right] = [Number(across(frame, from)), Number(across(frame, from + width))];
    const [top, bottom] = [Number(up(frame, count)), Number(up(frame, 0))];
    return `<rect class="box faint c${colour}" x="${left}" y="${top}" width="${(right - left - 1).toFixed(1)}" height="${(bottom - top).toFixed(1)}"><title>${from.toFixed(2)} to ${(from + width).toFixed(2)} $: ${count} windows</title></rect>`;
  });
  const found = figures.find(
    ({ figure, contestant, minus }) =>
      figure === PNL && minus !== undefined && title === `${contestant} minus ${minus}`,
  );
  return chart(`Paired differences, ${title}`, frame, [
    ...boxes,
    aidLine(frame, [0, y.from], [0, y.to]),
    ...(found === undefined ? [] : [meanMark(frame, found, colour)]),
  ]);
}

/** Fewer windows would make an axis of parts of them. */
const LEAST_HEIGHT = 3;
/** Of a histogram's height, so that the mean stands above it. */
const HEADROOM = 1.3;

function meanMark(frame: Frame, found: ArenaFigure, colour: number): string {
  const { value, low, high } = found;
  const height = up(frame, frame.y.to * 0.97);
  const bar =
    low === null || high === null
      ? ""
      : `<line class="bar" x1="${across(frame, low)}" x2="${across(frame, high)}" y1="${height}" y2="${height}"/>`;
  return `<g class="c${colour}">${bar}<circle class="dot" cx="${across(frame, value)}" cy="${height}" r="4"><title>mean ${escaped(valueText(found))} $ a window</title></circle></g>`;
}
