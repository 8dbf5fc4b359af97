import { expect } from "vitest";
import { SERVED_SERIES, type WindowSeries } from "../../src/sim/server/index.ts";
import { SERIES, type Series, type SeriesName } from "../../src/venue/polymarket/index.ts";

export const seriesOf = (name: SeriesName): Series =>
  SERIES.get(name) ?? expect.unreachable(`no series ${name}`);

export const servedSeries = (name: SeriesName): WindowSeries =>
  SERVED_SERIES.get(name) ?? expect.unreachable(`no served series ${name}`);
