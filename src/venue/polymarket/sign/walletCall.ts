/**
 * Calls of a deposit wallet: the bytes of a merge and of a redemption, and the batch that its owner signs.
 * [protocol 9; the vectors are the official relayer client's]
 */
import { concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { type WalletCall, marketId, microShares } from "../../../types/index.ts";
import { type Address, address, addressBytes, addressOfPublicKey } from "./address.ts";
import { type Hex, type Keccak256, hexOf, hexWord, isHexWord, parseHex, words } from "./bytes.ts";
import { POLYGON } from "./exchange.ts";
import { digestUnder } from "./hasher.ts";
import type { PrivateKey } from "./key.ts";
import { NOTHING } from "./order.ts";
import type { Signer } from "./signer.ts";

/** Deploys deposit wallets, and executes their batches. */
export const WALLET_FACTORY = address("0x00000000000Fb5C9ADea0298D729A0CB3823Cc07");
const COLLATERAL = address("0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB");
const ADAPTER = address("0xAdA100Db00Ca00073811820692005400218FcE1f");
const NEG_RISK_ADAPTER = address("0xadA2005600Dec949baf300f4C6120000bDB6eAab");

const MERGE = "mergePositions(address,bytes32,bytes32,uint256[],uint256)";
const REDEEM = "redeemPositions(address,bytes32,bytes32,uint256[])";
const SELECTOR_LENGTH = 4;
const WORD = 32;
/** YES and NO, as sets of the condition's two slots. */
const INDEX_SETS = [1, 2] as const;

const DOMAIN_TYPE =
  "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
const CALL_TYPE = "Call(address target,uint256 value,bytes data)";
const BATCH_TYPE = `Batch(address wallet,uint256 nonce,uint256 deadline,Call[] calls)${CALL_TYPE}`;
const WALLET_NAME = "DepositWallet";
const WALLET_VERSION = "1";

/** No dollars of the chain's own coin go with it. */
export interface ContractCall {
  readonly target: Address;
  readonly data: Hex;
}

/** One call of a wallet, as its owner signs it. */
export interface CallBatch {
  readonly wallet: Address;
  readonly nonce: number;
  /** Unix seconds. */
  readonly deadline: number;
  readonly call: ContractCall;
}

/** Null for a market whose id is no condition of the conditional tokens. */
export function contractCall(
  keccak256: Keccak256,
  call: WalletCall,
  isNegRisk: boolean,
): ContractCall | null {
  const condition: string = call.market;
  if (!isHexWord(condition)) return null;
  const fixed = [addressBytes(COLLATERAL), hexWord(NOTHING), hexWord(condition)];
  const sets = [INDEX_SETS.length, ...INDEX_SETS];
  // Where the list of sets begins: behind all arguments.
  const at = (call.type === "merge" ? 5 : 4) * WORD;
  const args =
    call.type === "merge" ? words(...fixed, at, call.size, ...sets) : words(...fixed, at, ...sets);
  const data = hexOf(concatBytes(selector(keccak256, call.type), args));
  return { target: isNegRisk ? NEG_RISK_ADAPTER : ADAPTER, data };
}

const selector = (keccak256: Keccak256, type: WalletCall["type"]): Uint8Array =>
  keccak256(utf8ToBytes(type === "merge" ? MERGE : REDEEM)).subarray(0, SELECTOR_LENGTH);

/** Null for any other call, and for one that is spelled otherwise than `contractCall` does. */
export function parseContractCall(
  keccak256: Keccak256,
  { target, data }: { readonly target: Address; readonly data: string },
): WalletCall | null {
  const bytes = parseHex(data);
  if (bytes === null) return null;
  const word = (at: number): Hex =>
    hexOf(bytes.subarray(SELECTOR_LENGTH + at * WORD, SELECTOR_LENGTH + (at + 1) * WORD));
  const market = marketId(word(2));
  const size = Number(BigInt(isHexWord(word(4)) ? word(4) : 0));
  const calls: readonly WalletCall[] = [
    { type: "redeem", market },
    ...(Number.isSafeInteger(size)
      ? [{ type: "merge", market, size: microShares(size) } as const]
      : []),
  ];
  const isSame = (call: WalletCall): boolean =>
    [true, false].some((isNegRisk) => {
      const built = contractCall(keccak256, call, isNegRisk);
      return built !== null && built.target === target && built.data === data.toLowerCase();
    });
  return calls.find(isSame) ?? null;
}

export function batchDigest(
  keccak256: Keccak256,
  { wallet, nonce, deadline, call }: CallBatch,
): Uint8Array {
  const hashed = (text: string): Uint8Array => keccak256(utf8ToBytes(text));
  const separator = keccak256(
    words(
      hashed(DOMAIN_TYPE),
      hashed(WALLET_NAME),
      hashed(WALLET_VERSION),
      POLYGON,
      addressBytes(wallet),
    ),
  );
  const data = keccak256(hexToBytes(call.data.slice(2)));
  const value = 0;
  const hashedCall = keccak256(words(hashed(CALL_TYPE), addressBytes(call.target), value, data));
  const batch = words(
    hashed(BATCH_TYPE),
    addressBytes(wallet),
    nonce,
    deadline,
    keccak256(hashedCall),
  );
  return digestUnder(keccak256, separator, keccak256(batch));
}

export const signBatch = (signer: Signer, key: PrivateKey, batch: CallBatch): Hex =>
  hexOf(signer.sign(batchDigest(signer.keccak256, batch), key));

/** The address whose key signed this batch; null where no key can have. */
export function recoverBatchOwner(
  signer: Signer,
  batch: CallBatch,
  signature: string,
): Address | null {
  const bytes = parseHex(signature);
  const publicKey = bytes && signer.recover(batchDigest(signer.keccak256, batch), bytes);
  return publicKey && addressOfPublicKey(publicKey, signer.keccak256);
}
