/** Maps that grow by a few entries at a time without copying the rest, while older states keep theirs. */

/** One map in layers, the oldest first; what stands in a later one counts. */
export type LayeredMap<Key, Value> = readonly ReadonlyMap<Key, Value>[];

/** A layer of this size is not merged any more, so that the oldest can be forgotten by the layer. */
const LAYER_FULL = 1_000;

/** Merges only layers of like size: an entry is copied ten times or so, however many there are. */
export function withEntry<Key, Value>(
  kept: LayeredMap<Key, Value>,
  more: ReadonlyMap<Key, Value>,
): LayeredMap<Key, Value> {
  if (more.size === 0) return kept;
  const last = kept.at(-1);
  return last && last.size < LAYER_FULL && last.size <= more.size
    ? withEntry(kept.slice(0, -1), new Map([...last, ...more]))
    : [...kept, more];
}

export const entryOf = <Key, Value>(kept: LayeredMap<Key, Value>, key: Key): Value | undefined =>
  kept.findLast((layer) => layer.has(key))?.get(key);

export const entryCount = (kept: LayeredMap<unknown, unknown>): number =>
  kept.reduce((sum, { size }) => sum + size, 0);

/** At most `most` entries, but all that came last at once: the oldest layers go first. */
export const latestEntries = <Key, Value>(
  kept: LayeredMap<Key, Value>,
  most: number,
): LayeredMap<Key, Value> =>
  kept.length > 1 && entryCount(kept) > most ? latestEntries(kept.slice(1), most) : kept;
