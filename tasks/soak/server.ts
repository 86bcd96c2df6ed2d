// The server of the soak test, in a process of its own: publishes documents and lets things go wrong until it is told that
// all is to be well.

import process from "node:process";
import { FaultServer } from "../../tests/support/fault_server.ts";
import { Random } from "../../tests/support/random.ts";
import { Documents } from "./documents.ts";
import { Chaos } from "./faults.ts";
import { listen, pause, tell } from "./lines.ts";

/** The least and the most milliseconds from one event to the next, at full load. */
const [MIN_PAUSE_MS, MAX_PAUSE_MS] = [20, 170];

const [seed = "1", load = "1"] = process.argv.slice(2);

async function main(): Promise<void> {
  const documents = new Documents(new Random(Number(seed)));
  const random = new Random(Number(seed) + 1);
  const server = await FaultServer.start(documents.generate(false));
  const chaos = new Chaos(server, random);
  let isOver = false;
  const disturbing = disturb();
  listen(process.stdin, (message) => {
    if (message["end"] === true) void end();
  });
  process.stdin.on("end", () => process.exit(0));
  tell({ url: server.url });

  async function disturb(): Promise<void> {
    while (!isOver) {
      await pause((MIN_PAUSE_MS + random.below(MAX_PAUSE_MS - MIN_PAUSE_MS)) / Number(load));
      // What was asked is of no interest, and would grow.
      server.requests.length = 0;
      const dice = random.next();
      if (dice < 0.55) chaos.push(documents.generate(true));
      else if (dice < 0.8) server.setDocument(documents.generate(false));
      else if (dice < 0.88) chaos.breakStreams();
      else if (dice < 0.96) chaos.sendInvalidLines();
      else await chaos.outage(50 + random.below(1_000));
    }
  }

  async function end(): Promise<void> {
    isOver = true;
    await disturbing;
    chaos.end();
    server.push(documents.generate(true));
    tell({ last: documents.count - 1, injected: chaos.injected });
  }
}

await main();
