// Relays that are frozen beyond their lease and killed in the middle of writing, while the documents go on changing: no client
// ever gets an older document after a newer one.

import { Program } from "../../soak/program.ts";
import { ownRuntime } from "../../runtimes.ts";
import { LIBRARIES } from "../../../tests/support/redis_clients.ts";
import { missingRedis, RedisServer } from "../../../tests/support/redis.ts";
import { TestWriter } from "../../../tests/support/redis_writers.ts";
import { numbered, present, Reader, type Stage, until } from "../stage.ts";

/** A lease, in seconds. */
const LEASE_SECONDS = 1;
/** Milliseconds between two changes. */
const CHANGE_MS = 100;
/** How often the leader is frozen, and killed. */
const ROUNDS = 5;

/** A relay in a process, and what it said last. */
class RelayProcess {
  readonly program: Program;
  role: unknown;
  refused = 0;

  constructor(url: string, ballastBytes: number) {
    const file = new URL("../programs/redis_relay.ts", import.meta.url);
    this.program = new Program(ownRuntime(), file, [url, `${LEASE_SECONDS}`, `${ballastBytes}`]);
    void this.#listen().catch(() => this.role = "gone");
  }

  async #listen(): Promise<void> {
    for (;;) {
      const { role, refused_writes: refused } = await this.program.message();
      this.role = role;
      this.refused = Number(refused);
    }
  }
}

async function faults(
  tell: (line: string) => void,
  fault: "frozen" | "killed",
  ballastBytes: number,
): Promise<void> {
  await using server = await RedisServer.start();
  {
    // The readers start from a document.
    await using first = await TestWriter.start(server.url, { document: numbered(1) });
    await first.stored();
  }
  await using readers = new AsyncDisposableStack();
  const all: Reader[] = [];
  for (const library of present(LIBRARIES)) {
    all.push(readers.use(await Reader.start(library.name, await library.open(server.url))));
  }
  let number = 1;
  const relays = new Set(Array.from({ length: 3 }, () => new RelayProcess(server.url, ballastBytes)));
  const timer = setInterval(() => {
    number++;
    for (const { program } of relays) program.send({ give: number });
  }, CHANGE_MS);
  const leader = (): RelayProcess | undefined => [...relays].find(({ role }) => role === "leader");
  const waits: number[] = [];
  let refused = 0;
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await until("a relay leads", () => leader() !== undefined);
      for (const reader of all) await reader.reaches(number - 3);
      const victim = leader() as RelayProcess;
      const before = number;
      // At any moment of a write.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * CHANGE_MS));
      let frozen: Promise<void> | undefined;
      if (fault === "frozen") frozen = victim.program.freeze(LEASE_SECONDS * 3_000);
      else {
        relays.delete(victim);
        victim.program.end();
        relays.add(new RelayProcess(server.url, ballastBytes));
      }
      victim.role = undefined;
      // Those that are before it may still have been written.
      waits.push(Math.max(...await Promise.all(all.map((reader) => reader.reaches(before + 3)))));
      await frozen;
      // It wakes up, reads all that waited, and may lead again.
      await new Promise((resolve) => setTimeout(resolve, LEASE_SECONDS * 2_500));
      refused += victim.refused;
    }
    clearInterval(timer);
    for (const reader of all) await reader.reaches(number);
  } finally {
    clearInterval(timer);
    for (const { program } of relays) program.end();
  }
  waits.sort((a, b) => a - b);
  tell(
    `the leader of 3 was ${fault} ${ROUNDS} times, documents of ${ballastBytes} bytes: changes went on after ` +
      `${
        waits.map((millis) => millis.toFixed(0)).join(", ")
      } ms; ${number} changes; writes refused: ${refused}`,
  );
}

/** The stage. */
export const relayFaults: Stage = {
  name: "redis relay faults",
  missing: () => missingRedis() || undefined,
  async run(tell) {
    await faults(tell, "frozen", 0);
    await faults(tell, "killed", 400_000);
  },
};
