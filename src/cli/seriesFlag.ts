/** Series by name, one or several with commas between them. */
import { nearest } from "../types/index.ts";
import { SERIES, type Series } from "../venue/polymarket/index.ts";

export interface NamedSeries {
  readonly series: readonly Series[];
  readonly problems: readonly string[];
}

/** None where there is a problem. */
export function seriesNamed(text: string): NamedSeries {
  const names = text.split(",").map((name) => name.trim());
  const problems = names.flatMap((name, index) => {
    if (!SERIES.has(name)) return [`--series: ${unknownSeries(name)}`];
    return names.indexOf(name) < index ? [`--series: ${name} is named twice`] : [];
  });
  return {
    series: problems.length > 0 ? [] : names.flatMap((name) => SERIES.get(name) ?? []),
    problems,
  };
}

function unknownSeries(name: string): string {
  const names = [...SERIES.keys()];
  const meant = name === "" ? null : nearest(name, names);
  return meant === null
    ? `"${name}" is none of ${names.join(", ")}`
    : `"${name}" is no series; did you mean ${meant}?`;
}
