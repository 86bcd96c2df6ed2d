// Fuzzes the native engine with coverage for a guide: document bytes, snapshot bytes, requests and sequences of calls, each
// input with a bound on its time and memory. It needs a C++ compiler, for libFuzzer, and nothing else: neither a nightly
// Rust nor cargo-fuzz.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { FuzzOptions } from "./scripts.ts";

const FUZZ = fileURLToPath(new URL("../../engines/native/fuzz/", import.meta.url));

/** The targets of `engines/native/fuzz/targets`. */
export const NATIVE_TARGETS: readonly string[] = [
  "native-document",
  "native-snapshot",
  "native-request",
  "native-calls",
];

/** What cargo-fuzz passes to the compiler: edges are counted, and comparisons seen. */
const RUSTFLAGS = [
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
  "-Cllvm-args=-sanitizer-coverage-trace-compares",
  "-Ccodegen-units=1",
  "--cfg=fuzzing",
].join(" ");

/** Bounds that libFuzzer keeps, beside those of `bounds.rs`: seconds and megabytes. */
const LIMITS: readonly string[] = [
  "-timeout=10",
  "-rss_limit_mb=1024",
  "-malloc_limit_mb=256",
  "-max_len=20000",
];

/** Builds the targets. @returns the platform that they are for; `undefined` when they could not be built. */
export function buildNativeTargets(): string | undefined {
  const host = /host: (.*)/.exec(spawnSync("rustc", ["-vV"], { encoding: "utf8" }).stdout ?? "")?.[1];
  const env = { ...process.env, RUSTC_BOOTSTRAP: "1", RUSTFLAGS, CARGO_PROFILE_RELEASE_LTO: "off" };
  const parameters = ["build", "--release", "--locked", "--quiet", "--target", host ?? ""];
  if (
    host !== undefined && spawnSync("cargo", parameters, { cwd: FUZZ, env, stdio: "inherit" }).status === 0
  ) {
    return host;
  }
  console.error("!! the native targets could not be built: they need Rust and a C++ compiler");
  return undefined;
}

/** Fuzzes a target that was built. @returns whether nothing was found. */
export function fuzzNative(name: string, host: string, { seconds, seed, merge }: FuzzOptions): boolean {
  const target = name.replace("native-", "");
  const program = join(FUZZ, "target", host, "release", target);
  const corpus = join(FUZZ, "corpus", target);
  const found = mkdtempSync(join(tmpdir(), "flipt-fuzz-"));
  mkdirSync(join(FUZZ, "artifacts"), { recursive: true });
  // New inputs go to the first folder, and are gone with it.
  const { status, stderr } = spawnSync(program, [
    found,
    corpus,
    `-max_total_time=${seconds}`,
    `-seed=${(seed >>> 0) || 1}`,
    "-print_final_stats=1",
    `-artifact_prefix=${join(FUZZ, "artifacts", target)}-`,
    ...LIMITS,
  ], { encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) console.error(`!! ${name}\n${stderr.slice(-8_000)}`);
  else {
    const figure = (what: string): string => new RegExp(`${what}:\\s*(\\d+)`).exec(stderr)?.[1] ?? "?";
    const edges = [...stderr.matchAll(/cov: (\d+)/g)].at(-1)?.[1] ?? "?";
    console.log(
      `ok ${name}: ${figure("stat::number_of_executed_units")} inputs in ${seconds} s from ` +
        `${readdirSync(corpus).length}, ${edges} edges, ${figure("stat::peak_rss_mb")} MB`,
    );
    if (merge) mergeCorpus(program, corpus, found);
  }
  rmSync(found, { recursive: true });
  return status === 0;
}

/** So many inputs are kept of a target. */
const MAX_CORPUS = 60;

/** Replaces the corpus by a sample, from the shortest to the longest, of the inputs that have the same edges as all that were found. */
function mergeCorpus(program: string, corpus: string, found: string): void {
  const merged = mkdtempSync(join(tmpdir(), "flipt-fuzz-"));
  spawnSync(program, ["-merge=1", "-use_counters=0", "-max_len=2000", merged, corpus, found], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const all = readdirSync(merged)
    .map((name) => ({ name, size: statSync(join(merged, name)).size }))
    .toSorted((a, b) => a.size - b.size);
  const step = Math.max(1, all.length / MAX_CORPUS);
  for (const name of readdirSync(corpus)) rmSync(join(corpus, name));
  for (let at = 0; at < all.length; at += step) {
    const name = all[Math.floor(at)]?.name;
    if (name !== undefined) copyFileSync(join(merged, name), join(corpus, name));
  }
  rmSync(merged, { recursive: true });
}
