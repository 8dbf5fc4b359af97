/** A record in shards: a step copies one shard of it, and not every entry. */
import { own } from "../types/index.ts";

export type Table<Value> = Readonly<Record<string, Readonly<Record<string, Value>>>>;

const SHARDS = 64;

export const entryOf = <Value>(table: Table<Value>, key: string): Value | undefined =>
  own(table[shardOf(key)] ?? {}, key);

/** Without the entry where the value is null. */
export function withEntry<Value>(
  table: Table<Value>,
  key: string,
  value: Value | null,
): Table<Value> {
  const shard = shardOf(key);
  const { [key]: _before, ...others } = table[shard] ?? {};
  return { ...table, [shard]: value === null ? others : { ...others, [key]: value } };
}

export const entriesOf = <Value>(table: Table<Value>): readonly Value[] =>
  Object.values(table).flatMap((shard) => Object.values(shard));

export const keysOf = <Value>(table: Table<Value>): readonly string[] =>
  Object.values(table).flatMap((shard) => Object.keys(shard));

function shardOf(key: string): string {
  let hash = 0;
  for (let at = 0; at < key.length; at += 1) hash = (hash * 31 + key.charCodeAt(at)) % 1_000_003;
  return String(hash % SHARDS);
}
