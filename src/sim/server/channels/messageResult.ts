/** What a client's message leads to: its new subscription, replies, and perhaps the end. */
export interface MessageResult<Subscription> {
  readonly subscription: Subscription;
  readonly replies: readonly string[];
  /** The WebSocket close code; null leaves the connection open. */
  readonly closeCode: number | null;
}

export const keepOpen = <Subscription>(
  subscription: Subscription,
  replies: readonly string[],
): MessageResult<Subscription> => ({ subscription, replies, closeCode: null });
