// Shows the requests of ten thousand polling clients at a server with an outage of five minutes:
// deno task simulate:fleet [-- --clients 10000 --interval 120 --outage 300 --seed 1]. Fails when too many clients
// return at once. With --relays the clients ask relays: -- --relays 2 --clients 100000.

import process from "node:process";
import { simulateFleet } from "./fleet.ts";
import { tableLines } from "./table.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

/** The maximum ratio of the peak after the outage to the mean. */
const MAX_PEAK_FACTOR = 3;
const DURATION_SECONDS = 3_600;
const OUTAGE_START_SECONDS = 1_200;
/** The length of the longest bar, in characters. */
const BAR_WIDTH = 60;

const USAGE = `usage: deno task simulate:fleet [options]

Shows the requests of many clients at a server in an hour: before, during and after an outage.

  --clients <number>    the number of clients (default: 10000)
  --interval <number>   the polling interval, in seconds (default: 120)
  --outage <number>     the duration of the outage, in seconds (default: 300)
  --relays <number>     the number of relays between the clients and the server (default: none)
  --seed <number>       the seed of the random numbers (default: 1)
  --help                show this help`;

function positiveInteger(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  return endWithUsage(USAGE, `--${name} must be a positive whole number, but is ${text}`);
}

async function simulate(): Promise<number> {
  const { values } = taskArguments(USAGE, {
    clients: { type: "string", default: "10000" },
    interval: { type: "string", default: "120" },
    outage: { type: "string", default: "300" },
    relays: { type: "string" },
    seed: { type: "string", default: "1" },
  });
  const interval = positiveInteger("interval", values.interval);
  const clients = positiveInteger("clients", values.clients);
  const outageEnds = OUTAGE_START_SECONDS + positiveInteger("outage", values.outage);
  const seed = positiveInteger("seed", values.seed);
  const relays = values.relays === undefined ? 0 : positiveInteger("relays", values.relays);
  console.log(
    `${clients} clients poll ${
      relays === 0 ? "a server" : `${relays} relays of a server`
    } every ${interval} s, for an hour; ` +
      `outage from second ${OUTAGE_START_SECONDS} to second ${outageEnds}; seed ${seed}\n`,
  );
  const { requests, atServer, mean, peakAfterOutage, peakAt, recoveredAt } = await simulateFleet({
    clients,
    interval,
    rollout: interval,
    outage: [OUTAGE_START_SECONDS, outageEnds],
    duration: DURATION_SECONDS,
    seed,
    relays,
  });

  const highest = Math.max(...requests);
  const rows: string[][] = [];
  for (let start = 0; start < DURATION_SECONDS; start += 60) {
    const minute = requests.slice(start, start + 60);
    const average = minute.reduce((sum, count) => sum + count, 0) / minute.length;
    const peak = Math.max(...minute);
    const isOut = start < outageEnds && start + 60 > OUTAGE_START_SECONDS;
    const bar = (isOut ? "x" : "#").repeat(Math.round(average / highest * BAR_WIDTH));
    const rest = "-".repeat(Math.max(0, Math.round(peak / highest * BAR_WIDTH) - bar.length));
    rows.push([`${start / 60}`, average.toFixed(1), `${peak}`, bar + rest]);
  }
  const columns = [
    { title: "minute", align: "right" },
    { title: "mean/s", align: "right" },
    { title: "peak/s", align: "right" },
    { title: "# answered, x refused, - up to the peak second" },
  ] as const;
  console.log(tableLines(columns, rows).join("\n"));

  if (relays > 0) return judgeRelays(relays, atServer, mean);
  const factor = peakAfterOutage / mean;
  console.log(`\nmean outside the outage      ${mean.toFixed(1)} requests a second`);
  console.log(`peak after the outage        ${peakAfterOutage} requests, in second ${peakAt}`);
  console.log(`all clients up to date       ${recoveredAt - outageEnds} s after the outage`);
  console.log(`peak / mean                  ${factor.toFixed(2)} (at most ${MAX_PEAK_FACTOR})`);
  if (factor <= MAX_PEAK_FACTOR) return 0;
  console.error(`\ntoo many clients return at once: ${factor.toFixed(2)} times the mean`);
  return 1;
}

/** The most attempts of one cycle, which may fall into one second while the server is out. */
const ATTEMPTS = 4;

/** Prints what the server was asked. Fails when that depends on anything but the number of relays. */
function judgeRelays(relays: number, atServer: readonly number[], mean: number): number {
  const total = atServer.reduce((sum, count) => sum + count, 0);
  const peak = Math.max(...atServer);
  console.log(`\nrequests at the relays       ${mean.toFixed(1)} a second`);
  console.log(`requests at the server       ${total} in the hour, at most ${peak} in a second`);
  console.log(`at the relays for each there ${(mean * DURATION_SECONDS / total).toFixed(0)}`);
  if (peak <= ATTEMPTS * relays) return 0;
  console.error(`\nthe server is asked ${peak} times in a second by ${relays} relays`);
  return 1;
}

simulate().then((code) => process.exit(code), (error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
});
