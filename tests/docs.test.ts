// The documentation: its programs run, its links lead somewhere, and what it says of the code is what the code says.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Command, OptionGroup } from "../cli/command.ts";
import type { OptionDefinition } from "../cli/option_definition.ts";
import { commonOptions } from "../cli/command.ts";
import { commands } from "../cli/commands.ts";
import { clientOptionGroups } from "../cli/client_options.ts";
import { exitCodeMeanings, exitCodes } from "../cli/exit_codes.ts";
import { parse } from "../cli/parse.ts";
import { targets } from "../engines/native/manifest.ts";
import { documentFromFeatures } from "../file/mod.ts";
import { resolveOptions } from "../src/options/options.ts";
import { describedPackage } from "../tasks/npm/entries.ts";
import { ownRuntime } from "../tasks/runtimes.ts";
import type { Fence } from "./support/docs.ts";
import {
  brokenLinks,
  codeText,
  headingsOf,
  pageOf,
  pages,
  ROOT,
  rowsOf,
  sectionOf,
  shellWords,
} from "./support/docs.ts";
import type { Job } from "./support/docs_programs.ts";
import {
  checkPrograms,
  programFolder,
  promisedOutput,
  removeFolder,
  runJobs,
  writeProgram,
} from "./support/docs_programs.ts";

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

const ts = fences.filter(({ language }) => language === "ts");
const programs = new Map(ts.map((fence) => [fence, writeProgram(folder, fence)]));

test("every mark of a fence is one that is known", () => {
  for (const fence of fences) {
    for (const mark of fence.marks) {
      assert.ok(["no-run", "deno", "bun", "node", "output"].includes(mark), `${placeOf(fence)}: ${mark}`);
    }
    assert.notEqual(fence.language, "", `${placeOf(fence)}: name the language, text for none`);
  }
});

test(
  "every TypeScript program of the documentation is right in its types",
  { skip: runtime !== "deno" && "Deno checks them" },
  async () => {
    assert.ok(programs.size >= 50, `${programs.size}`);
    assert.equal(await checkPrograms(folder, [...programs.values()]), "");
  },
);

test(`every program and command of the documentation does on ${runtime} what it says`, async () => {
  const runnable = ts.filter(({ marks }) => marks.length === 0 || marks.includes(runtime));
  const lines = commandLines();
  const expected = new Map(
    lines.map(({ place, line }) => [place, Number(/# ends with (\d+)/.exec(line)?.[1] ?? 0)]),
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
    const parsed = parse(own, commands, {});
    if (parsed.command !== undefined && !parsed.common.has("help")) parsed.given();
  }
});

test("every link between pages leads to a page and a heading that are there", () => {
  assert.deepEqual(all.flatMap(brokenLinks), []);
});

test("every page is named by the index, and is short enough to be read", () => {
  const index = pageOf("docs/README.md").text;
  for (const { file, text } of all) {
    if (file === "README.md") continue;
    // What is looked up may be longer.
    const most = /cli_commands|troubleshooting/.test(file) ? 240 : 200;
    assert.ok(text.split("\n").length < most, `${file} is too long`);
    if (file !== "docs/README.md") {
      assert.ok(index.includes(`](${file.slice("docs/".length)})`), `docs/README.md does not name ${file}`);
    }
  }
});

test("the index names every subpath of the package, and no other", () => {
  const rows = rowsOf(sectionOf(pageOf("docs/README.md"), "What there is to import"));
  const { name, entries } = describedPackage();
  const named = rows.map(([cell = ""]) => /`([^`]+)`/.exec(cell)?.[1]).filter((each) => each !== undefined);
  assert.deepEqual(named.sort(), entries.map(({ subpath }) => name + subpath.slice(1)).sort());
});

test("the page of options has every option with its default, and no other", () => {
  const rows = rowsOf(sectionOf(pageOf("docs/options.md"), "All options"))
    .flatMap(([option = "", value = ""]) => /^`\w+`$/.test(option) ? [[option.slice(1, -1), value]] : []);
  const defaults = Object.entries(resolveOptions({})).map(([option, value]) => {
    const isNone = value === undefined || Array.isArray(value) && value.length === 0;
    return [option, isNone ? "none" : `\`${JSON.stringify(value)}\``];
  });
  const names = rows.map(([option]) => option).filter((option) => option !== "hook");
  assert.deepEqual(names.sort(), defaults.map(([option]) => option).sort());
  for (const [option, value] of defaults) {
    assert.ok(rows.some((row) => row[0] === option && row[1] === value), `${option}: ${value}`);
  }
});

test("the page of options says which options a source takes the place of", () => {
  const rows = rowsOf(sectionOf(pageOf("docs/options.md"), "What goes together"));
  const told = rows.find(([option]) => option === "`source`")?.[1] ?? "";
  const source = { load: () => Promise.resolve("") };
  const refused = Object.keys(resolveOptions({})).filter((option) => {
    try {
      resolveOptions({ source, [option]: option === "source" ? source : "" });
      return false;
    } catch (error) {
      return (error as Error).message.includes(`${option} and source cannot both be given`);
    }
  });
  assert.deepEqual([...told.matchAll(/`(\w+)`/g)].map(([, option]) => option).sort(), refused.sort());
});

/** The row of an option as the page of the command line has it: name, what it does, default or variable. */
function optionRow(name: string, definition: OptionDefinition): string[] {
  const { type, short, value = "VALUE", summary, variable, default: byDefault } = definition;
  const long = `\`--${name}${type === "switch" ? "" : ` ${value}`}\``;
  const notes = [
    ...(type === "list" ? ["may be repeated"] : []),
    ...(variable === undefined ? [] : [`or the variable \`${variable}\``]),
    ...(byDefault === undefined ? [] : [`default: ${byDefault}`]),
  ];
  return [short === undefined ? long : `\`-${short}\`, ${long}`, summary, notes.join("; ")];
}

function optionRows(groups: readonly OptionGroup[]): string[][] {
  return groups.flatMap(({ options }) =>
    Object.entries(options).map(([name, definition]) => optionRow(name, definition))
  );
}

/** The rows of a section without the heads of its tables. */
function bodyRows(text: string): string[][] {
  return rowsOf(text).filter(([first = ""]) => first.startsWith("`"));
}

test("the page of commands has every command with its options, as the program's own help", () => {
  const page = pageOf("docs/cli_commands.md");
  const headings = headingsOf(page).filter(({ text }) => /^`flipt-ffi .+`$/.test(text));
  const usage = ({ name, operands }: Command): string => {
    const words = operands.map(({ name: operand, optional, repeated }) => {
      const word = repeated ? `${operand}…` : operand;
      return ` ${optional ? `[${word}]` : word}`;
    });
    return `\`flipt-ffi ${name}${words.join("")}\``;
  };
  assert.deepEqual(headings.map(({ text }) => text), commands.map(usage));
  for (const command of commands) {
    const section = sectionOf(page, usage(command));
    const own = command.options.filter((group) => !clientOptionGroups.includes(group));
    assert.deepEqual(bodyRows(section), optionRows(own), command.name);
    const hasClient = clientOptionGroups.every((group) => command.options.includes(group));
    assert.equal(section.includes("(cli.md#where-flags-come-from)"), hasClient, command.name);
    for (const { does, line } of command.examples) {
      assert.ok(section.includes(`# ${does}\nflipt-ffi ${line}\n`), `${command.name}: ${line}`);
    }
  }
});

test("the page of the command line has the options that commands share, and the exit codes", () => {
  const page = pageOf("docs/cli.md");
  const shared = sectionOf(page, "Where flags come from");
  assert.deepEqual(bodyRows(shared), optionRows(clientOptionGroups));
  assert.deepEqual(bodyRows(sectionOf(page, "Options of every command")), optionRows([commonOptions]));
  const codes = Object.entries(exitCodes).map(([name, code]) => [
    `\`${code}\``,
    exitCodeMeanings[name as keyof typeof exitCodes],
  ]);
  assert.deepEqual(bodyRows(sectionOf(page, "Exit codes")).map((row) => row.slice(0, 2)), codes);
});

test("the table of platforms has every target that libraries are built for", () => {
  const rows = rowsOf(sectionOf(pageOf("README.md"), "Platforms"));
  const named = rows.flatMap((row) => row.flatMap((cell) => /^`([\w-]+)`$/.exec(cell)?.[1] ?? []));
  assert.deepEqual(named.sort(), [...targets].sort());
});

test("every message that the page of troubles quotes is one that the code has", () => {
  const folders = ["browser", "cli", "core", "engines", "ffi", "file", "openfeature", "src", "store"];
  const files = folders.flatMap((each) =>
    readdirSync(join(ROOT, each), { recursive: true }).map((name) => join(each, String(name)))
      .filter((file) => /\.ts$/.test(file) && !/\btarget\b/.test(file))
  );
  const sources = files.map((file) => codeText(file));
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
  for (const { file, text } of all) {
    for (const [, name = ""] of text.matchAll(/deno task ([\w:]+)/g)) {
      assert.ok(Object.hasOwn(tasks, name), `${file}: deno task ${name}`);
    }
    for (
      const [, path = ""] of text.matchAll(
        /`((?:src|engines|ffi|tests|tasks|bench|examples|store|cli|browser)\/[\w./-]*)`/g,
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
