// Declared flags: what the compiler lets through, what it refuses and in which words. The programs are in
// fixtures/typed, where @ts-expect-error marks what must not compile.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { flagsOfDocument, flagTypes } from "../../../cli/type_declarations.ts";
import { ODD, SHOP, shop } from "../../support/declared_flags.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FIXTURES = fileURLToPath(new URL("../../fixtures/typed/", import.meta.url));
// Type-checking the package takes a few seconds.
const LONG = { timeout: 300_000 };
const ON_NODE = {
  ...LONG,
  skip: ("Deno" in globalThis || "Bun" in globalThis) &&
    "the compiler says the same on every runtime: it runs on Node",
};

/** What the TypeScript compiler says of programs, by the name of their file. */
function compile(files: readonly string[]): Map<string, string[]> {
  const { stdout, error } = spawnSync(
    process.execPath,
    [
      join(ROOT, "node_modules/typescript/bin/tsc"),
      ...["--ignoreConfig", "--noEmit", "--strict", "--noUncheckedIndexedAccess", "--erasableSyntaxOnly"],
      ...["--target", "esnext", "--module", "nodenext", "--allowImportingTsExtensions", "--pretty", "false"],
      ...["--lib", "esnext,dom,dom.iterable,dom.asynciterable", "--types", "node"],
      ...files,
    ],
    { cwd: ROOT, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  );
  if (error !== undefined) throw error;
  const messages = new Map<string, string[]>();
  const names = new Map(files.map((file) => [relative(ROOT, file).replaceAll("\\", "/"), file]));
  const pattern = /^([^\s(][^(]*)\(\d+,\d+\): error TS\d+: (.*(?:\n {2,}.*)*)$/gm;
  for (const [, name, text = ""] of stdout.matchAll(pattern)) {
    // Where several ways to call a method were tried, what is wrong stands below that.
    const [first, ...details] = text.split("\n");
    const message = first?.startsWith("No overload") ? details.at(-1)?.trim() : first;
    // The package itself uses names of other runtimes, which this compiler does not know.
    const file = names.get(name ?? "");
    if (file !== undefined) messages.set(file, [...messages.get(file) ?? [], message ?? ""]);
  }
  return messages;
}

test("declared flags are checked by the compiler, in words that name them", ON_NODE, () => {
  const folder = mkdtempSync(join(tmpdir(), "flipt-typed-"));
  try {
    const specifier = (path: string): string => JSON.stringify(join(ROOT, path).replaceAll("\\", "/"));
    const write = (name: string, lines: readonly string[]): string => {
      const file = join(folder, name);
      writeFileSync(file, lines.join("\n"));
      return file;
    };
    const wrong = write("wrong.mts", [
      `import { FliptClient } from ${specifier("mod.ts")};`,
      `import type { Flags } from ${specifier("tests/fixtures/typed/flags.ts")};`,
      `const client = await FliptClient.init<Flags>();`,
      `client.evaluateBoolean("drak-mode", "user-1");`,
      `client.evaluateVariant({ flagKey: "dark-mode", entityId: "user-1" });`,
      `client.evaluateBoolean("free-shipping", "user-1", { cuntry: "NL" });`,
      `const banner: "winter" = client.evaluateVariant("banner", "user-1").variantKey;`,
      `export { banner };`,
    ]);
    write("shop_flags.mts", [flagTypes(flagsOfDocument(shop()), SHOP)]);
    write("odd_flags.mts", [flagTypes(ODD, { namespace: "*/ \n", typeName: "Größe" })]);
    const generated = write("generated.mts", [
      `import { type BooleanFlagKey, FliptClient, type VariantKey } from ${specifier("mod.ts")};`,
      `import { prove, type Same } from ${specifier("tests/fixtures/typed/flags.ts")};`,
      `import type { Flags } from "./shop_flags.mts";`,
      `import type { Größe } from "./odd_flags.mts";`,
      `const client = await FliptClient.init<Flags>();`,
      `const { variantKey } = client.evaluateVariant("checkout-flow", "user-1");`,
      `prove<Same<typeof variantKey, "classic" | "express" | "one-page" | "">>();`,
      `prove<Same<VariantKey<Flags, "no-rules">, "">>();`,
      `prove<Same<BooleanFlagKey<Größe>, "constructor" | 'it\\'s "quoted"' | "\\u2028">>();`,
      `prove<Same<VariantKey<Größe, "__proto__">, "a\\\\" | "b\\n" | "">>();`,
    ]);
    const good = readdirSync(FIXTURES).map((name) => join(FIXTURES, name));
    const messages = compile([...good, wrong, generated]);
    for (const file of [...good, generated]) assert.deepEqual(messages.get(file) ?? [], [], file);
    assert.deepEqual(messages.get(wrong), [
      `Argument of type '"drak-mode"' is not assignable to parameter of type '"dark-mode" | "free-shipping"'.`,
      `Type '"dark-mode"' is not assignable to type '"banner" | "price" | "ranking"'.`,
      `Object literal may only specify known properties, but 'cuntry' does not exist in type ` +
      `'{ country?: string | undefined; basket?: number | undefined; }'. Did you mean to write 'country'?`,
      `Type '"" | "summer" | "winter"' is not assignable to type '"winter"'.`,
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
