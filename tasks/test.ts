// Runs the test suite on Deno, Bun and Node, then the crate's tests, and prints a line per runtime. With
// `--runtime npm`, runs it against the npm package, on the oldest and the newest Node.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ensureEngine } from "./build_engine.ts";
import { bundleSuite, SUITE_NAMES } from "./npm/suite.ts";
import { fetchTools, toolPath } from "./npm/tools.ts";
import { referenceLibraryPath } from "./reference_library.ts";
import { installedRuntime, RUNTIME_NAMES, RUNTIMES, testedRuntime, titleOf } from "./runtimes.ts";
import { ensureLief } from "./targets/library_facts.ts";
import { isWanted, testFile, testNames } from "./test_files.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The result of a run. */
interface Result {
  readonly title: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly isGood: boolean;
}

/** The parameters of each test runner, and the patterns of its summary. */
const RUNNERS = {
  deno: {
    parameters: RUNTIMES.deno.test,
    passed: /(\d+) passed/g,
    failed: /(\d+) failed/g,
    skipped: /(\d+) ignored/g,
  },
  bun: {
    parameters: RUNTIMES.bun.test,
    passed: /^ *(\d+) pass$/gm,
    failed: /^ *(\d+) fail$/gm,
    skipped: /^ *(\d+) skip$/gm,
  },
  node: {
    parameters: RUNTIMES.node.test,
    passed: /^ℹ pass (\d+)$/gm,
    failed: /^ℹ fail (\d+)$/gm,
    skipped: /^ℹ skipped (\d+)$/gm,
  },
  cargo: {
    parameters: ["test", "--release", "--locked"],
    passed: /(\d+) passed;/g,
    failed: /(\d+) failed;/g,
    skipped: /(\d+) ignored;/g,
  },
} as const;

/** The tests of fetching and streaming. They run a second time with the option `tls` instead of the runtime's fetch. */
const FRESHNESS: readonly string[] = [
  "src/sources/fetcher_source",
  "src/sources/http_errors",
  "src/sources/http_request",
  "src/sources/http_response",
  "src/sources/http_version",
  "src/state/status",
  "src/sync/faults",
  "src/sync/polling",
  "src/sync/retries",
  "src/sync/stream_faults",
  "src/sync/streaming",
];

/** Runs a command and shows its output. Returns the output and the exit code. */
function run(
  executable: string,
  parameters: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1", DENO: process.execPath, ...environment };
    const child = spawn(executable, parameters, { cwd: folder, env });
    let output = "";
    const show = (chunk: Uint8Array): void => {
      output += new TextDecoder().decode(chunk);
      process.stdout.write(chunk);
    };
    child.stdout.on("data", show);
    child.stderr.on("data", show);
    child.on("error", (error) => resolve({ status: 1, output: `${output}${error.message}` }));
    child.on("close", (status) => resolve({ status: status ?? 1, output }));
  });
}

function sum(output: string, pattern: RegExp): number {
  let total = 0;
  for (const match of output.matchAll(pattern)) total += Number(match[1]);
  return total;
}

async function test(
  kind: keyof typeof RUNNERS,
  title: string,
  executable: string,
  files: readonly string[],
  folder: string = ROOT,
  environment: Readonly<Record<string, string>> = {},
): Promise<Result> {
  console.log(`\n=== ${title}\n`);
  const runner = RUNNERS[kind];
  const { status, output } = await run(executable, [...runner.parameters, ...files], folder, environment);
  const passed = sum(output, runner.passed);
  const failed = sum(output, runner.failed);
  const skipped = sum(output, runner.skipped);
  // A run without tests counts as a failure.
  return { title, passed, failed, skipped, isGood: status === 0 && failed === 0 && passed > 0 };
}

/** Returns the tests whose paths contain one of the parts. */
function wantedTests(parts: readonly string[]): string[] {
  const all = testNames();
  const missing = FRESHNESS.filter((name) => !all.includes(name));
  if (missing.length > 0) throw new Error(`FRESHNESS lists tests that do not exist: ${missing.join(", ")}`);
  return all.filter((name) => isWanted(name, parts));
}

/** Runs the tests against the npm package, on the oldest supported and the newest Node. */
async function testPackage(parts: readonly string[]): Promise<Result[]> {
  const chosen = SUITE_NAMES.filter((name) => isWanted(name, parts));
  const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-suite-"));
  try {
    const { files } = await bundleSuite(folder, chosen);
    const newest = installedRuntime("node");
    const results: Result[] = [];
    for (const executable of [toolPath("node20"), newest.executable]) {
      const title = `npm package, ${executable === newest.executable ? titleOf(newest) : "Node 20"}`;
      if (executable === undefined) results.push({ title, passed: 0, failed: 0, skipped: 0, isGood: false });
      else results.push(await test("node", title, executable, files, folder));
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const SUITES: readonly string[] = [...RUNTIME_NAMES, "cargo", "npm"];

const USAGE = `usage: deno task test [<part of a file's path>]… [--runtime <runtime>]…

Runs the tests on Deno, Bun and Node, then those of the crate; with parts, only the files whose paths contain one.

  --runtime <runtime>   only this one; may be repeated: ${SUITES.join(", ")}. npm runs the
                        tests against the npm package, on the oldest and the newest Node
  --help                show this help`;

/** Runs all tests, or those whose paths contain one of the arguments, on the selected runtimes. */
async function main(): Promise<void> {
  const { values, positionals } = taskArguments(
    USAGE,
    { runtime: { type: "string", multiple: true } },
    Infinity,
  );
  const wanted = values.runtime ?? [...RUNTIME_NAMES, "cargo"];
  const unknown = wanted.find((name) => !SUITES.includes(name));
  if (unknown !== undefined) {
    endWithUsage(USAGE, `--runtime must be one of ${SUITES.join(", ")}, not ${unknown}`);
  }
  const names = wantedTests(positionals);

  const install = spawnSync(process.execPath, ["install", "--quiet"], { cwd: ROOT, stdio: "inherit" });
  if (install.status !== 0) throw new Error("the development dependencies could not be installed");
  const library = ensureEngine();
  try {
    console.log(`reference library: ${await referenceLibraryPath()}`);
  } catch (error) {
    console.error(
      `\n!!! The reference library is missing: tests against it are SKIPPED (${(error as Error).message})\n`,
    );
  }

  if (names.includes("tasks/targets")) {
    try {
      ensureLief();
    } catch (error) {
      const reason = (error as Error).message;
      console.error(`\n!!! LIEF is missing: the tests of the checks of libraries are SKIPPED (${reason})\n`);
    }
  }
  if (
    wanted.includes("npm") || wanted.includes("node") && names.some((name) => name.startsWith("packages/npm"))
  ) {
    fetchTools();
  }
  const results: Result[] = [];
  for (const name of RUNTIME_NAMES) {
    if (!wanted.includes(name)) continue;
    const runtime = testedRuntime(name);
    results.push(await test(name, titleOf(runtime), runtime.executable, names.map(testFile)));
    const again = names.filter((name) => FRESHNESS.includes(name)).map(testFile);
    if (again.length === 0) continue;
    if (spawnSync("openssl", ["version"]).status !== 0) {
      console.error("\n!!! openssl is missing: the tests of freshness over TLS are SKIPPED\n");
      continue;
    }
    const title = `${titleOf(runtime)}, over TLS`;
    results.push(await test(name, title, runtime.executable, again, ROOT, { FLIPT_TEST_TRANSPORT: "tls" }));
  }
  if (wanted.includes("npm")) results.push(...await testPackage(positionals));
  if (wanted.includes("cargo") && positionals.length === 0) {
    if (library === undefined) console.error("\n!!! cargo is missing: the crate's own tests are SKIPPED\n");
    else results.push(await test("cargo", "cargo test", "cargo", [], join(ROOT, "engines/native")));
  }

  console.log("");
  for (const { title, passed, failed, skipped, isGood } of results) {
    console.log(
      `${isGood ? "ok    " : "FAILED"} ${
        title.padEnd(26)
      } ${passed} passed, ${failed} failed, ${skipped} skipped`,
    );
  }
  const total = (of: "passed" | "failed" | "skipped"): number =>
    results.reduce((all, result) => all + result[of], 0);
  console.log(`\n${total("passed")} passed, ${total("failed")} failed, ${total("skipped")} skipped`);
  if (!results.every((result) => result.isGood)) process.exitCode = 1;
}

await main();
