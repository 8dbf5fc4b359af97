/** What the doctor says: one finding for each check, and how to fix it. */

export const VERDICTS = ["ok", "warn", "fail"] as const;

export interface Finding {
  readonly name: string;
  readonly verdict: (typeof VERDICTS)[number];
  readonly text: string;
  /** What to do; null where nothing is to be done. */
  readonly fix: string | null;
}

export const ok = (name: string, text: string): Finding => ({
  name,
  verdict: "ok",
  text,
  fix: null,
});
export const warn = (name: string, text: string, fix: string): Finding => ({
  name,
  verdict: "warn",
  text,
  fix,
});
export const fail = (name: string, text: string, fix: string): Finding => ({
  name,
  verdict: "fail",
  text,
  fix,
});

export const OUTAGE = "check the network, the address, and the venue's status page";
export const BINANCE_OUTAGE =
  "check the network; where HTTP says 451, the .binance.vision hosts are open";
export const WRONG_CREDENTIALS = "give other API credentials, or none to have them derived";
export const WRONG_CLOCK = "set this machine's clock, by NTP";
