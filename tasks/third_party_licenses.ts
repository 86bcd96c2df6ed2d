// The licences of the crates that are linked into the native engine, and of the packages in the npm package, for
// THIRD_PARTY_LICENSES: `deno task licenses`
// writes the file, `--check` only checks that it is up to date. Uses cargo's local copies, without the network.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { INCLUDED } from "./npm/bundles.ts";
import { taskArguments } from "./usage.ts";

const CRATE = fileURLToPath(new URL("../engines/native/", import.meta.url));
const FILE = new URL("../THIRD_PARTY_LICENSES", import.meta.url);

/** A crate in `cargo metadata`. */
interface Crate {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly license: string | null;
  readonly repository: string | null;
  readonly manifest_path: string;
  readonly targets: readonly { readonly kind: readonly string[] }[];
}

/** The output of `cargo metadata`. */
interface Metadata {
  readonly packages: readonly Crate[];
  readonly resolve: {
    readonly root: string;
    readonly nodes: readonly {
      readonly id: string;
      readonly deps: readonly {
        readonly pkg: string;
        readonly dep_kinds: readonly { readonly kind: string | null }[];
      }[];
    }[];
  };
}

const HEAD = `Third-party licences

The libraries of the native engine that come with this package contain the Rust crates below. Those that leave
the choice between several licences are taken under the MIT licence. The npm package contains the JavaScript
packages at the end, for its subpath "file"; the TypeScript contains nothing of others.
This file is written by "deno task licenses".
`;

const STANDARD_LIBRARY = `The Rust standard library, https://github.com/rust-lang/rust
MIT OR Apache-2.0, copyright The Rust Project contributors (https://thanks.rust-lang.org)

It is linked into every library, and contains, among others, the crates hashbrown, libc, cfg-if and
rustc-demangle (MIT OR Apache-2.0) and compiler_builtins (MIT AND Apache-2.0 WITH LLVM-exception AND (MIT OR
Apache-2.0)). By the way they are linked, the libraries for Linux can contain parts of LLVM's libunwind
(Apache-2.0 WITH LLVM-exception) and of zig's compiler-rt (MIT), the one for Windows parts of the mingw-w64
runtime (ZPL-2.1 and public domain) and of libgcc (GPL-3.0 WITH GCC-exception-3.1, which lets them be part of
anything).

Permission is hereby granted, free of charge, to any
person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the
Software without restriction, including without
limitation the rights to use, copy, modify, merge,
publish, distribute, sublicense, and/or sell copies of
the Software, and to permit persons to whom the Software
is furnished to do so, subject to the following
conditions:

The above copyright notice and this permission notice
shall be included in all copies or substantial portions
of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF
ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED
TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A
PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT
SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION
OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR
IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER
DEALINGS IN THE SOFTWARE.
`;

const RULE = `\n${"-".repeat(80)}\n\n`;

/** Returns the crate's dependencies, or `undefined` when cargo or the sources are missing. */
export function cargoMetadata(): Metadata | undefined {
  const { status, stdout } = spawnSync(
    "cargo",
    ["metadata", "--format-version", "1", "--locked", "--offline"],
    { cwd: CRATE, encoding: "utf8", maxBuffer: 2 ** 26 },
  );
  return status === 0 ? JSON.parse(stdout) : undefined;
}

/** Returns the crates that are linked into a library, without build and test dependencies and procedural macros. */
export function linkedCrates({ packages, resolve }: Metadata): readonly Crate[] {
  const crates = new Map(packages.map((crate) => [crate.id, crate]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const linked = new Set([resolve.root]);
  for (const id of linked) {
    for (const { pkg, dep_kinds } of nodes.get(id)?.deps ?? []) {
      const isMacro = crates.get(pkg)?.targets.some(({ kind }) => kind.includes("proc-macro"));
      if (!isMacro && dep_kinds.some(({ kind }) => kind === null)) linked.add(pkg);
    }
  }
  linked.delete(resolve.root);
  return packages.filter(({ id }) => linked.has(id)).sort((a, b) => a.name < b.name ? -1 : 1);
}

/**
 * Returns the text of THIRD_PARTY_LICENSES.
 * @throws {Error} when a crate is under neither the MIT nor the Zlib licence, or does not include its text.
 */
export function thirdPartyLicenses(metadata: Metadata): string {
  const byText = new Map<string, string[]>();
  for (const crate of linkedCrates(metadata)) {
    const { name, version, license, repository } = crate;
    const title = `${name} ${version}, ${repository ?? "no repository"}\n${license}\n`;
    const text = licenceText(crate);
    byText.set(text, [...byText.get(text) ?? [], title]);
  }
  const sections = [...byText].map(([text, titles]) => `${titles.join("")}\n${text}`);
  return [HEAD, ...sections, STANDARD_LIBRARY, ...Object.keys(INCLUDED).map(packageLicence)].join(RULE);
}

/** The title and the licence of a JavaScript package. */
function packageLicence(name: string): string {
  const file = (path: string): string =>
    readFileSync(new URL(`../node_modules/${name}/${path}`, import.meta.url), "utf8");
  const { version, license, homepage } = JSON.parse(file("package.json"));
  return `${name} ${version}, ${homepage}\n${license}\n\n${file("LICENSE").trim()}\n`;
}

function licenceText({ name, license, manifest_path }: Crate): string {
  // Zlib asks for less than MIT: its text goes with the sources only, and stands here all the same.
  if (license !== "Zlib" && !/(?:^|OR )MIT(?: OR|$)/.test(license ?? "")) {
    throw new Error(`the crate ${name} has the licence ${license}: decide whether and how it can be linked`);
  }
  const folder = dirname(manifest_path);
  const files = readdirSync(folder).sort();
  const file = files.find((each) => /^licen[cs]e-mit/i.test(each)) ??
    files.find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`the crate ${name} does not include the text of its licence`);
  const lines = readFileSync(join(folder, file), "utf8").split("\n");
  return `${lines.map((line) => line.trimEnd()).join("\n").trim()}\n`;
}

/** Returns whether THIRD_PARTY_LICENSES is up to date with Cargo.lock, or `undefined` when that cannot be checked. */
export function isCurrent(): boolean | undefined {
  const metadata = cargoMetadata();
  if (metadata === undefined) return undefined;
  return readFileSync(FILE, "utf8").replaceAll("\r\n", "\n") === thirdPartyLicenses(metadata);
}

const USAGE = `usage: deno task licenses [--check]

Writes THIRD_PARTY_LICENSES: the licences of the crates that are linked into the native engine, and of the
packages in the npm package.

  --check   write nothing, and fail when the file is not up to date
  --help    show this help`;

function main(): void {
  const { values } = taskArguments(USAGE, { check: { type: "boolean", default: false } });
  const metadata = cargoMetadata();
  if (metadata === undefined) {
    throw new Error("cargo or the sources of the crates are missing: run deno task build:engine first");
  }
  if (!values.check) writeFileSync(FILE, thirdPartyLicenses(metadata));
  else if (!isCurrent()) throw new Error("THIRD_PARTY_LICENSES is not up to date: run deno task licenses");
  console.log(`THIRD_PARTY_LICENSES: ${linkedCrates(metadata).length} crates, and Rust's standard library`);
}

if (import.meta.main) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
