/** A client that reads slower than the venue sends. */
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { send } from "../../../src/sim/server/channels/clients.ts";
import { UNSENT_BYTES_MAX } from "../../../src/sim/server/state/index.ts";

/** What is done with a socket that holds so many bytes that its client has not read. */
function given(bufferedAmount: number, readyState: number = WebSocket.OPEN): readonly string[] {
  const done: string[] = [];
  const socket = {
    readyState,
    bufferedAmount,
    send: (text: string) => done.push(text),
    terminate: () => done.push("cut off"),
  };
  send(socket as unknown as WebSocket, "frame");
  return done;
}

describe("a client that does not read", () => {
  it("is sent frames up to a bound, and then cut off", () => {
    expect(given(0)).toEqual(["frame"]);
    expect(given(UNSENT_BYTES_MAX)).toEqual(["frame"]);
    expect(given(UNSENT_BYTES_MAX + 1)).toEqual(["cut off"]);
  });

  it("is left alone once it is gone", () => {
    expect(given(UNSENT_BYTES_MAX + 1, WebSocket.CLOSED)).toEqual([]);
  });
});
