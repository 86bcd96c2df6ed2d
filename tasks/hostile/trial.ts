// Runs attacks on one runtime over one transport, one after the other, and judges each.

import { readFileSync, writeFileSync } from "node:fs";
import type { ClientOptions } from "../../mod.ts";
import type { Runtime } from "../runtimes.ts";
import { Program } from "../soak/program.ts";
import { pause } from "../soak/lines.ts";
import type { Attack } from "./attack.ts";
import type { Measured } from "./victim.ts";

/** The largest document that a victim takes, in bytes. */
const MAX_DOCUMENT_BYTES = 16 << 20;
/** Seconds that an attack lasts. */
const SECONDS = 1;
/** The longest that the client's thread may work without a turn of the event loop, in milliseconds. */
const MAX_GAP_MS = 60;
/** The most memory that an attack may cost, in MB. */
const MAX_MEGABYTES = 150;
/** The most events in a second: of errors, and of updates. */
const MAX_ERRORS_A_SECOND = 20;
const MAX_UPDATES_A_SECOND = 110;
/** How long a program may take for an answer, in milliseconds. */
const ANSWER_TIMEOUT_MS = 30_000;

/** How requests get to the server. */
export type Transport = "fetch" | "tls";

/** Where attacks are run. */
export interface Place {
  readonly runtime: Runtime;
  readonly serverRuntime: Runtime;
  readonly transport: Transport;
  readonly engine: "native" | "portable";
}

/** What came of an attack. */
export interface Outcome {
  readonly attack: Attack;
  readonly seconds: number;
  readonly measured?: Measured;
  /** Memory that it cost at its peak, in MB; `undefined` where the system does not say. */
  readonly megabytes?: number;
  /** What was wrong. */
  readonly problems: readonly string[];
}

/** Runs the attacks, and tells of each outcome as it comes. */
export async function run(
  place: Place,
  attacks: readonly Attack[],
  tell: (outcome: Outcome) => void,
): Promise<void> {
  let victim: Program | undefined;
  const server = new Program(place.serverRuntime, new URL("./server.ts", import.meta.url));
  try {
    const { url, secureUrl, authority } = await within(server.message());
    const isSecure = place.transport === "tls";
    if (isSecure && secureUrl === undefined) throw new Error("TLS needs openssl");
    const reach = isSecure
      ? { url: String(secureUrl), tls: { caCertFile: String(authority) } }
      : { url: String(url) };
    for (const attack of attacks) {
      if (victim === undefined || !victim.isRunning) {
        victim = new Program(place.runtime, new URL("./victim.ts", import.meta.url));
        await within(victim.message());
      }
      const begun = performance.now();
      let outcome: Omit<Outcome, "attack" | "seconds">;
      try {
        outcome = await once(attack, place, reach, server, victim);
      } catch (error) {
        outcome = { problems: [error instanceof Error ? error.message : String(error)] };
        victim.end();
        victim = undefined;
      }
      tell({ attack, seconds: (performance.now() - begun) / 1000, ...outcome });
    }
  } finally {
    victim?.end();
    server.end();
  }
}

async function once(
  attack: Attack,
  { engine }: Place,
  reach: ClientOptions,
  server: Program,
  victim: Program,
): Promise<Omit<Outcome, "attack" | "seconds">> {
  const fetchMode = attack.on === "stream" ? "streaming" : "polling";
  const options = { ...reach, engine, fetchMode, maxDocumentBytes: MAX_DOCUMENT_BYTES };
  await ask(server, { probe: true });
  await ask(victim, { options, probe: true });
  // What starting leaves behind is not the attack's.
  await pause(50);
  const pid = victim.child.pid ?? 0;
  const before = residentMegabytes(pid, "VmRSS");
  resetPeak(pid);
  await ask(victim, { measure: true });
  const begun = performance.now();
  await ask(server, { attack: attack.name });
  await pause((attack.seconds ?? SECONDS) * 1000);
  await ask(victim, { turning: true, probe: false });
  const { attacked } = await ask(server, { probe: false });
  const seconds = (performance.now() - begun) / 1000;
  const measured = await ask(victim, { turned: true }) as unknown as Measured;
  const peak = residentMegabytes(pid, "VmHWM");
  const megabytes = before === undefined || peak === undefined ? undefined : peak - before;
  return { measured, megabytes, problems: judge(attack, measured, Number(attacked), megabytes, seconds) };
}

/** What is wrong with the figures. */
export function judge(
  attack: Attack,
  measured: Measured,
  attacked: number,
  megabytes: number | undefined,
  seconds: number,
): readonly string[] {
  const problems: string[] = [];
  const { maxGapMs = MAX_GAP_MS, maxMegabytes = MAX_MEGABYTES } = attack;
  const work = measured.workMs ?? 0;
  if (attacked === 0) problems.push("the attack did not reach the client");
  if (measured.evaluations === 0) problems.push("nothing was asked");
  if (measured.wrong !== undefined) problems.push(measured.wrong);
  if (measured.unhandled > 0) problems.push(`${measured.unhandled} errors that nobody handled`);
  if (measured.freshMs === undefined) problems.push("not fresh again after the server was good");
  if (work > maxGapMs) problems.push(`worked ${work.toFixed(0)} ms without a turn, above ${maxGapMs}`);
  if ((megabytes ?? 0) > maxMegabytes) {
    problems.push(`took ${megabytes?.toFixed(0)} MB, above ${maxMegabytes}`);
  }
  if (measured.errors > MAX_ERRORS_A_SECOND * (seconds + 1)) {
    problems.push(`${measured.errors} events of errors`);
  }
  if (measured.updates > MAX_UPDATES_A_SECOND * (seconds + 1)) {
    problems.push(`${measured.updates} events of updates`);
  }
  return problems;
}

async function ask(
  program: Program,
  message: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  program.send(message);
  const answered = await within(program.message());
  if (typeof answered["failure"] === "string") throw new Error(answered["failure"]);
  return answered;
}

async function within<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("a program no longer responds")), ANSWER_TIMEOUT_MS);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function residentMegabytes(pid: number, name: "VmRSS" | "VmHWM"): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024;
  } catch {
    return undefined;
  }
}

/** Lets the peak begin anew, where the system can. */
function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // Then it is that of all attacks so far.
  }
}
