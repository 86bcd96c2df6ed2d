// The matrix of tools: what it takes for a failure, and that its tables fit together. Its programs are run by
// `deno task test:tools`.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dependenciesOf, pinnedNames, runtimeTitle, type ToolResult } from "../../tasks/tools/matrix.ts";
import { PROGRAMS, toCommonJs } from "../../tasks/tools/programs.ts";
import { reportOf } from "../../tasks/tools/project.ts";
import { CommandError, problemOf, reported, reportsIn } from "../../tasks/tools/report.ts";
import { readResults, resultsProblem } from "../../tasks/tools/results.ts";
import { TOOLS } from "../../tasks/tools/rows.ts";
import type { Tool } from "../../tasks/tools/tool.ts";

const expected = { engine: "native", checks: ["boolean", "change"] } as const;
const good = { engine: "native", checks: { boolean: true, change: true } };

test("a report is found in whatever a tool prints around it", () => {
  const line = `REPORT ${JSON.stringify(good)}`;
  assert.deepEqual(reportsIn(`  console.log\n    ${line}\n      at flags.cjs:3\n`), [good]);
  assert.deepEqual(reportsIn(`# ${line}\n# ${line}`), [good, good]);
  assert.throws(() => reportsIn("Tests: 1 passed"), /nothing was reported\nTests: 1 passed/);
});

test("whatever is not as it has to be is a problem", () => {
  assert.equal(problemOf(expected, [good]), undefined);
  assert.equal(problemOf(expected, []), "nothing was reported");
  assert.equal(
    problemOf(expected, [good, { ...good, checks: { boolean: true } }]),
    "change: not checked",
  );
  assert.equal(problemOf(expected, [{ ...good, checks: { ...good.checks, change: "old" } }]), "change: old");
  assert.equal(
    problemOf(expected, [{ ...good, checks: { ...good.checks, change: false } }]),
    "change: false",
  );
  assert.match(problemOf(expected, [{ ...good, checks: { ...good.checks, more: true } }]) ?? "", /^more /);
  const portable = { ...good, engine: "portable", reason: "no library" };
  assert.equal(problemOf(expected, [portable]), "the engine is portable: no library");
});

test("a server that answers wrongly, or as before the change, is a problem", () => {
  const before = { engine: "native", boolean: true, variant: "winter" };
  const after = { engine: "native", boolean: false, variant: "summer" };
  const server = { engine: "native", checks: ["boolean", "variant", "change"] } as const;
  assert.equal(problemOf(server, [reportOf(before, after)]), undefined);
  assert.match(problemOf(server, [reportOf(after, after)]) ?? "", /^boolean: got/);
  assert.match(problemOf(server, [reportOf({ ...before, variant: "" }, after)]) ?? "", /^variant: got/);
  assert.match(problemOf(server, [reportOf(before, before)]) ?? "", /^change: got/);
});

test("a test runner that fails for another reason than a check has failed", async () => {
  const bad = { ...good, checks: { boolean: true, change: "old" } };
  const failing = (report: object): Promise<string> =>
    Promise.reject(new CommandError("jest ended with 1", `REPORT ${JSON.stringify(report)}\nleak`));
  assert.deepEqual(await reported(failing(bad)), [bad]);
  await assert.rejects(reported(failing(good)), /^Error: jest ended with 1\nREPORT .*\nleak$/);
});

test("the shared program is the same as CommonJS", () => {
  const text = 'import { a, b } from "c";\n\nexport const d = a;\nexport async function e() {\n  b();\n}\n';
  const program =
    'const { a, b } = require("c");\n\nconst d = a;\nasync function e() {\n  b();\n}\n\nmodule.exports = { d, e };\n';
  assert.equal(toCommonJs(text), program);
});

test("each tool has a name, programs and pinned versions, and each version is of a tool", () => {
  assert.equal(new Set(TOOLS.map(({ name }) => name)).size, TOOLS.length);
  for (const tool of TOOLS) {
    assert.ok(existsSync(join(PROGRAMS, tool.programs ?? tool.name)), tool.name);
    assert.equal(Object.keys(dependenciesOf(tool)).length, tool.packages.length, tool.name);
    const titles = tool.cases.map(({ title, runsOn = "node" }) => `${title} ${runsOn}`);
    assert.equal(new Set(titles).size, titles.length, tool.name);
    for (const { checks } of tool.cases) assert.ok(checks.length > 0, tool.name);
  }
  const used = new Set(TOOLS.flatMap(({ packages }) => packages));
  assert.deepEqual(pinnedNames().filter((name) => !used.has(name)), []);
});

test("what is recorded is of all tools and their versions, and works", () => {
  assert.equal(resultsProblem(TOOLS, readResults()), undefined);
});

test("results of other tools, versions or programs, and failures, are found", () => {
  const tool: Tool = {
    name: "bun-test",
    title: "bun test",
    versionOf: "bun",
    packages: [],
    cases: [{ title: "a test", runsOn: "bun", ...expected, run: () => Promise.resolve([good]) }],
  };
  const version = runtimeTitle("bun").replace("Bun ", "");
  const row = { program: "a test", runsOn: runtimeTitle("bun"), engine: "native", works: expected.checks };
  const result: ToolResult = { title: tool.title, version, rows: [row] };
  const problem = (changed: Partial<ToolResult>): string | undefined =>
    resultsProblem([tool], { "bun-test": { ...result, ...changed } });
  assert.equal(problem({}), undefined);
  assert.equal(resultsProblem([tool], {}), "bun test was not recorded");
  assert.match(problem({ version: "0.1.0" }) ?? "", /^bun test was recorded as 0\.1\.0, and is /);
  assert.match(problem({ rows: [] }) ?? "", /recorded with other programs/);
  for (const changed of [{ works: ["boolean"] }, { engine: "portable" }, { needs: "a line" }]) {
    assert.match(problem({ rows: [{ ...row, ...changed }] }) ?? "", /recorded with other programs/);
  }
  assert.equal(problem({ rows: [{ ...row, problem: "it hangs" }] }), "bun test, a test: it hangs");
});
