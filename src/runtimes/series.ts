/** Series by their names, for the program and for the simulated venue. */
import { SERVED_SERIES, type WindowSeries } from "../sim/server/index.ts";
import { COINS, type Coin, ConfigError } from "../types/index.ts";
import { SERIES, type Series, type SeriesName, coinsOf } from "../venue/polymarket/index.ts";

/** @throws ConfigError where one is not known, for programs without our types. */
export const seriesOf = (names: readonly SeriesName[]): readonly Series[] =>
  names.map((name) => known(SERIES, name));

/** The same as the simulated venue serves them. @throws ConfigError where one is not known. */
export const servedSeriesOf = (names: readonly SeriesName[]): readonly WindowSeries[] =>
  names.map((name) => known(SERVED_SERIES, name));

/** Of the series of a simulation: those named, or windows of one length. */
export const coinsServed = (names: readonly SeriesName[]): readonly Coin[] =>
  names.length === 0 ? COINS.slice(0, 1) : coinsOf(seriesOf(names));

function known<Value>(all: ReadonlyMap<string, Value>, name: string): Value {
  const found = all.get(name);
  if (found === undefined) throw new ConfigError([`${name}: not a series`]);
  return found;
}
