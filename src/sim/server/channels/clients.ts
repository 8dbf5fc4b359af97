/** Who is connected: what each follows, and what becomes of the frames on their way to it. */
import { WebSocket } from "ws";
import type { Random } from "../../exchange/index.ts";
import type { RequestContext, Streams } from "../rest/index.ts";
import { FROZEN_FRAMES_MAX, UNSENT_BYTES_MAX, type Timers } from "../state/index.ts";
import { type Channel, drawFrameDelaysMs, isSilenced } from "../control/index.ts";
import type { Frame } from "./frames.ts";
import { priceFrames, type PriceSubscription } from "./prices.ts";
import { wantsFrame, type ChannelSubscription } from "./subscriptions.ts";

export interface Client {
  readonly socket: WebSocket;
  subscription: ChannelSubscription | Streams | PriceSubscription;
  /** Frames that could not be sent while the channel was frozen. */
  frozenFrames: string[];
  /** How many there have been on the way to it. */
  frameCount: number;
  readonly random: Random;
}

export interface Clients {
  readonly add: (socket: WebSocket, subscription: Client["subscription"]) => Client;
  /** To whoever follows it, each with the fate of its own copy. */
  readonly broadcast: (frame: Frame) => void;
  readonly broadcastReference: (texts: (streams: Streams) => readonly string[]) => void;
  /** The second that has begun, to whoever follows prices. */
  readonly broadcastPrices: () => void;
  /** Answers of a channel, which are neither lost nor doubled, but wait while it is frozen. */
  readonly reply: (client: Client, text: string) => void;
  /** Sends what has waited where nothing is frozen any more. */
  readonly thaw: () => void;
  readonly drop: (channel: Channel) => void;
}

export function createClients(
  context: () => RequestContext,
  { timers, random }: { readonly timers: Timers; readonly random: Random },
): Clients {
  const clients = new Set<Client>();
  let count = 0;

  const sendUnlessFrozen = (client: Client, text: string): void => {
    if (client.socket.readyState !== WebSocket.OPEN) return;
    client.frozenFrames.push(text);
    const { conditions, now } = context();
    if (!isSilenced("freeze", channelOf(client), conditions, now)) flush(client);
    else if (client.frozenFrames.length > FROZEN_FRAMES_MAX) client.socket.terminate();
  };

  const sendThroughFaults = (client: Client, text: string): void => {
    const { conditions, now } = context();
    client.frameCount += 1;
    const delays =
      conditions.faults.length === 0
        ? [0]
        : drawFrameDelaysMs(
            channelOf(client),
            conditions,
            now,
            client.random.fork(`frame ${client.frameCount}`),
          );
    for (const ms of delays) timers.after(ms, () => sendUnlessFrozen(client, text));
  };

  return {
    add: (socket, subscription) => {
      count += 1;
      const its = { random: random.fork(`connection ${count}`), frameCount: 0 };
      const client = { socket, subscription, frozenFrames: [], ...its };
      clients.add(client);
      socket.on("close", () => clients.delete(client));
      return client;
    },
    broadcast: (frame) => {
      let text: string | undefined;
      for (const client of clients) {
        const { subscription } = client;
        if (
          "names" in subscription ||
          subscription.channel === "prices" ||
          !wantsFrame(subscription, frame)
        )
          continue;
        text ??= JSON.stringify(frame.payload);
        sendThroughFaults(client, text);
      }
    },
    broadcastReference: (texts) => {
      for (const client of clients)
        if ("names" in client.subscription)
          for (const text of texts(client.subscription)) sendThroughFaults(client, text);
    },
    broadcastPrices: () => {
      for (const client of clients) {
        if ("names" in client.subscription || client.subscription.channel !== "prices") continue;
        const [subscription, texts] = priceFrames(client.subscription, context());
        client.subscription = subscription;
        for (const text of texts) sendThroughFaults(client, text);
      }
    },
    reply: sendUnlessFrozen,
    thaw: () => {
      const { conditions, now } = context();
      for (const client of clients)
        if (!isSilenced("freeze", channelOf(client), conditions, now)) flush(client);
    },
    drop: (channel) => {
      for (const client of clients) if (channelOf(client) === channel) client.socket.terminate();
    },
  };
}

export const channelOf = ({ subscription }: Pick<Client, "subscription">): Channel =>
  "names" in subscription || subscription.channel === "prices" ? "reference" : subscription.channel;

function flush(client: Client): void {
  const texts = client.frozenFrames;
  client.frozenFrames = [];
  for (const text of texts) send(client.socket, text);
}

/** A reader that falls too far behind is cut off: it has to begin anew anyway. */
export function send(socket: WebSocket, text: string): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (socket.bufferedAmount > UNSENT_BYTES_MAX) socket.terminate();
  else socket.send(text);
}
