/** The wallet port: each call is handed to the chain and answered after its latency, or meets a fault. */
import { defer, map, type Observable, type SchedulerLike } from "rxjs";
import {
  type Clock,
  type Lost,
  type ReadAnswer,
  type SubmitAnswer,
  type Wallet,
  causeOf,
} from "../../types/index.ts";
import {
  type AccountId,
  type ExchangeStore,
  finalizedBlock,
  transactionOf,
  walletOf,
} from "../exchange/index.ts";
import type { FaultDraws } from "./faultDraws.ts";
import type { Latencies } from "./latency.ts";
import { requestsWith } from "./request.ts";

export function simulatedWallet(
  { state, apply }: ExchangeStore,
  {
    account,
    latency,
    faults,
  }: { readonly account: AccountId; readonly latency: Latencies; readonly faults: FaultDraws },
  { clock, scheduler }: { readonly clock: Clock; readonly scheduler: SchedulerLike },
): Wallet {
  const request = requestsWith(latency, scheduler);
  const read = <Value>(what: string, select: () => Value): Observable<ReadAnswer<Value>> =>
    defer(() =>
      request<ReadAnswer<Value>>(
        () => ({ type: "answered", value: select() }),
        faults.readDelivery(),
      ),
    ).pipe(map((answer) => asked(what, answer)));
  return {
    submit: (call, terms) =>
      defer(() =>
        request<SubmitAnswer>(() => {
          for (const fact of apply({ type: "submit", account, call, terms })) {
            if (fact.type === "transaction.changed")
              return { type: "acked", transactionId: fact.transaction.id };
            if (fact.type === "transaction.refused")
              return { type: "rejected", refusal: fact.refusal };
          }
          return { type: "lost", detail: "no answer" };
        }, faults.callDelivery()),
      ).pipe(map((answer) => asked("POST /submit", answer))),
    nonce: () => read("GET /nonce", () => walletOf(state(), account).nonce),
    transaction: (id) =>
      read("GET /transaction", () => transactionOf(state(), account, id)?.state ?? null),
    finalized: () =>
      read("eth_getBlockByNumber", () => finalizedBlock(state(), account, clock.now().epochMs)),
  };
}

const asked = <Answer extends { readonly type: string }>(
  what: string,
  answer: Answer | Lost,
): Answer | Lost => (isLost(answer) ? { ...answer, detail: causeOf(what, answer.detail) } : answer);

const isLost = (answer: { readonly type: string }): answer is Lost => answer.type === "lost";
