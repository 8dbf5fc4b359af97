/** Takes the time of each stage between a frame and its order, in this process. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import { WebSocket } from "ws";

/** In order of time; a bot leaves out the stages that it does not have. */
export const STAGES = [
  /** Text to values. */
  "decode",
  /** The strategy has published an intent. */
  "intent",
  /** The order to place is known, and so is its id. */
  "decide",
  "sign",
  /** Headers and body are with the HTTP client. */
  "ready",
  /** undici has checked the socket for one turn of the event loop, and begins to write. */
  "turn",
  /** The kernel has the bytes. */
  "write",
] as const;
export type Stage = (typeof STAGES)[number];

/** Milliseconds from the frame to the end of each stage. */
export type Lap = Readonly<Partial<Record<Stage, number>>>;

export interface Stopwatch {
  /** The stage has ended; only the first call in a lap counts. */
  readonly ends: (stage: Stage) => void;
  /** The laps finished since the last call. */
  readonly laps: () => readonly Lap[];
  readonly stop: () => void;
}

/** Shorter messages are PONGs, which cause no order. */
const FRAME_BYTES_MIN = 100;

/**
 * A lap begins when ws emits a frame, before any listener runs, and ends when the bytes of an order or a
 * cancel were written to its socket, by undici or by Node's own client.
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
  const ofOrders =
    (listener: () => void) =>
    (message: unknown): void => {
      const { request } = message as { readonly request: { readonly method: string } };
      if (request.method !== "GET") listener();
    };
  const channels = [
    ["undici:request:create", ofOrders(() => ends("ready"))],
    ["undici:client:sendHeaders", ofOrders(() => ends("turn"))],
    ["undici:request:bodySent", ofOrders(isOver)],
    ["http.client.request.start", ofOrders(isOver)],
  ] as const;
  for (const [name, listener] of channels) subscribe(name, listener);

  const { prototype } = WebSocket;
  // Shadows the `emit` that WebSocket inherits.
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
      for (const [name, listener] of channels) unsubscribe(name, listener);
      Reflect.deleteProperty(prototype, "emit");
    },
  };
}
