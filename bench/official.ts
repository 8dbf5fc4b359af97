/** The venue's own client, given everything that it would otherwise request over the network. */
import {
  ClobClient,
  OrderType,
  type Posted,
  Side,
  type SignedOrder,
} from "@polymarket/clob-client-v2";
import { createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { POLYGON } from "../src/venue/polymarket/index.ts";
import { CREDENTIALS, KEY, MARKET, SIZE_SHARES } from "./account.ts";

const TOKEN = MARKET.tokenIds.YES;
const TICK = { tickSize: "0.001", negRisk: false, version: 2 } as const;

export class OfficialClient extends ClobClient {
  readonly #mayLeave: (posted: Posted) => boolean;

  /** `mayLeave` is called when headers and body are ready; if it returns false, nothing is sent. */
  constructor(host: string, mayLeave: (posted: Posted) => boolean) {
    const signer = createWalletClient({
      account: privateKeyToAccount(KEY),
      transport: http(host),
    });
    super({ host, chain: POLYGON, signer, creds: CREDENTIALS });
    this.tickSizes[TOKEN] = TICK.tickSize;
    this.#mayLeave = mayLeave;
  }

  /** The price is in dollars, as the client takes it. */
  buyYes(price: number): Promise<SignedOrder> {
    const order = { tokenID: TOKEN, price, size: SIZE_SHARES, side: Side.BUY };
    return this.createOrder(order, TICK);
  }

  send(order: SignedOrder): Promise<unknown> {
    return this.postOrder(order, OrderType.GTC, true);
  }

  protected override post(url: string, posted: Posted, skipThrow?: boolean): Promise<unknown> {
    return this.#mayLeave(posted) ? super.post(url, posted, skipThrow) : Promise.resolve({});
  }
}
