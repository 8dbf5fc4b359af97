/** Frames of the sockets and replies over HTTP as text: what every decoder here shares. */
import { ENTRIES_MAX, isRecord } from "../../../types/index.ts";

/** `garbled`: not in the venue's format. `unknown`: well-formed, but of a kind not read here. */
export interface DecodeWarning {
  readonly type: "garbled" | "unknown";
  readonly sample: string;
}

/** What was decoded from one text frame of a socket. */
export interface PolymarketFrame<Item> {
  readonly items: readonly Item[];
  /** One for each message that was not understood. */
  readonly warnings: readonly DecodeWarning[];
}

/** What was decoded from one message. */
export interface Reading<Item> {
  readonly items: readonly Item[];
  readonly warning: DecodeWarning["type"] | null;
}

/** An answer over HTTP. */
export interface Reply {
  readonly status: number;
  readonly text: string;
  /** The header Retry-After in seconds; null where there was none. */
  readonly retryAfter: string | null;
  /** The headers of the rate limiter; left out or null where the answer has none of them. */
  readonly rateLimit?: RateLimitHeaders | null;
}

/** The headers, unparsed; null for each that is missing. */
export interface RateLimitHeaders {
  readonly remaining: string | null;
  readonly reset: string | null;
  readonly tier: string | null;
  readonly warning: string | null;
}

/** A decoded answer, and the parts of it that were not understood. */
export interface Decoded<Answer> {
  readonly answer: Answer;
  readonly warnings: readonly DecodeWarning[];
}

const SAMPLE_LENGTH = 200;

/** Texts on the sockets that are not JSON, and our own echoed: no message. [protocol 6.1, 6.2] */
const SILENT: ReadonlySet<string> = new Set(["PONG", "PING", "NO NEW ASSETS", ""]);

export const sampleOf = (text: string): string => text.slice(0, SAMPLE_LENGTH);

export const decodeWarning = (type: DecodeWarning["type"], text: string): DecodeWarning => ({
  type,
  sample: sampleOf(text),
});

export const readingOf = <Item>(...items: readonly Item[]): Reading<Item> => ({
  items,
  warning: null,
});
export const GARBLED: Reading<never> = { items: [], warning: "garbled" };
export const UNKNOWN: Reading<never> = { items: [], warning: "unknown" };

/** A frame is one JSON message, an array of messages, or a plain word. */
export function decodeFrame<Item>(
  text: string,
  read: (message: Readonly<Record<string, unknown>>) => Reading<Item>,
): PolymarketFrame<Item> {
  if (isSilent(text)) return { items: [], warnings: [] };
  const json = parsed(text);
  if (!Array.isArray(json)) return frameOf(isRecord(json) ? read(json) : GARBLED, text);
  // Each would be a warning of its own, and all of them hold the loop for seconds.
  if (json.length > ENTRIES_MAX) return frameOf(GARBLED, text);
  const readings = json.map((message: unknown) => ({
    reading: isRecord(message) ? read(message) : GARBLED,
    message,
  }));
  return {
    items: readings.flatMap(({ reading }) => reading.items),
    warnings: readings.flatMap(({ reading: { warning }, message }) =>
      warning === null ? [] : [decodeWarning(warning, written(message))],
    ),
  };
}

const OPEN = 0x7b;

/** What opens an object is none of the words, and is not searched among them: it may be long. */
const isSilent = (text: string): boolean => text.charCodeAt(0) !== OPEN && SILENT.has(text.trim());

const frameOf = <Item>({ items, warning }: Reading<Item>, text: string): PolymarketFrame<Item> => ({
  items,
  warnings: warning === null ? [] : [decodeWarning(warning, text)],
});

/** JSON of a part of a message, for a sample; "[…]" where it is nested too deep to be written. */
export function written(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "[…]";
  }
}

/** Undefined where the text is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
