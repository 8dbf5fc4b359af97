/** What every decoder here shares: text to messages, and what is said of those that make no sense. */

/** `garbled`: not what the venue writes. `unknown`: well-formed, of a kind that is not read here. */
export interface DecodeWarning {
  readonly type: "garbled" | "unknown";
  readonly sample: string;
}

/** What one text frame of a socket says. */
export interface PolymarketFrame<Item> {
  readonly items: readonly Item[];
  /** For the reader to count and sample; empty where the frame is as it should be. */
  readonly warnings: readonly DecodeWarning[];
}

/** What one message says; it may say something and be odd all the same. */
export interface Reading<Item> {
  readonly items: readonly Item[];
  readonly warning: DecodeWarning["type"] | null;
}

/** An answer over HTTP, as the shell hands it in. */
export interface Reply {
  readonly status: number;
  readonly text: string;
  /** The header Retry-After, as it was; null where there was none. */
  readonly retryAfter: string | null;
}

/** An answer in our words, and what was odd about the venue's. */
export interface Decoded<Answer> {
  readonly answer: Answer;
  readonly warnings: readonly DecodeWarning[];
}

const SAMPLE_LENGTH = 200;

/** Said on the sockets without being JSON, or sent by ourselves. [protocol 6.1, 6.2] */
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

/** A frame is one message, an array of them, or a word. */
export function decodeFrame<Item>(
  text: string,
  read: (message: Readonly<Record<string, unknown>>) => Reading<Item>,
): PolymarketFrame<Item> {
  if (SILENT.has(text.trim())) return { items: [], warnings: [] };
  const json = parsed(text);
  const readings = (Array.isArray(json) ? json : [json]).map((message: unknown) => ({
    reading: isRecord(message) ? read(message) : GARBLED,
    sample: (): string => (message === json ? text : written(message)),
  }));
  return {
    items: readings.flatMap(({ reading }) => reading.items),
    warnings: readings.flatMap(({ reading: { warning }, sample }) =>
      warning === null ? [] : [decodeWarning(warning, sample())],
    ),
  };
}

/** A part of a message, for a sample: what was parsed can be nested too deep to be written. */
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

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
