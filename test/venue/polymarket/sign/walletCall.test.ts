/** Calls of a deposit wallet against those that the official relayer client has built and signed. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { marketId, microShares, type WalletCall } from "../../../../src/types/index.ts";
import {
  addressOf,
  type CallBatch,
  contractCall,
  parseAddress,
  parseContractCall,
  parsePrivateKey,
  recoverBatchOwner,
  signBatch,
  WALLET_FACTORY,
} from "../../../../src/venue/polymarket/sign/index.ts";
import { batchDigest } from "../../../../src/venue/polymarket/sign/walletCall.ts";
import { hexOf } from "../../../../src/venue/polymarket/sign/bytes.ts";
import type { Signer } from "../../../../src/venue/polymarket/sign/index.ts";
import { availableSigners } from "./signers.ts";

interface Vector {
  readonly call: "merge" | "redeem";
  readonly conditionId: string;
  readonly size?: string;
  readonly isNegRisk: boolean;
  readonly nonce: string;
  readonly deadline: string;
  readonly digest: string;
  readonly body: {
    readonly from: string;
    readonly to: string;
    readonly signature: string;
    readonly depositWalletParams: {
      readonly calls: readonly [{ readonly target: string; readonly data: string }];
    };
  };
}
const file = JSON.parse(
  readFileSync("test/fixtures/polymarket-sign/wallet-calls.json", "utf8"),
) as { readonly key: string; readonly wallet: string; readonly vectors: readonly Vector[] };

const { signers } = await availableSigners();
const key = parsePrivateKey(file.key) ?? expect.unreachable("no key");
let first: Signer;
beforeAll(() => {
  first = signers[0] ?? expect.unreachable("no signer");
});

const callOf = ({ call, conditionId, size }: Vector): WalletCall =>
  call === "merge"
    ? { type: "merge", market: marketId(conditionId), size: microShares(Number(size)) }
    : { type: "redeem", market: marketId(conditionId) };

const batchOf = (signer: Signer, vector: Vector): CallBatch => ({
  wallet: parseAddress(file.wallet, signer.keccak256) ?? expect.unreachable("no wallet"),
  nonce: Number(vector.nonce),
  deadline: Number(vector.deadline),
  call:
    contractCall(signer.keccak256, callOf(vector), vector.isNegRisk) ??
    expect.unreachable("no call"),
});

describe.each(file.vectors.map((vector, at) => [`${at}: ${vector.call}`, vector] as const))(
  "the official client's call %s",
  (_name, vector) => {
    it.each(signers.map((signer) => [signer.name, signer] as const))(
      "is built and signed the same by the %s signer",
      (_signer, signer) => {
        const batch = batchOf(signer, vector);
        const [call] = vector.body.depositWalletParams.calls;
        expect(batch.call).toEqual({ target: call.target, data: call.data });
        expect(hexOf(batchDigest(signer.keccak256, batch))).toBe(vector.digest);
        expect(signBatch(signer, key, batch)).toBe(vector.body.signature);
        expect(WALLET_FACTORY).toBe(vector.body.to);
      },
    );

    it("is read back, with its signer", () => {
      const batch = batchOf(first, vector);
      expect(parseContractCall(first.keccak256, batch.call)).toEqual(callOf(vector));
      const owner = recoverBatchOwner(first, batch, vector.body.signature);
      expect(owner).toBe(addressOf(first, key));
      expect(owner).toBe(vector.body.from);
    });

    it.each<[string, (batch: CallBatch) => CallBatch]>([
      ["wallet", (batch) => ({ ...batch, wallet: WALLET_FACTORY })],
      ["nonce", (batch) => ({ ...batch, nonce: batch.nonce + 1 })],
      ["deadline", (batch) => ({ ...batch, deadline: batch.deadline + 1 })],
      ["target", (batch) => ({ ...batch, call: { ...batch.call, target: WALLET_FACTORY } })],
      ["data", (batch) => ({ ...batch, call: { ...batch.call, data: `${batch.call.data}00` } })],
    ])("has another signer with another %s", (_what, changed) => {
      const batch = changed(batchOf(first, vector));
      expect(recoverBatchOwner(first, batch, vector.body.signature)).not.toBe(vector.body.from);
    });
  },
);

describe("a call", () => {
  it("of a market whose id is no condition is not built", () => {
    for (const id of ["0x01", `0x${"cd".repeat(31)}`, "slug"])
      expect(
        contractCall(first.keccak256, { type: "redeem", market: marketId(id) }, false),
      ).toBeNull();
  });

  it("that is spelled otherwise is not read", () => {
    const [vector] = file.vectors;
    const { target, data } = batchOf(first, vector ?? expect.unreachable("no vector")).call;
    for (const other of [`${data}00`, data.slice(0, -2), `0xffffffff${data.slice(10)}`, "0x", "?"])
      expect(parseContractCall(first.keccak256, { target, data: other })).toBeNull();
    expect(parseContractCall(first.keccak256, { target: WALLET_FACTORY, data })).toBeNull();
  });
});
