// Shows what a server sees of ten thousand clients that poll it, when it is gone for five minutes and comes back:
// deno task simulate:fleet [-- --clients 10000 --interval 120 --outage 300 --seed 1]. Fails when the clients come back
// all at once.

import process from "node:process";
import { simulateFleet } from "./fleet.ts";
import { tableLines } from "./table.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

/** How many times the mean the peak after the outage may be. */
const LIMIT = 3;
const DURATION = 3_600;
const OUTAGE_BEGINS = 1_200;
/** The characters of the longest bar. */
const BAR = 60;

const USAGE = `usage: deno task simulate:fleet [options]

What a server sees of many clients in an hour: before, in and after an outage.

  --clients <number>    how many (default: 10000)
  --interval <number>   the seconds between two polls of a client (default: 120)
  --outage <number>     the seconds for which the server is gone (default: 300)
  --seed <number>       where what happens by chance begins (default: 1)
  --help                this text`;

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  return endWithUsage(USAGE, `--${name} must be a positive whole number, but is ${text}`);
}

async function simulate(): Promise<number> {
  const { values } = taskArguments(USAGE, {
    clients: { type: "string", default: "10000" },
    interval: { type: "string", default: "120" },
    outage: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
  });
  const interval = whole("interval", values.interval);
  const clients = whole("clients", values.clients);
  const outageEnds = OUTAGE_BEGINS + whole("outage", values.outage);
  const seed = whole("seed", values.seed);
  console.log(
    `${clients} clients that poll every ${interval} s, for an hour; ` +
      `the server is gone from second ${OUTAGE_BEGINS} to second ${outageEnds}; seed ${seed}\n`,
  );
  const { requests, mean, peakAfterOutage, peakAt, recoveredAt } = await simulateFleet({
    clients,
    interval,
    rollout: interval,
    outage: [OUTAGE_BEGINS, outageEnds],
    duration: DURATION,
    seed,
  });

  const highest = Math.max(...requests);
  const rows: string[][] = [];
  for (let start = 0; start < DURATION; start += 60) {
    const minute = requests.slice(start, start + 60);
    const average = minute.reduce((sum, count) => sum + count, 0) / minute.length;
    const peak = Math.max(...minute);
    const isOut = start < outageEnds && start + 60 > OUTAGE_BEGINS;
    const bar = (isOut ? "x" : "#").repeat(Math.round(average / highest * BAR));
    const rest = "-".repeat(Math.max(0, Math.round(peak / highest * BAR) - bar.length));
    rows.push([`${start / 60}`, average.toFixed(1), `${peak}`, bar + rest]);
  }
  const columns = [
    { title: "minute", align: "right" },
    { title: "mean/s", align: "right" },
    { title: "peak/s", align: "right" },
    { title: "# answered, x refused, - up to the peak second" },
  ] as const;
  console.log(tableLines(columns, rows).join("\n"));

  const factor = peakAfterOutage / mean;
  console.log(`\nmean outside of the outage   ${mean.toFixed(1)} requests a second`);
  console.log(`peak after the outage        ${peakAfterOutage} requests, in second ${peakAt}`);
  console.log(`all clients current again    ${recoveredAt - outageEnds} s after the outage`);
  console.log(`peak / mean                  ${factor.toFixed(2)} (at most ${LIMIT})`);
  if (factor <= LIMIT) return 0;
  console.error(`\nthe clients come back too many at once: ${factor.toFixed(2)} times the mean`);
  return 1;
}

simulate().then((code) => process.exit(code), (error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
});
