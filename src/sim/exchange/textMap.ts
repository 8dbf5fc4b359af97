/**
 * An immutable map by text. A change makes the nodes on the way to one entry anew and shares all the
 * others, so that it costs about the same however many entries there are, and old maps stay.
 */

/** Null where nothing is in it. */
export type TextMap<Value> = MapNode<Value> | null;

type MapNode<Value> = Leaf<Value> | Branch<Value>;

/** The entries of one hash: nearly always one. */
interface Leaf<Value> {
  readonly hash: number;
  readonly entries: readonly (readonly [key: string, value: Value])[];
}

/** One place for each value that the next four bits of a hash can have. */
type Branch<Value> = readonly TextMap<Value>[];

const BITS = 4;
const PLACES = 1 << BITS;
const NO_PLACES: Branch<never> = Array.from({ length: PLACES }, () => null);

export function valueOf<Value>(map: TextMap<Value>, key: string): Value | undefined {
  if (map === null) return undefined;
  const hash = hashOf(key);
  let node: TextMap<Value> = map;
  for (let shift = 0; node !== null && !isLeaf(node); shift += BITS)
    node = node[placeOf(hash, shift)] ?? null;
  return node?.entries.find(([known]) => known === key)?.[1];
}

export const withValue = <Value>(map: TextMap<Value>, key: string, value: Value): TextMap<Value> =>
  withEntry(map, { hash: hashOf(key), entries: [[key, value]] }, 0);

export const withoutKey = <Value>(map: TextMap<Value>, key: string): TextMap<Value> =>
  map && withoutEntry(map, key, hashOf(key), 0);

function withEntry<Value>(node: TextMap<Value>, leaf: Leaf<Value>, shift: number): MapNode<Value> {
  if (node === null) return leaf;
  if (!isLeaf(node)) {
    const place = placeOf(leaf.hash, shift);
    return node.with(place, withEntry(node[place] ?? null, leaf, shift + BITS));
  }
  if (node.hash !== leaf.hash) {
    const places: Branch<Value> = NO_PLACES;
    const branch = places.with(placeOf(node.hash, shift), node);
    return withEntry(branch, leaf, shift);
  }
  const isOther = ([key]: Leaf<Value>["entries"][number]): boolean =>
    leaf.entries.every(([added]) => added !== key);
  return { ...leaf, entries: [...node.entries.filter(isOther), ...leaf.entries] };
}

function withoutEntry<Value>(
  node: MapNode<Value>,
  key: string,
  hash: number,
  shift: number,
): TextMap<Value> {
  if (isLeaf(node)) {
    const entries = node.entries.filter(([known]) => known !== key);
    if (entries.length === node.entries.length) return node;
    return entries.length === 0 ? null : { hash, entries };
  }
  const place = placeOf(hash, shift);
  const known = node[place] ?? null;
  const left = known && withoutEntry(known, key, hash, shift + BITS);
  if (left === known) return node;
  const rest = node.with(place, left);
  const others = rest.filter((one) => one !== null);
  const [only] = others;
  // A branch for a single leaf would stay for good, and the map would grow with what was once in it.
  return others.length === 1 && only && isLeaf(only) ? only : rest;
}

const isLeaf = <Value>(node: MapNode<Value>): node is Leaf<Value> => "hash" in node;

const placeOf = (hash: number, shift: number): number => (hash >>> shift) & (PLACES - 1);

/** Ids differ in their ends at the latest, and most of them in every character. */
const CHARACTERS = 16;

/** FNV-1a, of the last characters only. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = Math.max(0, key.length - CHARACTERS); at < key.length; at += 1)
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
