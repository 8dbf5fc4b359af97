/** A profile of this process as tables: CPU time and allocated bytes, by room and by function. */
import type { HeapProfiler, Profiler, Runtime } from "node:inspector";
import { Session } from "node:inspector/promises";

export interface Profiled<Value> {
  readonly value: Value;
  readonly cpuMs: number;
  /** As Chromium's tools read it (`.cpuprofile`). */
  readonly profile: Profiler.Profile;
  /** Bytes by room of the function that allocates; a sample of each 32 kB. */
  readonly allocated: ReadonlyMap<string, number>;
}

export interface Shares {
  /** Of each room: its functions and everything they call. */
  readonly inclusive: ReadonlyMap<string, number>;
  /** Of each room: its functions alone. */
  readonly own: ReadonlyMap<string, number>;
  /** Of each function: itself and everything it calls. */
  readonly functions: ReadonlyMap<string, number>;
  /** Of each function alone. */
  readonly ownFunctions: ReadonlyMap<string, number>;
  readonly totalMs: number;
}

const SAMPLE_US = 500;
const SAMPLE_BYTES = 32_768;

/** Runs `work` twice: once for its times, once for its allocations, since each disturbs the other. */
export async function profiled<Value>(work: () => Promise<Value>): Promise<Profiled<Value>> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_US });
    await session.post("Profiler.start");
    const before = process.cpuUsage();
    const value = await work();
    const { user, system } = process.cpuUsage(before);
    const { profile } = await session.post("Profiler.stop");
    await session.post("HeapProfiler.startSampling", {
      samplingInterval: SAMPLE_BYTES,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    } as HeapProfiler.StartSamplingParameterType);
    await work();
    const { profile: heap } = await session.post("HeapProfiler.stopSampling");
    return { value, cpuMs: (user + system) / 1_000, profile, allocated: bytesByRoom(heap.head) };
  } finally {
    session.disconnect();
  }
}

export function shares(profile: Profiler.Profile): Shares {
  const { nodes, samples = [], timeDeltas = [] } = profile;
  const parent = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((it) => [it, id] as const)),
  );
  const known = new Map(nodes.map((node) => [node.id, node]));
  const ownMs = new Map<number, number>();
  for (const [index, id] of samples.entries()) add(ownMs, id, (timeDeltas[index] ?? 0) / 1_000);
  const [inclusive, own, functions, ownFunctions] = [0, 1, 2, 3].map(
    () => new Map<string, number>(),
  ) as [Map<string, number>, Map<string, number>, Map<string, number>, Map<string, number>];
  let totalMs = 0;
  for (const [id, ms] of ownMs) {
    const leaf = known.get(id)?.callFrame;
    if (leaf === undefined || leaf.functionName === "(idle)") continue;
    totalMs += ms;
    add(own, roomOf(leaf), ms);
    add(ownFunctions, nameOf(leaf), ms);
    // Once each, however often the stack passes through it.
    const [rooms, names] = [new Set<string>(), new Set<string>()];
    for (let at: number | undefined = id; at !== undefined; at = parent.get(at)) {
      const frame = known.get(at)?.callFrame;
      if (frame === undefined) break;
      rooms.add(roomOf(frame));
      names.add(nameOf(frame));
    }
    for (const room of rooms) add(inclusive, room, ms);
    for (const name of names) add(functions, name, ms);
  }
  return { inclusive, own, functions, ownFunctions, totalMs };
}

function bytesByRoom(head: HeapProfiler.SamplingHeapProfileNode): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>();
  const waiting = [head];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    add(bytes, roomOf(node.callFrame), node.selfSize);
    waiting.push(...node.children);
  }
  return bytes;
}

/** `executor`, `sim/exchange`, `test/sim/checkers`, `npm rxjs`, `(garbage collector)`, `node`. */
function roomOf({ url, functionName }: Runtime.CallFrame): string {
  const [, npm] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (npm !== undefined) return `npm ${npm}`;
  const [, room] = /bench\/dist\/(.+)\/[^/]+$/.exec(url) ?? [];
  if (room !== undefined) return room.replace(/^src\//, "");
  return functionName.startsWith("(") ? functionName : "node";
}

function nameOf({ url, functionName, lineNumber }: Runtime.CallFrame): string {
  const file = url.replace(/^.*(?:bench\/dist\/(?:src\/)?|node_modules\/)/, "");
  return `${functionName || "(anonymous)"} ${file}:${lineNumber + 1}`;
}

function add<Key>(sums: Map<Key, number>, key: Key, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}
