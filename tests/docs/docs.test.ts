// The documentation: its programs run, its links lead somewhere, and what it says of the code is what the code says.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { COMMANDS } from "../../cli/commands.ts";
import { parse } from "../../cli/parse.ts";
import { documentFromFeatures } from "../../file/mod.ts";
import { optionNames, resolveOptions } from "../../src/options/options.ts";
import { ownRuntime } from "../../tasks/runtimes.ts";
import type { Fence } from "../support/docs.ts";
import {
  brokenLinks,
  codeText,
  pageOf,
  pages,
  ROOT,
  rowsOf,
  sectionOf,
  shellWords,
} from "../support/docs.ts";
import type { Job } from "../support/docs_programs.ts";
import { sourceFiles } from "../support/source_files.ts";
import {
  checkPrograms,
  programFolder,
  promisedOutput,
  removeFolder,
  runJobs,
  writeProgram,
} from "../support/docs_programs.ts";

const runtime = ownRuntime().name;
const all = pages();
const fences = all.flatMap((page) => page.fences);
const folder = programFolder();

after(() => removeFolder(folder));

function placeOf({ page, line }: Fence): string {
  return `${page}:${line}`;
}

/** The lines of the shell fences that are for the command line, taken apart. */
function commandLines(): { place: string; line: string; words: string[] | undefined; isRun: boolean }[] {
  return fences.filter(({ language }) => language === "sh").flatMap((fence) =>
    fence.code.split("\n").flatMap((line, index) => {
      const typed = /^(?:deno run .*cli\/mod\.ts|npx flipt-ffi|flipt-ffi)( .*)?$/.exec(line);
      if (typed === null) return [];
      const place = `${fence.page}:${fence.line + index + 1}`;
      const words = shellWords(typed[1] ?? "");
      return [{ place, line, words, isRun: words !== undefined && !fence.marks.includes("no-run") }];
    })
  );
}

const programs = new Map(
  fences.filter(({ language }) => language === "ts" || language === "js")
    .map((fence) => [fence, writeProgram(folder, fence)]),
);

test("every mark of a fence is one that is known", () => {
  for (const fence of fences) {
    for (const mark of fence.marks) {
      assert.ok(
        ["no-run", "deno", "bun", "node", "output", "commonjs"].includes(mark),
        `${placeOf(fence)}: ${mark}`,
      );
    }
    assert.notEqual(fence.language, "", `${placeOf(fence)}: name the language, text for none`);
  }
});

test(
  "every TypeScript program of the documentation is right in its types",
  { skip: runtime !== "deno" && "Deno checks them" },
  async () => {
    const typed = [...programs].filter(([{ language }]) => language === "ts").map(([, file]) => file);
    assert.ok(typed.length >= 50, `${typed.length}`);
    assert.equal(await checkPrograms(folder, typed), "");
  },
);

test(`every program and command of the documentation does on ${runtime} what it says`, async () => {
  const runnable = [...programs.keys()].filter(({ marks }) =>
    marks.length === 0 || marks.includes("commonjs") || marks.includes(runtime)
  );
  const lines = commandLines();
  const expected = new Map(
    lines.map(({ place, line }) => [place, Number(/# exits with code (\d+)/.exec(line)?.[1] ?? 0)]),
  );
  const codes = new Map(runnable.map((fence) => [placeOf(fence), fence.code]));
  const jobs: Job[] = [
    ...runnable.map((fence) => ({ place: placeOf(fence), program: programs.get(fence) })),
    ...lines.filter(({ isRun }) => isRun).map(({ place, words }) => ({ place, command: words })),
  ];
  const results = await runJobs(folder, jobs);
  const problems = results.flatMap(({ place, output, error, status }) => {
    if (error !== undefined) return [`${place}: ${error}`];
    if (status !== undefined && status !== expected.get(place)) {
      return [`${place} ended with ${status}: ${output}`];
    }
    const promised = promisedOutput(codes.get(place) ?? "");
    return promised.test(output) ? [] : [`${place} does not print ${promised}, but: ${output}`];
  });
  assert.ok(jobs.length >= 50, `${jobs.length}`);
  assert.deepEqual(problems, []);
  for (const shown of fences.filter(({ marks }) => marks.includes("output"))) {
    // What the last command before it prints.
    const before = lines.filter(({ place }) => {
      const [page, line] = place.split(":");
      return page === shown.page && Number(line) < shown.line;
    });
    const result = results.find(({ place }) => place === before.at(-1)?.place);
    assert.equal(shown.code.trim(), result?.output.trim(), placeOf(shown));
  }
});

test("every file of flags and of JSON in the documentation can be read", async () => {
  for (const fence of fences) {
    if (fence.language === "json") assert.doesNotThrow(() => JSON.parse(fence.code), placeOf(fence));
    if (fence.language !== "yaml") continue;
    const { flags } = await documentFromFeatures(fence.code, { namespace: "shop", file: placeOf(fence) });
    assert.ok(flags.length > 0);
  }
});

test("every command line of the documentation is one that the program understands", () => {
  const lines = commandLines();
  assert.ok(lines.length >= 20);
  for (const { place, line, words } of lines) {
    const own = words ??
      shellWords(line.replace(/^(npx )?flipt-ffi|^.*?cli\/mod\.ts/, "").split("|")[0] ?? "");
    assert.ok(own !== undefined, place);
    const parsed = parse(own, COMMANDS, {});
    if (parsed.command !== undefined && !parsed.common.has("help")) parsed.commandArguments();
  }
});

test("every link between pages leads to a page and a heading that are there", () => {
  assert.deepEqual(all.flatMap(brokenLinks), []);
});

test("every page is named by the index, and is short enough to be read", () => {
  const index = pageOf("docs/README.md").text;
  for (const { file, text } of all) {
    // What is looked up may be longer; the first page is the one that everybody reads.
    const most = file === "docs/cli_commands.md"
      ? 400
      : /troubleshooting/.test(file)
      ? 320
      : file === "README.md"
      ? 150
      : 200;
    assert.ok(text.trimEnd().split("\n").length <= most, `${file} is too long`);
    if (file.startsWith("docs/") && file !== "docs/README.md") {
      assert.ok(index.includes(`](${file.slice("docs/".length)})`), `docs/README.md does not name ${file}`);
    }
  }
});

test("the page of options says which options a source takes the place of", () => {
  const rows = rowsOf(sectionOf(pageOf("docs/options.md"), "Combinations"));
  const told = rows.find(([option]) => option === "`source`")?.[1] ?? "";
  const source = { load: () => Promise.resolve("") };
  const refused = optionNames().filter((option) => {
    try {
      resolveOptions({ source, [option]: option === "source" ? source : " " });
      return false;
    } catch (error) {
      return (error as Error).message.includes(`${option} and source cannot both be given`);
    }
  });
  assert.deepEqual([...told.matchAll(/`(\w+)`/g)].map(([, option]) => option).sort(), refused.sort());
});

test("every message that the page of troubles quotes is one that the code has", () => {
  const folders = ["browser", "cli", "core", "engines", "ffi", "file", "openfeature", "src", "store"];
  const root = new URL("../../", import.meta.url);
  const sources = folders.flatMap((each) => sourceFiles(root, each)).map((file) => codeText(file));
  const quoted = [...pageOf("docs/troubleshooting.md").prose.matchAll(/^- `([^`]+)`/gm)]
    .map(([, message = ""]) => message);
  assert.ok(quoted.length >= 40, `${quoted.length}`);
  const missing = quoted.filter((message) => {
    const parts = message.split("…").map((part) => part.trim()).filter((part) => part !== "");
    return !sources.some((source) => {
      let at = 0;
      return parts.every((part) => {
        const found = source.indexOf(part, at);
        at = found + part.length;
        return found >= 0;
      });
    });
  });
  assert.deepEqual(missing, []);
});

test("every task and every file of the repository that a page names is there", () => {
  const { tasks } = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
  const testFiles = readdirSync(join(ROOT, "tests"), { recursive: true }).map(String)
    .filter((path) => path.endsWith(".test.ts"));
  for (const { file, text } of all) {
    for (const [, name = ""] of text.matchAll(/deno task ([\w:]+)/g)) {
      assert.ok(Object.hasOwn(tasks, name), `${file}: deno task ${name}`);
    }
    for (const [, name = ""] of text.matchAll(/deno task test -- (\w+)/g)) {
      assert.ok(testFiles.some((path) => path.includes(name)), `${file}: there is no test of ${name}`);
    }
    for (
      const [, path = ""] of text.matchAll(
        /`((?:core|ffi|engines|src|store|file|cli|browser|tests|tasks|bench|examples|docs|\.github|\.ci)\/[\w./-]*)`/g,
      )
    ) {
      assert.doesNotThrow(() => readdirOrFile(join(ROOT, path)), `${file}: ${path}`);
    }
  }
});

function readdirOrFile(path: string): void {
  if (path.endsWith("/")) readdirSync(path);
  else readFileSync(path);
}
