// The parts of the documentation that are generated: they are what the code says, and the generator notices when it cannot
// tell.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { DocumentedModule } from "../../tasks/docs/deno_doc.ts";
import { pageFiles } from "../../tasks/docs/files.ts";
import { filled, table } from "../../tasks/docs/markdown.ts";
import { clientOptions } from "../../tasks/docs/members.ts";
import { generated, outdated } from "../../tasks/docs/pages.ts";
import { readVariables, variableTable } from "../../tasks/docs/variables.ts";
import { ownRuntime, VERSIONS } from "../../tasks/runtimes.ts";

const root = new URL("../../", import.meta.url);
const skip = ownRuntime().name !== "deno" && "deno doc reads what the code says of itself";

function text(file: string): string {
  return readFileSync(new URL(file, root), "utf8").replaceAll("\r\n", "\n");
}

function files(folder: string): string[] {
  return readdirSync(new URL(folder, root)).map((name) => `${folder}${name}`);
}

test("generating the documentation changes nothing: otherwise run deno task docs", { skip }, () => {
  assert.deepEqual(outdated(), []);
});

test("what the table of modules says a subpath exports can be imported", async () => {
  const { name, exports } = JSON.parse(text("deno.json")) as {
    name: string;
    exports: Record<string, string>;
  };
  const row = (subpath: string): readonly string[] => {
    const line = text("docs/README.md").split("\n").find((each) =>
      each.startsWith(`| [\`${name}${subpath}\`]`)
    );
    return [...(line?.split("|")[3] ?? "").matchAll(/`(\w+)`/g)].map(([, value = ""]) => value);
  };
  for (const [subpath, file] of Object.entries(exports)) {
    const listed = row(subpath.slice(1));
    const exported = Object.keys(await import(new URL(file, root).href));
    assert.ok(listed.length > 0, `the table has no exports of ${subpath}`);
    assert.deepEqual(listed.filter((each) => !exported.includes(each)), [], subpath);
  }
});

test("a generated part that was changed by hand is found", { skip }, () => {
  const changes: Readonly<Record<string, readonly [string, string]>> = {
    "docs/options.md": ["268435456", "268435455"],
    "docs/cli_commands.md": ["--entity ID", "--entity NAME"],
    "package.json": ["./cli/mod.ts", "./cli/main.ts"],
  };
  const changed = (file: string): string => text(file).replace(...changes[file] ?? ["", ""]);
  assert.deepEqual([...outdated(changed)].sort(), Object.keys(changes).sort());
});

test(
  "a page that lost a generated part, or asks for one that there is not, stops the generator",
  { skip },
  () => {
    const reading = (part: string, instead: string) => (file: string): string =>
      file === "docs/platforms.md" ? text(file).replace(part, instead) : text(file);
    const lone = /a mark of a generated text lacks its other end/;
    assert.throws(() => generated(reading("<!-- end -->", "")), lone);
    assert.throws(() => generated(reading("<!-- generated: platforms -->", "")), lone);
    assert.throws(() => generated(reading("generated: platforms", "generated: x")), /nothing .* for "x"/);
    assert.throws(
      () => generated(reading(text("docs/platforms.md"), "")),
      /no page has the mark .*platforms/,
    );
  },
);

test("generated text goes between its marks, and nothing else changes", () => {
  const page = "before\n\n<!-- generated: a -->\nold\n<!-- end -->\n\nafter $& <!-- end -->\n";
  const expected = "before\n\n<!-- generated: a -->\n\nnew $&\n\n<!-- end -->\n\nafter $& <!-- end -->\n";
  assert.equal(filled(page, { a: () => "new $&" }), expected);
  assert.equal(filled(expected, { a: () => "new $&" }), expected);
  assert.throws(() => filled(page, {}), /nothing is generated for "a"/);
});

test("a table has columns as wide as their widest cells, and no cell ends at a bar of its own", () => {
  assert.equal(
    table(["a", "bcd"], [["`x|y`", "…"]]),
    "| a      | bcd |\n| ------ | --- |\n| `x\\|y` | …   |",
  );
});

/** A module whose options have one description. */
function moduleOf(description: string): DocumentedModule {
  const url = { name: "url", jsDoc: { doc: description }, tsType: { kind: "keyword", repr: "string" } };
  const options = {
    name: "ClientOptions",
    declarations: [{ kind: "interface", def: { properties: [url] } }],
  };
  return new DocumentedModule("mod.ts", "", [options]);
}

test("the default of an option is the one that the code gives, or the generator stops", () => {
  const rows = clientOptions(
    moduleOf('Where Flipt is. It may have a path. @default "http://localhost:8080"'),
  );
  assert.match(rows, /\| `url` +\| `string` \| `"http:\/\/localhost:8080"` \| where Flipt is +\|$/);
  for (const told of ['"http://localhost:8081"', "none"]) {
    assert.throws(
      () => clientOptions(moduleOf(`Where Flipt is. @default ${told}`)),
      /the default of url is "http:\/\/localhost:8080", and its description says /,
    );
  }
  assert.throws(() => clientOptions(moduleOf("Where Flipt is.")), /its description says undefined/);
  assert.throws(() => clientOptions(moduleOf('@default "x"')), /ClientOptions\.url has no description/);
  assert.match(clientOptions(moduleOf("Where Flipt is. @default none"), {}), /\| none +\|/);
  assert.throws(() => clientOptions(moduleOf('Where Flipt is. @default "x"'), {}), /url is none/);
});

test("every environment variable that the sources read is described, and no other", () => {
  const read = readVariables();
  for (const name of ["FLIPT_URL", "FLIPT_ENGINE_PATH", "XDG_CACHE_HOME", "HOME", "NO_COLOR", "LOG_TOKENS"]) {
    assert.ok(read.includes(name), name);
  }
  assert.throws(() => variableTable([...read, "FLIPT_NEW"]), /the sources read the variable FLIPT_NEW/);
  assert.throws(() => variableTable(read.filter((name) => name !== "HOME")), /no source reads .* HOME/);
});

test("every page and script that pins Deno pins the version that is tested", () => {
  const scripts = [".ci/run", ...files(".github/workflows/")];
  const pinned = [...pageFiles(), ...scripts].flatMap((file) =>
    [...text(file).matchAll(/deno(?:-version: |@)(\d+\.\d+\.\d+)/g)].map(([, version = ""]) =>
      [file, version] as const
    )
  );
  for (const file of ["README.md", ".ci/run", ".github/workflows/test.yml"]) {
    assert.ok(pinned.some(([found]) => found === file), `${file} pins no Deno`);
  }
  for (const [file, version] of pinned) assert.equal(version, VERSIONS.deno, file);
});
