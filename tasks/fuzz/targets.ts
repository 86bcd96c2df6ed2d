// What the fuzzer for TypeScript runs: each target takes bytes of any kind, and throws when something is wrong.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zip as archive } from "../../tests/support/zip.ts";
import { allowing, FIXTURES, type Target } from "./target.ts";
import { document, responses, stream } from "./wire_targets.ts";

const FEATURES_WORDS: readonly string[] = [
  "\n",
  "\n  ",
  "- ",
  ": ",
  "flags:",
  "segments:",
  "rules:",
  "distributions:",
  "rollouts:",
  "namespace:",
  "version: ",
  '"1.2"',
  "&a ",
  "*a",
  "!!binary ",
  "<<: ",
  "|\n",
  "---\n",
  "? ",
  "'",
  '"',
  "#",
  "~",
  "2020-01-01",
  "{",
  "}",
  "[",
  "]",
];

const features: Target = {
  name: "features",
  seeds: () => {
    const folder = new URL("features/", FIXTURES);
    const files = readdirSync(folder).filter((file) => file.endsWith(".yml"));
    return files.map((file) => readFileSync(new URL(file, folder), "utf8")).filter((text) =>
      text.length < 2_000
    );
  },
  words: FEATURES_WORDS,
  load: async () => {
    const { documentFromFeatures } = await import("../../file/mod.ts");
    const { parseDocument } = await import("../../engines/document_parsing.ts");
    return async (input) => {
      const text = new TextDecoder().decode(input);
      for (const format of ["yaml", "json"] as const) {
        await allowing(async () => {
          const made = await documentFromFeatures(text, { format, onWarning: () => {} });
          // What is made of a file is a document, and nothing that a client would refuse.
          assert.doesNotThrow(() => parseDocument(new TextEncoder().encode(JSON.stringify(made))));
        });
      }
    };
  },
};

const index: Target = {
  name: "index",
  seeds: () => [
    'version: "1.0"\ninclude:\n  - "**/features.yml"\nexclude:\n  - "b/**"\n',
    "include: []\n",
    "include: [a/*.yml, '{a,b}/?.y*ml', '[a-c]*']\nexclude: ['!x']\n",
  ],
  words: [
    "include:",
    "exclude:",
    "version: ",
    "'1.0'",
    "**",
    "*",
    "?",
    "[a-z]",
    "{a,b}",
    "..",
    "/",
    ...FEATURES_WORDS,
  ],
  load: async () => {
    const { readDocuments } = await import("../../file/mod.ts");
    const folder = mkdtempSync(join(tmpdir(), "flipt-fuzz-"));
    globalThis.addEventListener("unload", () => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "features.yml"), "flags:\n  - key: a\n    name: a\n");
    writeFileSync(join(folder, "b.yml"), "namespace: other\n");
    return async (input) => {
      writeFileSync(join(folder, ".flipt.yml"), input);
      for (const layout of ["v1", "both"] as const) {
        await allowing(() => readDocuments(folder, { layout, onWarning: () => {} }));
      }
    };
  },
};

const globs: Target = {
  name: "globs",
  seeds: () => [
    "**/**/**/**/**/**/*a*b*c\n" + "a/".repeat(50) + "b",
    "{a,b{c,d}}[!a-z]?\\*\nbcX1*",
    "[z-a]\nx",
    "*.yml\nfeatures.yml",
  ],
  words: ["*", "**", "**/", "?", "[", "]", "[!", "{", "}", ",", "\\", "/", "a", "[a-z]", "{a,b}", "\n"],
  load: async () => {
    const { Glob, GlobError } = await import("../../file/glob.ts");
    return async (input) => {
      // The time is allowed to grow with the product of their lengths.
      const [pattern = "", path = ""] = new TextDecoder().decode(input).split("\n").map((text) =>
        text.slice(0, 256)
      );
      await allowing(() => new Glob(pattern).matches(path), GlobError);
      // A path without any special character matches itself.
      if (/^[\w/.]*$/.test(path)) assert.ok(new Glob(path).matches(path));
    };
  },
};

const words: Target = {
  name: "arguments",
  seeds: () => [
    "evaluate\nflag\n--entity\nu\n--context\na=1",
    "--help",
    "help\nsnapshot",
    "serve\n--port\n0\n--url=http://localhost",
    "types\n--output\nx.ts\n--check",
  ],
  words: [
    "\n",
    "--",
    "=",
    "--entity",
    "--context",
    "--url",
    "--namespace",
    "--snapshot",
    "--json",
    "--port",
    "-h",
    "evaluate",
    "explain",
    "lint",
    "doctor",
    "watch",
    "compare",
    "engine\ninstall",
    "--no-",
  ],
  load: async () => {
    const { parse } = await import("../../cli/parse.ts");
    const { COMMANDS } = await import("../../cli/commands.ts");
    return async (input) => {
      const all = new TextDecoder().decode(input).split("\n");
      await allowing(() => {
        const parsed = parse(all, COMMANDS, { FLIPT_URL: all[0], FLIPT_NAMESPACE: all[1] });
        if (parsed.command !== undefined) parsed.commandArguments();
      });
    };
  },
};

const zip: Target = {
  name: "zip",
  seeds: () => [
    archive("a", new TextEncoder().encode("content")),
    archive("a", new TextEncoder().encode("content"), 0),
    archive("b", new Uint8Array(2_000)),
  ],
  words: ["PK\u0001\u0002", "PK\u0003\u0004", "PK\u0005\u0006", "a", "\u0000", "\u0001\u0000"],
  load: async () => {
    const { zipMember } = await import("../../cli/zip.ts");
    return async (input) => {
      await allowing(() => zipMember(input, "a", "the archive"));
    };
  },
};

/** All of them. */
export const TARGETS: readonly Target[] = [document, stream, responses, features, index, globs, words, zip];
