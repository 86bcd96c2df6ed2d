// Collects what a bug report needs about the machine: runtime, platform, environment variables, engines.

import { readFileSync } from "node:fs";
import process from "node:process";
import type { EngineInfo, EngineKind } from "../engines/engine.ts";
import { chooseEngine } from "../engines/choice.ts";
import { currentPlatform } from "../ffi/platform.ts";
import type { ClientOptions } from "../src/options/client_options.ts";
import { cliMessage } from "./errors.ts";
import { sha256Of } from "./reference_wheel.ts";

/** Returns the runtime and its version, such as `Deno 2.9.6`. */
export function runtimeName(): string {
  const { deno, bun, node } = process.versions;
  if (deno !== undefined) return `Deno ${deno}`;
  return bun !== undefined ? `Bun ${bun}` : `Node ${node}`;
}

/** Returns the platform, such as `linux x86_64 gnu`. */
export function platformName(): string {
  const { operatingSystem, architecture, libc } = currentPlatform();
  return [operatingSystem, architecture, libc].filter((part) => part !== "").join(" ");
}

// The variables that affect the client. Only names are reported: a value may be a secret.
const RELEVANT_VARIABLES =
  /^(FLIPT_.*|(HTTPS?|ALL|NO)_PROXY|NODE_(EXTRA_CA_CERTS|USE_ENV_PROXY|USE_SYSTEM_CA|TLS_REJECT_UNAUTHORIZED|OPTIONS)|SSL_CERT_(FILE|DIR)|DENO_(CERT|TLS_CA_STORE))$/i;

/** Returns the names of the environment variables that are set and affect the client. */
export function relevantVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(environment).filter((name) => RELEVANT_VARIABLES.test(name) && environment[name]).sort();
}

/** Whether an engine is available, and its library. */
export interface EngineReport {
  /** The engine. */
  readonly kind: EngineKind;
  /** Whether it is available. */
  readonly available: boolean;
  /** Why it is not available. */
  readonly reason?: string;
  /** The path of its library. */
  readonly library?: string;
  /** The size of the library, in bytes. */
  readonly bytes?: number;
  /** The SHA-256 of the library, in hexadecimal. */
  readonly sha256?: string;
}

/** Returns a report on every engine. The engine that the options select is tried with their `libraryPath`. */
export function engineReports(options: ClientOptions): Promise<EngineReport[]> {
  const kinds: readonly EngineKind[] = ["native", "portable", "flipt-engine-ffi"];
  return Promise.all(kinds.map(async (kind): Promise<EngineReport> => {
    try {
      const libraryPath = kind === options.engine ? options.libraryPath : undefined;
      const { info } = await chooseEngine({ engine: kind, libraryPath });
      return { kind, available: true, ...libraryOf(info) };
    } catch (error) {
      return { kind, available: false, reason: cliMessage(error) };
    }
  }));
}

function libraryOf({ library }: EngineInfo): Pick<EngineReport, "library" | "bytes" | "sha256"> {
  if (library === undefined) return {};
  try {
    const bytes = readFileSync(library);
    return { library, bytes: bytes.length, sha256: sha256Of(bytes) };
  } catch {
    // The runtime may open a library that this process may not read.
    return { library };
  }
}

/** Returns the engine that the options select, and why. */
export async function chosenEngine({ engine = "auto", libraryPath }: ClientOptions): Promise<EngineInfo> {
  return (await chooseEngine({ engine, libraryPath })).info;
}
