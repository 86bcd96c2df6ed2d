// Builds the crate for one target with the cross tools, so that the same sources give the same bytes on every machine.

import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { reportStep, secondsSince, showProgress } from "../progress.ts";
import type { CrossTools } from "./cross_tools.ts";
import { GLIBC } from "./static_checks.ts";

/** The names under which programs ask macOS for the one library that there is. */
const DARWIN_LIBRARIES = ["libSystem", "libSystem.B", "libc", "libm"];

/** The standard library is built, too, without what makes traces of panics: that is more than half of it. */
const STANDARD_LIBRARY = [
  "-Zbuild-std=std,panic_unwind,panic_abort",
  "-Zbuild-std-features=panic-unwind",
];

const SOURCES = ["Cargo.toml", "Cargo.lock", "src"];

/** The crate is also a Rust library, for its tests: with that, too, cargo leaves out the optimization across crates. */
const CRATE_TYPES = /^crate-type = .*$/m;

/** One build. */
export interface CrossBuild {
  readonly tools: CrossTools;
  /** The folder of the crate. */
  readonly crate: string;
  /** The folder for what cargo makes. */
  readonly output: string;
  readonly targets: readonly string[];
}

/**
 * Builds the libraries of some targets, as many at a time as there are processors, and reports each.
 * @returns their paths by target.
 * @throws {Error} (rejects) when cargo fails; what it said is on the terminal.
 */
export async function crossBuild(build: CrossBuild): Promise<Map<string, string>> {
  const { tools, targets, output } = build;
  copySources(build);
  const linux = targets.filter((target) => target.includes("linux"));
  const others = targets.filter((target) => !target.includes("linux"));
  if (linux.length > 0) await run(build, [tools.cargoZigbuild, "zigbuild"], linux);
  if (others.length > 0) await run(build, [tools.cargo, "build"], others);
  return new Map(targets.map((target) => [target, join(output, target, "release", libraryName(target))]));
}

/** What cargo calls the library of a target. */
export function libraryName(target: string): string {
  if (target.includes("windows")) return "flipt_ffi_engine.dll";
  return `libflipt_ffi_engine${target.includes("apple") ? ".dylib" : ".so"}`;
}

async function run(
  build: CrossBuild,
  [command, subcommand]: readonly [string, string],
  targets: readonly string[],
): Promise<void> {
  const parameters = ["--release", "--locked", "--target-dir", build.output, ...STANDARD_LIBRARY];
  parameters.push("--message-format", "json-render-diagnostics");
  for (const target of targets) {
    parameters.push("--target", target.endsWith("-linux-gnu") ? `${target}.${GLIBC}` : target);
    parameters.push("--config", `target.${target}.rustflags=${JSON.stringify(flagsOf(build, target))}`);
  }
  const child = spawn(command, [subcommand, ...parameters], {
    cwd: sourcesOf(build),
    stdio: ["ignore", "pipe", "inherit"],
    env: environment(build),
  });
  const ended = once(child, "close");
  await Promise.all([ended, reportBuilt(createInterface(child.stdout), targets)]).catch((error: Error) => {
    throw new Error(`cannot build for ${targets.join(", ")}: ${error.message}`);
  });
  const [status] = await ended;
  if (status !== 0) throw new Error(`cannot build for ${targets.join(", ")}: status ${status}`);
}

/** A message of cargo, as far as it is looked at. */
interface CargoMessage {
  readonly reason: string;
  readonly target?: { readonly name: string };
  readonly filenames?: readonly string[];
}

/** Shows each crate that is built, and reports each library. */
async function reportBuilt(lines: AsyncIterable<string>, targets: readonly string[]): Promise<void> {
  const start = performance.now();
  let crates = 0;
  for await (const line of lines) {
    const { reason, target: crate, filenames = [] } = JSON.parse(line) as CargoMessage;
    if (reason !== "compiler-artifact") continue;
    const target = targets.find((each) => filenames.some((file) => file.includes(`/${each}/`)));
    showProgress(
      `${secondsSince(start)}: ${++crates} crates, now ${crate?.name} for ${target ?? "the build"}`,
    );
    if (target !== undefined && filenames.some((file) => file.endsWith(`/release/${libraryName(target)}`))) {
      reportStep(`${target} after ${secondsSince(start)}`);
    }
  }
}

/** The copy of the crate that is built: a dynamic library and nothing else. */
function sourcesOf({ output }: CrossBuild): string {
  return join(resolve(output), "crate");
}

function copySources(build: CrossBuild): void {
  const folder = sourcesOf(build);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const source of SOURCES) {
    cpSync(join(build.crate, source), join(folder, source), { recursive: true, preserveTimestamps: true });
  }
  const path = join(folder, "Cargo.toml");
  const manifest = readFileSync(path, "utf8");
  if (!CRATE_TYPES.test(manifest)) throw new Error("Cargo.toml has no line that begins with crate-type");
  writeFileSync(path, manifest.replace(CRATE_TYPES, 'crate-type = ["cdylib"]'));
  const { atime, mtime } = statSync(join(build.crate, "Cargo.toml"));
  // Or cargo would build everything anew each time.
  utimesSync(path, atime, mtime);
}

function environment({ tools, output }: CrossBuild): Record<string, string | undefined> {
  // What the user's shell sets for builds would be in the bytes.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(CARGO|RUST|SDKROOT)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    CARGO_HOME: cargoHome(),
    CARGO: tools.cargo,
    RUSTC: tools.rustc,
    PATH: `/usr/bin:/bin:${process.env["PATH"] ?? ""}`,
    // Building the standard library is a feature that is not stable.
    RUSTC_BOOTSTRAP: "1",
    CARGO_TERM_QUIET: "true",
    CARGO_INCREMENTAL: "0",
    // Stripped by the linker, as Debian has no rust-objcopy.
    CARGO_PROFILE_RELEASE_STRIP: "none",
    CARGO_ZIGBUILD_ZIG_PATH: tools.zig,
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER: tools.windowsLinker,
    SDKROOT: darwinSdk(tools, output),
  };
}

function flagsOf(build: CrossBuild, target: string): string[] {
  return [...remappings(build), ...linking(build.tools, target)];
}

/** Panics name their place in the sources: without these, in those of this machine. */
function remappings(build: CrossBuild): string[] {
  const places = [
    // The last one that fits counts.
    [cargoHome(), "cargo"],
    [build.tools.rustSource, "std"],
    [resolve(build.output), "target"],
    [sourcesOf(build), "engine"],
  ];
  return places.map(([from, to]) => `--remap-path-prefix=${from}=/${to}`);
}

function linking(tools: CrossTools, target: string): string[] {
  if (target.includes("windows")) {
    return linkArguments("-s", "-Wl,--no-insert-timestamp");
  }
  if (target.includes("apple")) {
    return [
      "-Zunstable-options",
      "-Clinker-flavor=darwin-lld",
      `-Clinker=${tools.darwinLinker}`,
      ...linkArguments("-install_name", `@rpath/${libraryName(target)}`, "-S", "-x"),
    ];
  }
  // Without the C library inside: a library uses the one of the process that loads it.
  return [...linkArguments("-s"), ...target.endsWith("-musl") ? ["-Ctarget-feature=-crt-static"] : []];
}

function linkArguments(...all: readonly string[]): string[] {
  return all.map((argument) => `-Clink-arg=${argument}`);
}

/** A folder that looks like the part of Apple's SDK that a linker reads. */
function darwinSdk(tools: CrossTools, output: string): string {
  const folder = join(resolve(output), "macos-sdk");
  const libraries = join(folder, "usr/lib");
  mkdirSync(libraries, { recursive: true });
  for (const name of DARWIN_LIBRARIES) {
    const path = join(libraries, `${name}.tbd`);
    rmSync(path, { force: true });
    symlinkSync(join(tools.darwinStubs, "libSystem.tbd"), path);
  }
  return folder;
}

function cargoHome(): string {
  return process.env["CARGO_HOME"] || join(homedir(), ".cargo");
}
