/** Maps that grow by a few entries at a time without copying the rest, while older states keep theirs. */

/** One map in layers, the oldest first; what stands in a later one counts. */
export type Kept<Key, Value> = readonly ReadonlyMap<Key, Value>[];

/** A layer of this size is not merged any more, so that the oldest can be forgotten by the layer. */
const LAYER_FULL = 1_000;

/** Merges only layers of like size: an entry is copied ten times or so, however many there are. */
export function keptWith<Key, Value>(
  kept: Kept<Key, Value>,
  more: ReadonlyMap<Key, Value>,
): Kept<Key, Value> {
  if (more.size === 0) return kept;
  const last = kept.at(-1);
  return last && last.size < LAYER_FULL && last.size <= more.size
    ? keptWith(kept.slice(0, -1), new Map([...last, ...more]))
    : [...kept, more];
}

export const keptOf = <Key, Value>(kept: Kept<Key, Value>, key: Key): Value | undefined =>
  kept.findLast((layer) => layer.has(key))?.get(key);

export const keptCount = (kept: Kept<unknown, unknown>): number =>
  kept.reduce((sum, { size }) => sum + size, 0);

/** At most `most` entries, but all that came last at once: the oldest layers go first. */
export const latestOf = <Key, Value>(kept: Kept<Key, Value>, most: number): Kept<Key, Value> =>
  kept.length > 1 && keptCount(kept) > most ? latestOf(kept.slice(1), most) : kept;
