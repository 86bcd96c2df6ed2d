// What a bug report needs to know of the machine: the runtime, what it may do, and which engines there are.

import { readFileSync } from "node:fs";
import process from "node:process";
import type { EngineInfo, EngineKind } from "../engines/engine.ts";
import { chooseEngine } from "../engines/choice.ts";
import { currentPlatform } from "../ffi/platform.ts";
import type { ClientOptions } from "../src/options/client_options.ts";
import { messageOf } from "./errors.ts";
import { sha256Of } from "./reference_wheel.ts";

/** The runtime and its version, such as `Deno 2.9.6`. */
export function runtimeName(): string {
  const { deno, bun, node } = process.versions;
  if (deno !== undefined) return `Deno ${deno}`;
  return bun !== undefined ? `Bun ${bun}` : `Node ${node}`;
}

/** The platform, such as `linux x86_64 gnu`. */
export function platformName(): string {
  const { operatingSystem, architecture, libc } = currentPlatform();
  return [operatingSystem, architecture, libc].filter((part) => part !== "").join(" ");
}

// Names that change what the client does. Values may be secrets, and are not looked at.
const telling =
  /^(FLIPT_.*|(HTTPS?|ALL|NO)_PROXY|NODE_(EXTRA_CA_CERTS|USE_ENV_PROXY|USE_SYSTEM_CA|TLS_REJECT_UNAUTHORIZED|OPTIONS)|SSL_CERT_(FILE|DIR)|DENO_(CERT|TLS_CA_STORE))$/i;

/** The names of the variables that are set and matter. */
export function variables(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(environment).filter((name) => telling.test(name) && environment[name]).sort();
}

/** An engine, and whether it can be had here. */
export interface EngineReport {
  /** The engine. */
  readonly kind: EngineKind;
  /** Whether it can be had. */
  readonly available: boolean;
  /** Why it cannot be had. */
  readonly reason?: string;
  /** The file of its library. */
  readonly library?: string;
  /** The size of that file, in bytes. */
  readonly bytes?: number;
  /** Its SHA-256. */
  readonly sha256?: string;
}

/** Every engine; the one that is asked for with the library that is named. */
export function engineReports(options: ClientOptions): Promise<EngineReport[]> {
  const kinds: readonly EngineKind[] = ["native", "portable", "flipt-engine-ffi"];
  return Promise.all(kinds.map(async (kind): Promise<EngineReport> => {
    try {
      const libraryPath = kind === options.engine ? options.libraryPath : undefined;
      const { info } = await chooseEngine({ engine: kind, libraryPath });
      return { kind, available: true, ...libraryOf(info) };
    } catch (error) {
      return { kind, available: false, reason: messageOf(error) };
    }
  }));
}

function libraryOf({ library }: EngineInfo): Pick<EngineReport, "library" | "bytes" | "sha256"> {
  if (library === undefined) return {};
  try {
    const bytes = readFileSync(library);
    return { library, bytes: bytes.length, sha256: sha256Of(bytes) };
  } catch {
    // It may be opened and yet not be read.
    return { library };
  }
}

/** The engine that the options choose, and why. */
export async function chosenEngine({ engine = "auto", libraryPath }: ClientOptions): Promise<EngineInfo> {
  return (await chooseEngine({ engine, libraryPath })).info;
}
