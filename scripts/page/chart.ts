/** Charts as SVG: axes with their units, and marks that the caller places. Colours are classes of the page, `c0` to `c5`. */
import { escaped } from "./page.ts";

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly Tick[];
  /** With its unit. */
  readonly label: string;
}

/** A place on an axis, and its name. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** Two axes on a size in pixels. */
export interface Frame {
  readonly x: Axis;
  readonly y: Axis;
  readonly width: number;
  readonly height: number;
}

export const SIZE = { width: 420, height: 300 };
const MARGIN = { left: 60, right: 12, top: 12, bottom: 40 };

/** Ticks named by their values. */
export const valueTicks = (places: readonly number[]): readonly Tick[] =>
  places.map((at) => ({ at, text: String(at) }));

/** From below the least of the values to above the largest, 0 among them, in steps of 1, 2 or 5 times a power of ten. */
export function axisOver(values: readonly number[], label: string, steps = 5): Axis {
  const [least, largest] = [Math.min(0, ...values), Math.max(0, ...values)];
  const span = largest - least || 1;
  const power = 10 ** Math.floor(Math.log10(span / steps));
  const step = ([1, 2, 5].find((it) => it * power * steps >= span) ?? 10) * power;
  const [first, last] = [Math.floor(least / step), Math.ceil(largest / step)];
  const end = last === first ? first + 1 : last;
  const places = Math.max(0, -Math.floor(Math.log10(step)));
  const ticks = Array.from({ length: end - first + 1 }, (_, index) => {
    const at = (first + index) * step;
    return { at, text: at.toFixed(places) };
  });
  return { from: first * step, to: end * step, ticks, label };
}

/** One place for each name, with room on both sides. */
export const axisOfNames = (names: readonly string[], label: string): Axis => ({
  from: -0.5,
  to: names.length - 0.5,
  ticks: names.map((text, at) => ({ at, text })),
  label,
});

const within = ({ from, to }: Axis, value: number): number =>
  Math.min(1, Math.max(0, (value - from) / (to - from)));

/** Pixels from the left. */
export const across = ({ x, width }: Frame, value: number): string =>
  (MARGIN.left + within(x, value) * (width - MARGIN.left - MARGIN.right)).toFixed(1);
/** Pixels from the top. */
export const up = ({ y, height }: Frame, value: number): string =>
  (height - MARGIN.bottom - within(y, value) * (height - MARGIN.top - MARGIN.bottom)).toFixed(1);

export interface Estimate {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A dot with its interval; `title` is what a reader sees who points at it. */
export function estimateMark(
  frame: Frame,
  at: number,
  { value, low, high }: Estimate,
  { colour, title }: { readonly colour: number; readonly title: string },
): string {
  const x = across(frame, at);
  const bar =
    low === null || high === null
      ? ""
      : `<line class="bar" x1="${x}" x2="${x}" y1="${up(frame, low)}" y2="${up(frame, high)}"/>`;
  return `<g class="c${colour}">${bar}<circle class="dot" cx="${x}" cy="${up(frame, value)}" r="4"><title>${escaped(title)}</title></circle></g>`;
}

/** A dashed line between two points in the units of the axes. */
export const aidLine = (
  frame: Frame,
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
): string =>
  `<line class="aid" x1="${across(frame, x1)}" y1="${up(frame, y1)}" x2="${across(frame, x2)}" y2="${up(frame, y2)}"/>`;

export function chart(name: string, frame: Frame, marks: readonly string[]): string {
  const { x, y, width, height } = frame;
  const [left, right] = [across(frame, x.from), across(frame, x.to)];
  const [bottom, top] = [up(frame, y.from), up(frame, y.to)];
  const texts = [
    ...x.ticks.map(
      ({ at, text }) =>
        `<text x="${across(frame, at)}" y="${height - 22}" text-anchor="middle">${escaped(text)}</text>`,
    ),
    ...y.ticks.map(
      ({ at, text }) =>
        `<text x="${MARGIN.left - 6}" y="${up(frame, at)}" text-anchor="end" dy="4">${escaped(text)}</text>`,
    ),
  ];
  return `<svg role="img" aria-label="${escaped(name)}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>
${texts.join("\n")}
<text x="${(width + MARGIN.left) / 2}" y="${height - 6}" text-anchor="middle">${escaped(x.label)}</text>
<text transform="translate(13 ${(height - MARGIN.bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>
${marks.join("\n")}
</svg>`;
}
