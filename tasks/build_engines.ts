// Builds the native engine for all targets, or those that --target names, into engines/native/libraries/, checks each
// and writes their manifest. With --check-reproducible each is built twice, from two places, to the same bytes.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type LibraryEntry, targetOf, targets } from "../engines/native/manifest.ts";
import { currentPlatform } from "../ffi/platform.ts";
import { ensureEngine } from "./build_engine.ts";
import { reportStep, secondsSince } from "./progress.ts";
import { cacheFolder } from "./runtimes.ts";
import { crossBuild } from "./targets/cross_build.ts";
import { type CrossTools, findCrossTools } from "./targets/cross_tools.ts";
import { entryOf, isWhole, LIBRARIES, listedEntries, store, writeManifest } from "./targets/library_files.ts";
import { checkLibraries } from "./targets/static_checks.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

const CRATE = fileURLToPath(new URL("../engines/native/", import.meta.url));

/** What cargo makes, kept so that the next build is quick. */
const OUTPUT = join(cacheFolder(), "cross-output");

const USAGE = `usage: deno task build:engines [--target <target>]… [--check-reproducible]

Builds the native engine for all platforms into engines/native/libraries/, and writes its manifest. Without the tools
of tasks/setup_cross.sh, this machine's own library only.

  --target <target>      only this one; may be repeated. One of
                           ${targets.join("\n                           ")}
  --check-reproducible   builds each twice, from two places, and fails unless the bytes are the same
  --help                 show this help`;

async function main(): Promise<void> {
  const { values } = taskArguments(USAGE, {
    target: { type: "string", multiple: true },
    "check-reproducible": { type: "boolean", default: false },
  });
  const wanted = values.target ?? targets;
  const unknown = wanted.filter((target) => !targets.includes(target));
  if (unknown.length > 0) endWithUsage(USAGE, `there is no target ${unknown.join(", ")}`);

  const tools = findCrossTools();
  if ("missing" in tools) buildOwn(wanted, tools.missing);
  else await buildAll(tools, wanted, values["check-reproducible"]);
  console.log(`in ${LIBRARIES}`);
}

async function buildAll(
  tools: CrossTools,
  wanted: readonly string[],
  isReproducibilityChecked: boolean,
): Promise<void> {
  const start = performance.now();
  console.error(`Building for ${wanted.length} targets (some minutes the first time) …`);
  const built = await crossBuild({ tools, crate: CRATE, output: OUTPUT, targets: wanted });
  reportStep(`built in ${secondsSince(start)}`);

  const entries = new Map(listedEntries().filter(isWhole).map((entry) => [entry.target, entry]));
  const again = isReproducibilityChecked ? await digestsOfSecondBuild(tools, wanted) : undefined;
  const candidates = [...built].map(([target, path]) => ({ target, path }));
  for (const { target, path, problems } of checkLibraries(candidates)) {
    const entry = entryOf(target, path);
    const isSame = again === undefined || again.get(target) === entry.sha256;
    const all = [
      ...problems,
      ...isSame ? [] : [`two builds differ: ${entry.sha256} and ${again.get(target)}`],
    ];
    if (all.length === 0) {
      entries.set(target, store(target, path));
      show(entry, again === undefined ? "" : "both builds are identical");
    } else {
      entries.delete(target);
      console.error(`\n!!! ${target}: ${all.join("; ")}\n`);
      process.exitCode = 1;
    }
  }
  writeManifest([...entries.values()]);
}

/** Builds again from a copy of the sources in another place, with nothing left over from before. */
async function digestsOfSecondBuild(
  tools: CrossTools,
  wanted: readonly string[],
): Promise<Map<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-second-build-"));
  try {
    console.error("Building again from scratch in another folder …");
    const built = await crossBuild({ tools, crate: CRATE, output: join(folder, "output"), targets: wanted });
    return new Map([...built].map(([target, path]) => [target, entryOf(target, path).sha256]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without the cross tools: this machine's own library, by the Rust that there is. */
function buildOwn(wanted: readonly string[], missing: readonly string[]): void {
  const own = targetOf(currentPlatform());
  console.error(
    `\n!!! Tools to build for other platforms are missing (${
      missing.join(", ")
    }): tasks/setup_cross.sh installs ` +
      `them on Debian.\n!!! Building for this machine ONLY${
        own === undefined ? "" : ` (${own})`
      }: the library ` +
      `runs on systems as new as this one, and is not reproducible on other machines.\n`,
  );
  if (own === undefined || !wanted.includes(own)) {
    throw new Error(`${wanted.join(", ")} cannot be built here`);
  }
  const library = ensureEngine();
  if (library === undefined) {
    process.exitCode = 1;
    return;
  }
  const entry = store(own, library);
  writeManifest([entry]);
  show(entry, "for this machine");
}

function show({ target, size, sha256 }: LibraryEntry, how: string): void {
  console.log(`${target.padEnd(26)} ${String(size).padStart(7)} bytes  ${sha256.slice(0, 16)}  ${how}`);
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
