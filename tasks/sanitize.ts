// Runs the crate's tests and the driver of its ABI, many threads that do anything in any order, under the sanitizers that
// this machine has: deno task sanitize --minutes 2. Each that it lacks is named; none at all is a failure.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { hideProgress, secondsSince, showProgress } from "./progress.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

const CRATE = fileURLToPath(new URL("../engines/native/", import.meta.url));

/** Tests of what Miri can run: no processes, files or foreign functions, and nothing that takes minutes there. */
const MIRI_TESTS: readonly string[] = [
  "handle::",
  "request::",
  "constraint::",
  "compile::",
];

/** One way to look at the code as it runs. */
interface Check {
  readonly title: string;
  /** Why it cannot be had here; `undefined` when it can. */
  readonly missing: string | undefined;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

function output(command: string, ...parameters: string[]): string {
  const { stdout, status } = spawnSync(command, parameters, { encoding: "utf8", cwd: CRATE });
  return status === 0 ? stdout.trim() : "";
}

function has(command: string, ...parameters: string[]): boolean {
  return spawnSync(command, parameters, { cwd: CRATE }).status === 0;
}

function checks(seconds: number): Check[] {
  const host = /host: (.*)/.exec(output("rustc", "-vV"))?.[1] ?? "";
  const libraries = join(output("rustc", "--print", "sysroot"), "lib/rustlib", host, "lib");
  const hasRuntime = (name: string): boolean =>
    ["librustc-stable_rt", "librustc-nightly_rt", "librustc_rt"].some((prefix) =>
      existsSync(join(libraries, `${prefix}.${name}.a`))
    );
  // Sanitizers are unstable options, which RUSTC_BOOTSTRAP opens in a stable compiler.
  const sanitized = (name: string, flags: string): Readonly<Record<string, string>> => ({
    RUSTC_BOOTSTRAP: "1",
    RUSTFLAGS: `-Zsanitizer=${name} ${flags}`,
    CARGO_TARGET_DIR: join(CRATE, "target/sanitize", name),
    FLIPT_FFI_DRIVER_SECONDS: String(seconds),
  });
  const tests = [
    "cargo",
    "test",
    "--locked",
    "--release",
    "--target",
    host,
    "--config",
    "profile.release.lto=false",
  ];
  const driver = [...tests, "--test", "driver", "--", "--nocapture"];
  return [
    {
      title: "AddressSanitizer, all tests and the driver",
      missing: hasRuntime("asan") ? undefined : "the compiler has no AddressSanitizer",
      command: [...tests, "--lib", "--tests", "--", "--nocapture"],
      environment: sanitized("address", ""),
    },
    threadSanitizer(host, seconds),
    {
      title: "valgrind memcheck, the driver",
      missing: has("valgrind", "--version") ? undefined : "there is no valgrind",
      command: driver,
      environment: valgrind(host, seconds, "--tool=memcheck --leak-check=no"),
    },
    {
      title: "Miri, the tests that it can run",
      missing: has("cargo", "+nightly", "miri", "--version") ? undefined : "there is no Miri",
      command: ["cargo", "+nightly", "miri", "test", "--locked", "--lib", "--", ...MIRI_TESTS],
      environment: {
        MIRIFLAGS: "-Zmiri-permissive-provenance",
        CARGO_TARGET_DIR: join(CRATE, "target/sanitize/miri"),
      },
    },
  ];
}

/**
 * ThreadSanitizer has to see into the standard library, or what that synchronises would look like races: a nightly compiler
 * builds it, too, from the component rust-src.
 */
function threadSanitizer(host: string, seconds: number): Check {
  const sysroot = output("rustc", "+nightly", "--print", "sysroot");
  const hasSources = sysroot !== "" &&
    existsSync(join(sysroot, "lib/rustlib/src/rust/library/std/Cargo.toml"));
  return {
    title: "ThreadSanitizer, the driver and the loaders",
    missing: hasSources ? undefined : "there is no nightly Rust with rust-src",
    command: [
      ...["cargo", "+nightly", "test", "--locked", "--release", "-Zbuild-std", "--target", host],
      ...["--config", "profile.release.lto=false", "--config", 'profile.release.debug="line-tables-only"'],
      ...["--config", 'profile.release.strip="none"'],
      ...["--test", "driver", "--test", "loader", "--", "--nocapture"],
    ],
    environment: {
      RUSTFLAGS: "-Zsanitizer=thread",
      CARGO_TARGET_DIR: join(CRATE, "target/sanitize/thread"),
      FLIPT_FFI_DRIVER_SECONDS: String(seconds),
    },
  };
}

function valgrind(host: string, seconds: number, tool: string): Readonly<Record<string, string>> {
  const runner = `CARGO_TARGET_${host.toUpperCase().replaceAll("-", "_")}_RUNNER`;
  return {
    [runner]: `valgrind --quiet --error-exitcode=9 --fair-sched=try ${tool}`,
    CARGO_TARGET_DIR: join(CRATE, "target/sanitize/valgrind"),
    FLIPT_FFI_DRIVER_SECONDS: String(seconds),
  };
}

const USAGE = `usage: deno task sanitize [--minutes <number>] [--only <title>]

Runs the crate's tests, and many threads that call its ABI in any order, under the sanitizers that this machine has:
AddressSanitizer, ThreadSanitizer, valgrind and Miri. What it lacks is named.

  --minutes <number>   how long the threads call, all sanitizers together, above 0 (default: 1)
  --only <title>       only the sanitizers whose titles contain this
  --help               show this help`;

/** How many of the checks have the threads. */
const DRIVEN = 3;

function sanitize(): number {
  const { values } = taskArguments(USAGE, {
    minutes: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) endWithUsage(USAGE, "--minutes must be above 0");
  const wanted = checks(Math.ceil(minutes * 60 / DRIVEN)).filter(({ title }) => title.includes(values.only));
  let ran = 0;
  let failed = 0;
  for (const { title, missing, command: [program = "", ...parameters], environment } of wanted) {
    if (missing !== undefined) {
      console.log(`-- ${title}: not run, ${missing}`);
      continue;
    }
    ran++;
    showProgress(title);
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(program, parameters, {
      cwd: CRATE,
      env: { ...process.env, ...environment },
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    hideProgress();
    const calls = /\d+ calls by \d+ threads/.exec(stdout)?.[0];
    const passed = [...stdout.matchAll(/(\d+) passed/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    const figures = [`${passed} tests`, ...calls === undefined ? [] : [calls]].join(", ");
    // A run that has no tests at all would pass, too.
    const isGood = status === 0 && passed > 0;
    if (!isGood) {
      failed++;
      console.error(`${stdout.slice(-20_000)}\n${stderr.slice(-20_000)}`);
    }
    console.log(`${isGood ? "ok" : "!!"} ${title}: ${figures}, ${secondsSince(start)} with the build`);
  }
  if (ran === 0) console.error("none of the sanitizers is here");
  return failed > 0 || ran === 0 ? 1 : 0;
}

process.exitCode = sanitize();
