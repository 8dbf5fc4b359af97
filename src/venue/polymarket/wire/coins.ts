/**
 * What each coin is called, here and on Binance: the one table to extend for another coin, beside the list in `types`. The names of
 * bitcoin are documented [protocol 8.1, 8.5], those of the others seen in public programs.
 */
import type { Coin } from "../../../types/index.ts";

interface CoinNames {
  /** In the slugs of hourly windows. */
  readonly word: string;
  readonly title: string;
  /** Gamma's series of hourly windows. */
  readonly hourly: string;
  /** Gamma's number of the series of fifteen minutes. */
  readonly fifteenMinutes: string;
  /** The price socket's symbol. */
  readonly settledIn: string;
  /** Binance's symbol, in upper case. */
  readonly binance: string;
}

const NAMES: Readonly<Record<Coin, CoinNames>> = {
  btc: {
    word: "bitcoin",
    title: "Bitcoin",
    hourly: "btc-up-or-down-hourly",
    fifteenMinutes: "10192",
    settledIn: "btcusd",
    binance: "BTCUSDT",
  },
  eth: {
    word: "ethereum",
    title: "Ethereum",
    hourly: "eth-up-or-down-hourly",
    fifteenMinutes: "10191",
    settledIn: "ethusd",
    binance: "ETHUSDT",
  },
  sol: {
    word: "solana",
    title: "Solana",
    hourly: "solana-up-or-down-hourly",
    fifteenMinutes: "10423",
    settledIn: "solusd",
    binance: "SOLUSDT",
  },
  xrp: {
    word: "xrp",
    title: "XRP",
    hourly: "xrp-up-or-down-hourly",
    fifteenMinutes: "10422",
    settledIn: "xrpusd",
    binance: "XRPUSDT",
  },
};

export const namesOf = (coin: Coin): CoinNames => NAMES[coin];
