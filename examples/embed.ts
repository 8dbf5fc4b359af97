/** tandem in your own program: `npx tsx embed.ts` where `tandem-mm` is installed. */
import { delay, distinctUntilChanged, filter, map, take, throttleTime } from "rxjs";
import {
  app,
  appConfig,
  formatMicro,
  formatPriceBp,
  netShares,
  microShares,
  simulatedRuntime,
} from "tandem-mm";

const QUOTES_FOR_MS = 2_000;
const say = (what: string, text: string): void => console.log(`${what.padEnd(10)}${text}`);

const config = appConfig({ strategy: { sizeShares: 25 } });
const tandem = app(config, simulatedRuntime({ seed: 7 }));

// The streams are silent until `start`, and copies: what you do in them holds nothing up.
tandem.reference$
  .pipe(throttleTime(1_000))
  .subscribe((event) =>
    say("reference", event.type === "item" ? formatMicro(event.item.price) : event.type),
  );

tandem.intent$.pipe(throttleTime(1_000)).subscribe(({ bid, ask, reason }) => {
  const price = (leg: typeof bid): string => (leg ? formatPriceBp(leg.price) : "none");
  say("intent", `${reason}: bid ${price(bid)}, ask ${price(ask)}`);
});

tandem.state$
  .pipe(
    map(({ inventory }) => netShares(inventory)),
    distinctUntilChanged(),
  )
  .subscribe((net) => say("state", `we hold YES - NO = ${formatMicro(microShares(net))} shares`));

tandem.receipt$.subscribe(({ type }) => say("receipt", type));

const quoted$ = tandem.receipt$.pipe(filter(({ type }) => type === "order.acked"));
quoted$.pipe(take(1), delay(QUOTES_FOR_MS)).subscribe(() => tandem.stop("the example is over"));
const { places, fills, openAtVenue, pnlUsdc } = await tandem.start();
say("summary", JSON.stringify({ places, fills, openAtVenue, pnlUsdc }));
