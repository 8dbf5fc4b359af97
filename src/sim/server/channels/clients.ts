/** The connected clients: subscriptions, and frames that faults lose, delay, double or freeze. */
import { WebSocket } from "ws";
import type { Coin } from "../../../types/index.ts";
import type { Random } from "../../exchange/index.ts";
import type { RequestContext } from "../rest/index.ts";
import { FROZEN_FRAMES_MAX, UNSENT_BYTES_MAX, type Timers } from "../state/index.ts";
import { type Channel, drawFrameDelaysMs, drawFrameTexts, isSilenced } from "../control/index.ts";
import { referenceFrames, type ReferenceMove, shutdownFrame } from "./binanceStreams.ts";
import type { Subscribers, Frame } from "./frame.ts";
import { channelOf, type Subscription } from "./messages.ts";
import { priceFrames } from "./prices.ts";
import { type ChannelSubscription, follows, wantsFrame, watches } from "./subscriptions.ts";

export interface Client {
  readonly socket: WebSocket;
  subscription: Subscription;
  /** Frames held back while the channel is frozen. */
  frozenFrames: string[];
  /** Frames so far, lost ones included: each draws its faults by its number. */
  frameCount: number;
  readonly random: Random;
}

export interface Clients {
  readonly add: (socket: WebSocket, subscription: Subscription) => Client;
  /** As the clients are subscribed now. */
  readonly subscribers: Subscribers;
  /** To every subscriber; faults are drawn for each copy on its own. */
  readonly broadcast: (frame: Frame) => void;
  /** A move of the reference, to the subscribers of Binance's streams. */
  readonly broadcastReference: (move: ReferenceMove) => void;
  /** The second that has begun, to the subscribers of a coin on the price socket. */
  readonly broadcastPrices: (coin: Coin) => void;
  /** The answer to a client's message: never lost or doubled, but held back while frozen. */
  readonly reply: (client: Client, text: string) => void;
  /** Sends the frames held back by channels that are no longer frozen. */
  readonly thaw: () => void;
  /** Ends every connection of the channel. */
  readonly drop: (channel: Channel) => void;
  /** Tells Binance's streams that their connection ends so much later, and ends it then. */
  readonly announceShutdown: (afterMs: number) => void;
}

export function createClients(
  context: () => RequestContext,
  { timers, random }: { readonly timers: Timers; readonly random: Random },
): Clients {
  const clients = new Set<Client>();
  let count = 0;

  const someChannel = (wants: (subscription: ChannelSubscription) => boolean): boolean => {
    for (const { subscription } of clients)
      if (isOfChannel(subscription) && wants(subscription)) return true;
    return false;
  };

  const sendUnlessFrozen = (client: Client, text: string): void => {
    if (client.socket.readyState !== WebSocket.OPEN) return;
    client.frozenFrames.push(text);
    const { conditions, now } = context();
    if (!isSilenced("freeze", channelOf(client.subscription), conditions, now)) flush(client);
    else if (client.frozenFrames.length > FROZEN_FRAMES_MAX) client.socket.terminate();
  };

  const sendThroughFaults = (client: Client, text: string): void => {
    const { conditions, now } = context();
    client.frameCount += 1;
    const isCalm = conditions.faults.length === 0;
    const channel = channelOf(client.subscription);
    const draws = client.random.fork(`frame ${client.frameCount}`);
    const delays = isCalm ? [0] : drawFrameDelaysMs(channel, conditions, now, draws);
    const texts = isCalm ? [text] : drawFrameTexts(text, channel, conditions, now, draws);
    for (const ms of delays)
      for (const each of texts) timers.after(ms, () => sendUnlessFrozen(client, each));
  };

  return {
    add: (socket, subscription) => {
      count += 1;
      const client: Client = {
        socket,
        subscription,
        frozenFrames: [],
        frameCount: 0,
        random: random.fork(`connection ${count}`),
      };
      clients.add(client);
      socket.on("close", () => clients.delete(client));
      return client;
    },
    subscribers: {
      watches: (market) => someChannel((one) => watches(one, market)),
      follows: (account, market) => someChannel((one) => follows(one, account, market)),
    },
    broadcast: (frame) => {
      let text: string | undefined;
      for (const client of clients) {
        const { subscription } = client;
        if (!isOfChannel(subscription) || !wantsFrame(subscription, frame)) continue;
        // Written once for all of its subscribers.
        text ??= JSON.stringify(frame.payload);
        sendThroughFaults(client, text);
      }
    },
    broadcastReference: (move) => {
      for (const client of clients)
        if (client.subscription.channel === "binance")
          for (const text of referenceFrames(client.subscription, move))
            sendThroughFaults(client, text);
    },
    broadcastPrices: (coin) => {
      for (const client of clients) {
        if (client.subscription.channel !== "prices") continue;
        const [subscription, texts] = priceFrames(client.subscription, coin, context());
        client.subscription = subscription;
        for (const text of texts) sendThroughFaults(client, text);
      }
    },
    reply: sendUnlessFrozen,
    thaw: () => {
      const { conditions, now } = context();
      for (const client of clients)
        if (!isSilenced("freeze", channelOf(client.subscription), conditions, now)) flush(client);
    },
    drop: (channel) => {
      for (const client of clients)
        if (channelOf(client.subscription) === channel) client.socket.terminate();
    },
    announceShutdown: (afterMs) => {
      const text = shutdownFrame(context().now);
      for (const client of clients) {
        if (client.subscription.channel !== "binance") continue;
        sendUnlessFrozen(client, text);
        timers.after(afterMs, () => client.socket.close(GOING_AWAY));
      }
    },
  };
}

const isOfChannel = (subscription: Subscription): subscription is ChannelSubscription =>
  subscription.channel === "market" || subscription.channel === "user";

/** The close code of a server that shuts down. */
const GOING_AWAY = 1001;

function flush(client: Client): void {
  const texts = client.frozenFrames;
  client.frozenFrames = [];
  for (const text of texts) send(client.socket, text);
}

/** Cuts off a reader that is too far behind: a gap would leave its book wrong anyway. */
export function send(socket: WebSocket, text: string): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (socket.bufferedAmount > UNSENT_BYTES_MAX) socket.terminate();
  else socket.send(text);
}
