export { type Address, addressOf, parseAddress } from "./address.ts";
export { type Amounts, limitAmounts, marketBuyAmounts } from "./amounts.ts";
export {
  type AuthHeaders,
  type ClobAuth,
  type Credentials,
  type PlainCredentials,
  type RequestToSign,
  clobAuthDigest,
  l1Headers,
  l2Headers,
  parseCredentials,
  requestText,
  withoutSecrets,
} from "./auth.ts";
export type { Hex, Keccak256 } from "./bytes.ts";
export { type LoadSigner, SIGNERS, chooseSigner } from "./chooseSigner.ts";
export {
  type CreateOrderOptions,
  type CreatedOrder,
  type UserOrder,
  createOrder,
} from "./createOrder.ts";
export { type Exchange, POLYGON, exchangeOf } from "./exchange.ts";
export { ORDER_TYPE, type OrderHasher, orderHasher } from "./hasher.ts";
export { type PrivateKey, parsePrivateKey } from "./key.ts";
export {
  type Order,
  SIGNATURE_TYPES,
  type SignatureType,
  type SignedOrder,
  type SigningAccount,
  type Unvalidated,
  type Wallet,
  isOrder,
  orderOf,
} from "./order.ts";
export { Secret } from "./secret.ts";
export { recoverOwner, signOrder } from "./signature.ts";
export type { Signer, SignerName } from "./signer.ts";
export {
  type CallBatch,
  type ContractCall,
  WALLET_FACTORY,
  contractCall,
  parseContractCall,
  recoverBatchOwner,
  signBatch,
} from "./walletCall.ts";
