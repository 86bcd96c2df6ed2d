// A relay as far as Redis sees it, in a process of its own that can be frozen and killed. What a server would send it comes
// over standard input, and waits there while it is frozen, as it does in a socket.

import process from "node:process";
import { listen, tell } from "../../soak/lines.ts";
import { ioredis } from "../../../tests/support/redis_clients.ts";
import { TestWriter } from "../../../tests/support/redis_writers.ts";
import { numbered } from "../stage.ts";

const [, , url = "", leaseSeconds = "1", ballastBytes = "0"] = process.argv;

// Text that compresses badly, so that writing it takes a while.
let seed = 1;
const ballast = Array.from({ length: Number(ballastBytes) / 8 }, () => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed.toString(36).padStart(8, "0").slice(0, 8);
}).join("");

const relay = await TestWriter.start(url, { leaseSeconds: Number(leaseSeconds), library: ioredis });
setInterval(() => tell({ role: relay.writer.role, ...relay.writer.counts }), 20);
listen(process.stdin, ({ give }) => {
  if (typeof give === "number") relay.give(numbered(give, ballast));
});
process.stdin.on("end", () => process.exit());
