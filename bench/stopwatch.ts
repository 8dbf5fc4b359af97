/** Takes the time of each stage between a frame and its order, in this process. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import { WebSocket } from "ws";

/** In their order; who has no such stage, or cannot tell where it ends, leaves it out. */
export const STAGES = [
  /** Text to values. */
  "decode",
  /** The strategy has published what it would like. */
  "wish",
  /** The order to place is known, and so is its id. */
  "decide",
  "sign",
  /** Headers and body are with the HTTP client. */
  "ready",
  /** undici has seen the sockets once more, and begins to write. */
  "turn",
  /** The kernel has the bytes. */
  "write",
] as const;
export type Stage = (typeof STAGES)[number];

/** Milliseconds from the frame to the end of each stage. */
export type Lap = Readonly<Partial<Record<Stage, number>>>;

export interface Stopwatch {
  /** The stage has ended; only its first end in a lap counts. */
  readonly ends: (stage: Stage) => void;
  /** Those that are over, since this was last asked. */
  readonly laps: () => readonly Lap[];
  readonly stop: () => void;
}

/** A PONG is shorter, and causes nothing. */
const FRAME_BYTES_MIN = 100;

/**
 * A lap begins where ws hands out a frame, before anyone's callback, and is over once the bytes of
 * a POST were handed to its socket, by undici or by Node's own client.
 */
export function stopwatch(): Stopwatch {
  let startedAt = NaN;
  let lap: Partial<Record<Stage, number>> | null = null;
  let over: Lap[] = [];

  const ends = (stage: Stage): void => {
    if (lap !== null) lap[stage] ??= performance.now() - startedAt;
  };
  const isOver = (): void => {
    if (lap === null) return;
    ends("write");
    over.push(lap);
    lap = null;
  };
  const ofPost =
    (hear: () => void) =>
    (message: unknown): void => {
      const { request } = message as { readonly request: { readonly method: string } };
      if (request.method === "POST") hear();
    };
  const channels = [
    ["undici:request:create", ofPost(() => ends("ready"))],
    ["undici:client:sendHeaders", ofPost(() => ends("turn"))],
    ["undici:request:bodySent", ofPost(isOver)],
    ["http.client.request.start", ofPost(isOver)],
  ] as const;
  for (const [name, hear] of channels) subscribe(name, hear);

  const { prototype } = WebSocket;
  // It stands before the one that WebSocket inherits.
  prototype.emit = function begun(this: WebSocket, event: string | symbol, ...rest: unknown[]) {
    if (event === "message" && (rest[0] as Buffer).length >= FRAME_BYTES_MIN) {
      startedAt = performance.now();
      lap = {};
    }
    return EventEmitter.prototype.emit.call(this, event, ...rest);
  };
  return {
    ends,
    laps: () => {
      const laps = over;
      over = [];
      return laps;
    },
    stop: () => {
      for (const [name, hear] of channels) unsubscribe(name, hear);
      Reflect.deleteProperty(prototype, "emit");
    },
  };
}
