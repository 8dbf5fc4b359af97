import type { Facts, LogLevel } from "../types/index.ts";

export interface LogLine {
  readonly level: LogLevel;
  readonly facts: Facts;
  readonly text: string;
}

const line =
  (level: LogLine["level"]) =>
  (text: string, facts: Facts): LogLine => ({ level, facts, text });

export const lineAt = {
  debug: line("debug"),
  info: line("info"),
  warn: line("warn"),
  error: line("error"),
};
