/** An immutable map in layers: a few entries are added without copying all the others. */

/** Oldest layer first; an entry of a later layer overrides those before it. */
export type LayeredMap<Key, Value> = readonly ReadonlyMap<Key, Value>[];

/** A layer of this size is not merged any further, so that the oldest entries can be dropped with it. */
const LAYER_FULL = 1_000;

/** Merges layers of similar size only, so that each entry is copied about ten times at the most. */
export function withEntries<Key, Value>(
  layers: LayeredMap<Key, Value>,
  entries: ReadonlyMap<Key, Value>,
): LayeredMap<Key, Value> {
  if (entries.size === 0) return layers;
  const last = layers.at(-1);
  return last && last.size < LAYER_FULL && last.size <= entries.size
    ? withEntries(layers.slice(0, -1), new Map([...last, ...entries]))
    : [...layers, entries];
}

export const entryOf = <Key, Value>(layers: LayeredMap<Key, Value>, key: Key): Value | undefined =>
  layers.findLast((layer) => layer.has(key))?.get(key);

export const entryCount = (layers: LayeredMap<unknown, unknown>): number =>
  layers.reduce((sum, { size }) => sum + size, 0);

/** Drops the oldest layers until at most `most` entries are left, but never the last layer. */
export const latestEntries = <Key, Value>(
  layers: LayeredMap<Key, Value>,
  most: number,
): LayeredMap<Key, Value> =>
  layers.length > 1 && entryCount(layers) > most ? latestEntries(layers.slice(1), most) : layers;
