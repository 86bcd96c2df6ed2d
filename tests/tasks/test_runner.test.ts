// What deno task test makes of the reports of three runners, and of names that no test has.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { isEssential, nearestTests, testNames } from "../../tasks/test_files.ts";
import { readReport } from "../../tasks/tests/report.ts";
import { failureOutput } from "../../tasks/tests/run_file.ts";
import type { StageResult } from "../../tasks/tests/stages.ts";
import { skippedTable } from "../../tasks/tests/summary.ts";

const DENO = `<testsuites name="deno test" tests="4" failures="2" errors="0" time="0.048">
  <testsuite name="./tests/a.test.ts" tests="1" disabled="0" errors="0" failures="1">
    <testcase name="outer" classname="./tests/a.test.ts" time="0.008" line="2" col="1">
      <failure message="1 test step failed">1 test step failed.</failure>
    </testcase>
    <testcase name="is 1 &gt; 0 &amp; &quot;so on&quot;" time="0.001"></testcase>
  </testsuite>
  <testsuite name="ext:deno_node/testing.ts" tests="2" disabled="1" errors="0" failures="1">
    <testcase name="outer &gt; later" time="0.000"><skipped/></testcase>
    <testcase name="outer &gt; bad" time="0.001">
      <failure message="Uncaught Error: x">Error: x &lt;testcase name="no"&gt;</failure>
    </testcase>
  </testsuite>
</testsuites>`;

const BUN = `<testsuites name="bun test" tests="3" assertions="0" failures="1" skipped="1" time="0.06">
  <testsuite name="tests/a.test.ts" file="tests/a.test.ts" tests="3" time="0.05">
    <testcase name="is 1 &gt; 0 &amp; &quot;so on&quot;" classname="" time="0.009" assertions="0" />
    <testsuite name="outer" file="tests/a.test.ts" line="2" tests="3">
      <testcase name="later" classname="outer" time="0"><skipped /></testcase>
      <testcase name="bad" classname="outer" time="0.0003"><failure type="Error" message="x">x</failure></testcase>
    </testsuite>
  </testsuite>
</testsuites>`;

const NODE = `<testsuites>
  <testcase name="is 1 > 0 &amp; &quot;so on&quot;" time="0.001" classname="test" file="a.test.ts"/>
  <testsuite name="outer" time="0.010" disabled="0" errors="0" tests="2" failures="1" skipped="1">
    <testcase name="later" time="0.000" classname="outer"><skipped type="skipped" message="no &lt;cc>"/></testcase>
    <testcase name="bad" time="0.0004" failure="x"><failure type="testCodeFailure" message="x">x</failure></testcase>
  </testsuite>
</testsuites>`;

test("the reports of all runtimes give the same tests; Node's give the reasons", () => {
  const tests = [
    { name: 'is 1 > 0 & "so on"', status: "passed" },
    { name: "outer > later", status: "skipped" },
    { name: "outer > bad", status: "failed" },
  ];
  assert.deepEqual(readReport(DENO, true), tests);
  assert.deepEqual(readReport(BUN, true), tests);
  const [first, second, third] = tests;
  assert.deepEqual(readReport(NODE, false), [first, { ...second, reason: "no <cc>" }, third]);
});

test("a skipped test has the reason that Node gives, or where it runs instead", () => {
  const result = (runtime: string, cases: StageResult["files"][number]["cases"]): StageResult => ({
    stage: { title: `${runtime} 1.0`, runtime, runs: [] },
    files: [{ file: "./tests/src/a.test.ts", cases, isGood: true, seconds: 1, output: "" }],
    isGood: true,
  });
  const table = skippedTable([
    result("Deno", [{ name: "one", status: "skipped" }, { name: "two", status: "passed" }]),
    result("Node", [{ name: "one", status: "skipped", reason: "no compiler" }, {
      name: "two",
      status: "skipped",
    }]),
  ]);
  assert.deepEqual(table, [
    "skipped, since  Deno  Node  tests",
    "no compiler        1     1  src/a",
    "runs on Deno       -     1  src/a",
  ]);
});

test("of a run that failed, everything is shown but the lines of tests that did not", () => {
  const outputs = [
    "running 2 tests from ./a.test.ts\none ... ok (1ms)\n  two ... ignored (0ms)\nbad ... FAILED (1ms)\nwhy",
    "(pass) outer > in1 [9.03ms]\n(skip) outer > deep\n(fail) bad\nwhy",
    "✔ one (0.8ms)\n▶ outer\n﹣ two (0.3ms) # why not\n✖ bad (0.2ms)\nℹ tests 6\nℹ fail 1\nwhy",
  ];
  assert.deepEqual(outputs.map(failureOutput), [
    "bad ... FAILED (1ms)\nwhy",
    "(fail) bad\nwhy",
    "✖ bad (0.2ms)\nℹ fail 1\nwhy",
  ]);
});

test("the nearest names of a slip are told, by their last word or their whole path", () => {
  const names = ["src/sync/polling", "src/sync/streaming", "tasks/demo"];
  assert.deepEqual(nearestTests("poling", names), ["src/sync/polling"]);
  assert.deepEqual(nearestTests("tests/src/sync/pulling.test.ts", names), ["src/sync/polling"]);
  assert.deepEqual(nearestTests("nosuchname", names), []);
});

test("deno task test without parts runs what decides answers and freshness, and no test is in no folder", () => {
  const essential = testNames().filter(isEssential);
  for (const name of ["bad_input", "differential", "src/sync/polling", "engines/portable/engine"]) {
    assert.ok(essential.includes(name), name);
  }
  for (const name of ["packages/jsr", "docs/docs", "browser/browser", "tasks/demo", "cli/words"]) {
    assert.ok(testNames().includes(name) && !essential.includes(name), name);
  }
});

test("a name that no test file has ends with exit code 2 before anything is run", {
  skip: process.versions["deno"] === undefined && "it is Deno's task",
}, () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["run", "-A", "--no-check", "tasks/test.ts", "sync/poling"],
    { cwd: fileURLToPath(new URL("../../", import.meta.url)), encoding: "utf8" },
  );
  assert.deepEqual({ status, stdout, stderr }, {
    status: 2,
    stdout: "",
    stderr: 'no test file has "sync/poling" in its path; the nearest are src/sync/polling\n',
  });
});
