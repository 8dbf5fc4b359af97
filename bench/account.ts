/** The account and the market of all measurements. The keys are public. */
import {
  type Market,
  type OrderTicket,
  type PriceBp,
  marketId,
  orderId,
  tokenId,
} from "../src/types/index.ts";
import {
  type Identity,
  type Listing,
  type Signer,
  addressOf,
  fixedCredentials,
  parseCredentials,
  parsePrivateKey,
} from "../src/venue/polymarket/index.ts";
import { cents, dollars, instant, market, rules, shares } from "../test/support/builders.ts";

export const KEY = `0x${"0".repeat(60)}beef` as const;
export const CREDENTIALS = {
  key: "11111111-2222-4333-8444-555555555555",
  secret: "NJskQfM9L-OuoBWvpP52c8UKWrnbmV7AUmjjc_KcaCk=",
  passphrase: "5a1d0e6f3c7b49288e1d0c6f3a7b5e9124680ace13579bdf0246813579acebdf",
};

/** Ids and tokens are 32 bytes long, as at the venue: shorter ones would be faster. */
export const MARKET: Market = market({
  settledBy: "spot",
  id: marketId(`0x${"3f".repeat(32)}`),
  tokenIds: {
    YES: tokenId("25070934348813416902477876984955073880416401960631253331845590271167412497744"),
    NO: tokenId("111614563957165270026378011809694313565736745512637881727398424401624030147043"),
  },
  rules: rules({ tick: cents(0.1) }),
});

export const LISTING: Listing = {
  market: MARKET,
  strike: MARKET.strike,
  exchange: "2",
  isNegRisk: false,
  feeRate: dollars(0.07),
  isTradeReady: true,
  saidSettlement: null,
};

/** The id of an order of ours that rests. */
export const RESTING = orderId(`0x${"a1".repeat(32)}`);

export const SIZE_SHARES = 20;

export function identityOf(signer: Signer): Identity {
  const key = parsePrivateKey(KEY);
  const credentials = parseCredentials(CREDENTIALS);
  if (key === null || credentials === null) throw new Error("no key, or no credentials");
  const owner = addressOf(signer, key);
  return {
    account: { owner, wallet: "key", maker: owner },
    key,
    signer,
    credentials: fixedCredentials(credentials),
  };
}

export const buyYes = (price: PriceBp, salt: number): OrderTicket => ({
  market: MARKET.id,
  tokenId: MARKET.tokenIds.YES,
  side: "BUY",
  price,
  size: shares(SIZE_SHARES),
  salt,
  createdAt: instant(0).epochMs,
  expiresAt: null,
  orderType: "GTC",
  postOnly: true,
});
