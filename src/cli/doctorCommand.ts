/** `tandem doctor`: checks everything a live run needs, and says how to fix what is missing. */
import { firstValueFrom, tap, toArray } from "rxjs";
import { systemClock, systemLog, systemScheduler } from "../runtimes/index.ts";
import { chooseSigner } from "../venue/polymarket/index.ts";
import type { CommandHost } from "./command.ts";
import { doctor, doctorInputOf } from "./doctor.ts";
import { type Finding, VERDICTS } from "./finding.ts";
import type { DoctorConfig } from "./flags.ts";

/** The exit code is the worst verdict: 0 ok, 1 warn, 2 fail. */
export async function doctorCommand(
  config: DoctorConfig,
  nodeVersion: string,
  { write }: CommandHost,
): Promise<number> {
  const signer = await chooseSigner(systemLog({ level: "silent" }));
  const finding$ = doctor(doctorInputOf(config, signer, nodeVersion), {
    clock: systemClock,
    scheduler: systemScheduler,
  });
  const show = (finding: Finding): void => {
    if (!config.isJson) write(findingText(finding));
  };
  const findings = await firstValueFrom(finding$.pipe(tap(show), toArray())); // tidy-ok: checks one after the other, outside of the graph
  const worst = Math.max(...findings.map(({ verdict }) => VERDICTS.indexOf(verdict)));
  if (config.isJson) {
    write(`${JSON.stringify({ version: 1, verdict: VERDICTS[worst], findings })}\n`);
  }
  return worst;
}

const findingText = ({ name, verdict, text, fix }: Finding): string =>
  `${verdict.padEnd(5)} ${name}: ${text}\n${fix === null ? "" : `      to fix it: ${fix}\n`}`;
