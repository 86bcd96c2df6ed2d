// The command lines of the tasks of deno.json: each says how it is used, and refuses what it does not know.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const { tasks } = JSON.parse(readFileSync(new URL("deno.json", root), "utf8")) as {
  tasks: Readonly<Record<string, string | { readonly command: string }>>;
};
/** The tasks that are programs of the repository, with their command lines. */
const programs = Object.entries(tasks)
  .map(([name, task]) => [name, typeof task === "string" ? task : task.command] as const)
  .filter(([name]) => name !== "install");
const runtimeArguments = process.versions["deno"] ? ["run", "-A", "--no-check"] : [];

/** Runs the program of a task on the runtime of the test. */
async function run(
  command: string,
  option: string,
): Promise<{ code: unknown; output: string; errors: string }> {
  const words = command.split(" ");
  const program = words.slice(words.findIndex((word) => word.endsWith(".ts")));
  assert.ok(program.length > 0, command);
  const child = spawn(process.execPath, [...runtimeArguments, ...program, "--", option], {
    cwd: fileURLToPath(root),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors += text);
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, output, errors };
}

for (const [name, command] of programs) {
  test(`deno task ${name} says how it is used`, async () => {
    const { code, output, errors } = await run(command, "--help");
    assert.equal(code, 0, errors);
    assert.match(output, /^usage: deno task [\w:]+( .*)?\n\n[A-Z]/);
    assert.match(output, /\n {2}--help +show this help\n/);
  });

  test(`deno task ${name} refuses an option that it does not know`, async () => {
    const { code, output, errors } = await run(command, "--no-such-option");
    assert.equal(code, 2, output);
    assert.equal(output, "");
    assert.match(errors, /^Unknown option '--no-such-option'\n\nusage: deno task /);
  });
}
