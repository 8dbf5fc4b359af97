/** Prints one JSON line per figure. Speed is reported, not asserted: a slow machine is not a bug. */
import { parseArgs } from "node:util";
import { decodeFigures } from "./decode.ts";
import type { Figure } from "./figure.ts";
import { gatewayFigures } from "./gateway.ts";
import { intentFigures } from "./intent.ts";
import { lanesFigures } from "./lanes.ts";
import { reducerFigures } from "./reducer.ts";
import { orderFigures, signFigures } from "./sign.ts";
import { simulationFigures } from "./simulation.ts";
import { venueFigures } from "./venue.ts";
import { wireFigures } from "./wire.ts";

const GROUPS: Readonly<Record<string, () => Iterable<Figure> | AsyncIterable<Figure>>> = {
  reducer: reducerFigures,
  intent: intentFigures,
  lanes: lanesFigures,
  gateway: gatewayFigures,
  sign: signFigures,
  order: orderFigures,
  decode: decodeFigures,
  wire: wireFigures,
  venue: venueFigures,
  simulation: simulationFigures,
};
const USAGE = `npm run bench               every figure, in about four minutes
npm run bench -- --only ${Object.keys(GROUPS).join("|")}
`;

const { values } = parseArgs({
  options: { only: { type: "string" }, help: { type: "boolean", default: false } },
});
const groups = Object.entries(GROUPS).filter(([name]) => (values.only ?? name) === name);
if (values.help || groups.length === 0) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 2);
}
for (const [, figures] of groups) {
  for await (const each of figures()) process.stdout.write(`${JSON.stringify(each)}\n`);
}
