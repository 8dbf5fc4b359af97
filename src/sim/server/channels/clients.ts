/** Who is connected: what each follows, and what becomes of the frames on their way to it. */
import { WebSocket } from "ws";
import type { Random } from "../../exchange/index.ts";
import type { RequestContext, Streams } from "../rest/index.ts";
import { HELD_FRAMES_MAX, UNSENT_BYTES_MAX, type Delayed } from "../state/index.ts";
import { type Channel, drawFrameDelaysMs, isSilenced } from "../control/index.ts";
import type { Frame } from "./frames.ts";
import { priceFrames, type PriceSubscription } from "./prices.ts";
import { isFor, type Subscription } from "./subscriptions.ts";

export interface Client {
  readonly socket: WebSocket;
  follows: Subscription | Streams | PriceSubscription;
  /** Frames that could not be sent while the channel was frozen. */
  held: string[];
  /** How many there have been on the way to it. */
  frames: number;
  readonly chance: Random;
}

export interface Clients {
  readonly joined: (socket: WebSocket, follows: Client["follows"]) => Client;
  /** To whoever follows it, each with the fate of its own copy. */
  readonly broadcast: (frame: Frame) => void;
  readonly broadcastReference: (texts: (streams: Streams) => readonly string[]) => void;
  /** The second that has begun, to whoever follows prices. */
  readonly broadcastSecond: () => void;
  /** Answers of a channel, which are neither lost nor doubled, but wait while it is frozen. */
  readonly replied: (client: Client, text: string) => void;
  /** Sends what has waited where nothing is frozen any more. */
  readonly thaw: () => void;
  readonly dropped: (channel: Channel) => void;
}

export function connectedClients(
  context: () => RequestContext,
  { later, chance }: { readonly later: Delayed; readonly chance: Random },
): Clients {
  const clients = new Set<Client>();
  let count = 0;

  const pass = (client: Client, text: string): void => {
    if (client.socket.readyState !== WebSocket.OPEN) return;
    client.held.push(text);
    const { conditions, now } = context();
    if (!isSilenced("freeze", channelOf(client), conditions, now)) flush(client);
    else if (client.held.length > HELD_FRAMES_MAX) client.socket.terminate();
  };

  const onItsWay = (client: Client, text: string): void => {
    const { conditions, now } = context();
    client.frames += 1;
    const delays =
      conditions.faults.length === 0
        ? [0]
        : drawFrameDelaysMs(
            channelOf(client),
            conditions,
            now,
            client.chance.fork(`frame ${client.frames}`),
          );
    for (const ms of delays) later.in(ms, () => pass(client, text));
  };

  return {
    joined: (socket, follows) => {
      count += 1;
      const its = { chance: chance.fork(`connection ${count}`), frames: 0 };
      const client = { socket, follows, held: [], ...its };
      clients.add(client);
      socket.on("close", () => clients.delete(client));
      return client;
    },
    broadcast: (frame) => {
      let text: string | undefined;
      for (const client of clients) {
        const { follows } = client;
        if ("names" in follows || follows.channel === "prices" || !isFor(follows, frame)) continue;
        text ??= JSON.stringify(frame.payload);
        onItsWay(client, text);
      }
    },
    broadcastReference: (texts) => {
      for (const client of clients)
        if ("names" in client.follows)
          for (const text of texts(client.follows)) onItsWay(client, text);
    },
    broadcastSecond: () => {
      for (const client of clients) {
        if ("names" in client.follows || client.follows.channel !== "prices") continue;
        const [follows, texts] = priceFrames(client.follows, context());
        client.follows = follows;
        for (const text of texts) onItsWay(client, text);
      }
    },
    replied: pass,
    thaw: () => {
      const { conditions, now } = context();
      for (const client of clients)
        if (!isSilenced("freeze", channelOf(client), conditions, now)) flush(client);
    },
    dropped: (channel) => {
      for (const client of clients) if (channelOf(client) === channel) client.socket.terminate();
    },
  };
}

export const channelOf = ({ follows }: Pick<Client, "follows">): Channel =>
  "names" in follows || follows.channel === "prices" ? "reference" : follows.channel;

function flush(client: Client): void {
  const texts = client.held;
  client.held = [];
  for (const text of texts) send(client.socket, text);
}

/** A reader that falls too far behind is cut off: it has to begin anew anyway. */
export function send(socket: WebSocket, text: string): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (socket.bufferedAmount > UNSENT_BYTES_MAX) socket.terminate();
  else socket.send(text);
}
