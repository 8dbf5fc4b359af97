/** Prints one JSON line per figure. Speed is reported, not asserted: a slow machine is not a bug. */
import { parseArgs } from "node:util";
import { decodeFigures } from "./decode.ts";
import type { Figure } from "./figure.ts";
import { gatewayFigures } from "./gateway.ts";
import { intentFigures } from "./intent.ts";
import { lanesFigures } from "./lanes.ts";
import { limitsFigures } from "./limits.ts";
import { reducerFigures } from "./reducer.ts";
import { orderFigures, signFigures } from "./sign.ts";
import { simulationFigures } from "./simulation.ts";
import { startFigures } from "./start.ts";
import { strategyFigures } from "./strategy.ts";
import { throughputFigures } from "./throughput.ts";
import { venueFigures } from "./venue.ts";
import { wireFigures } from "./wire.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    long: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const GROUPS: Readonly<Record<string, () => Iterable<Figure> | AsyncIterable<Figure>>> = {
  reducer: reducerFigures,
  limits: limitsFigures,
  intent: intentFigures,
  lanes: lanesFigures,
  gateway: gatewayFigures,
  sign: signFigures,
  order: orderFigures,
  decode: decodeFigures,
  wire: wireFigures,
  throughput: () => throughputFigures({ isLong: values.long }),
  venue: venueFigures,
  simulation: simulationFigures,
  strategy: strategyFigures,
  start: startFigures,
};
const USAGE = `npm run bench               every figure, in about five minutes
npm run bench -- --only ${Object.keys(GROUPS).join("|")}
npm run bench -- --only throughput --long     a minute of frames, and ten million of them
`;

const groups = Object.entries(GROUPS).filter(([name]) => (values.only ?? name) === name);
if (values.help || groups.length === 0) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 2);
}
for (const [, figures] of groups) {
  for await (const each of figures()) process.stdout.write(`${JSON.stringify(each)}\n`);
}
