// What can be said of a library without running it: that it is for its target, exports exactly the ABI, asks for
// nothing that an old system lacks, and tells nothing of the machine that built it.

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { symbols } from "../../engines/native/symbols.ts";
import { type ElfFacts, type LibraryFacts, type MachOFacts, readLibraries } from "./library_facts.ts";

/** No library may be larger, so that all of them fit into one package. */
export const LARGEST = 600_000;

/** The newest glibc that a library may ask for. */
export const GLIBC = "2.17";

/** The oldest macOS that loads a library. */
const MINIMUM_MACOS: Readonly<Record<string, string>> = { x86_64: "10.12", aarch64: "11.0" };

/** The libraries of the system that each kind may ask for: every machine has them. */
const SYSTEM_LIBRARIES: Readonly<Record<string, RegExp>> = {
  elf: /^(lib(c|m|dl|rt|pthread|gcc_s)\.so(\.\d+)?|ld-linux-.*\.so\.\d|libc\.musl-.*)$/,
  pe: /^(kernel32|ntdll|msvcrt|userenv|ws2_32|bcryptprimitives|advapi32|api-ms-win-.*)(\.dll)?$/,
  "mach-o": /^\/usr\/lib\/lib(System|c|m|iconv|objc)[.A-Z]*\.dylib$/,
};

/** A file, and the target that it should be the library of. */
export interface Candidate {
  readonly target: string;
  readonly path: string;
}

/** What the checks found. */
export interface StaticResult extends Candidate {
  /** What holds, in a few words each. */
  readonly proven: readonly string[];
  /** What does not, in a sentence each; none is good. */
  readonly problems: readonly string[];
}

/** Checks libraries. @throws {Error} when nothing here can read them. */
export function checkLibraries(candidates: readonly Candidate[]): StaticResult[] {
  const facts = readLibraries(candidates.map(({ path }) => path));
  return candidates.map((candidate, index) => {
    const own = facts[index] ?? { format: "damaged", problem: "nothing is known of it" };
    const found = own.format === "damaged" ? { proven: [], problems: [own.problem] } : check(candidate, own);
    return { ...candidate, ...found };
  });
}

function check({ target, path }: Candidate, facts: LibraryFacts): Pick<StaticResult, "proven" | "problems"> {
  const all = readFileSync(path);
  const proven = [`${all.length} bytes`];
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem);
  };

  const [architecture = ""] = target.split("-");
  expect(facts.architecture === architecture, `it is for ${facts.architecture}`);
  const wanted = target.includes("apple") ? "mach-o" : target.includes("windows") ? "pe" : "elf";
  expect(facts.format === wanted, `it is a ${facts.format} file`);
  expect(facts.isLibrary, "it is a program");

  const functions = Object.keys(symbols);
  const missing = functions.filter((name) => !facts.exports.includes(name));
  const surplus = facts.exports.filter((name) => !functions.includes(name));
  expect(missing.length === 0, `it does not export ${missing.join(", ")}`);
  expect(surplus.length === 0, `it exports ${surplus.join(", ")}, too`);
  if (missing.length + surplus.length === 0) proven.push(`exports the ${functions.length} functions`);

  expect(all.length <= LARGEST, `it has ${all.length} bytes, more than ${LARGEST}`);
  expect(facts.isStripped, "it is not stripped");
  const foreign = facts.dependencies.filter((name) => !SYSTEM_LIBRARIES[facts.format]?.test(name));
  expect(foreign.length === 0, `it needs ${foreign.join(", ")}`);
  const named = pathIn(all);
  expect(named === undefined, `it names a path of the machine that built it: ${named}`);

  if (facts.format === "elf") checkElf(target, facts, expect, proven);
  if (facts.format === "pe") expect(facts.timestamp === 0, "it holds the time at which it was linked");
  if (facts.format === "mach-o") checkMachO(facts, expect, proven);
  return { proven, problems };
}

type Expect = (holds: boolean, problem: string) => void;

function checkElf(target: string, facts: ElfFacts, expect: Expect, proven: string[]): void {
  expect(!facts.hasExecutableStack, "its stack is executable");
  const newest = facts.symbolVersions.flatMap((name) => name.match(/^GLIBC_(.*)/)?.[1] ?? [])
    .toSorted(compareVersions).at(-1);
  if (target.endsWith("-musl")) {
    expect(newest === undefined, `it asks for glibc ${newest}`);
    const glibc = facts.dependencies.find((name) => /^(libc\.so\.6|libgcc_s\.so\.1)$/.test(name));
    expect(glibc === undefined, `it needs ${glibc}, which a musl system need not have`);
  } else {
    expect(newest !== undefined && compareVersions(newest, GLIBC) <= 0, `it asks for glibc ${newest}`);
    if (newest !== undefined) proven.push(`glibc ${newest}`);
  }
}

function checkMachO(facts: MachOFacts, expect: Expect, proven: string[]): void {
  expect(facts.installName.startsWith("@rpath/lib"), `its install name is ${facts.installName || "missing"}`);
  const minimum = MINIMUM_MACOS[facts.architecture];
  expect(facts.minimumSystem === minimum, `it needs macOS ${facts.minimumSystem}, not ${minimum}`);
  expect(facts.hasUnwindInfo, "it has no unwind information: a panic would abort the process");
  proven.push(`macOS ${facts.minimumSystem}`);
  const { signature } = facts;
  if (signature === null) {
    expect(
      facts.architecture !== "aarch64",
      "it is not signed, and macOS on arm64 loads nothing that is not",
    );
    return;
  }
  expect(signature.isAdHoc && signature.isComplete, "its signature does not cover it");
  expect(signature.wrongPages === 0, `${signature.wrongPages} of ${signature.pages} pages are not as signed`);
  proven.push(`${signature.pages} signed pages`);
}

/** Orders `2.9` before `2.17`. */
function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** A path of this machine that the bytes hold, if any. */
function pathIn(all: Uint8Array): string | undefined {
  const text = new TextDecoder("latin1").decode(all);
  const places = [homedir(), "/usr/lib/rustlib", "/.cargo/", "/usr/src/"].filter((place) => place.length > 1);
  const found = places.find((place) => text.includes(place));
  if (found === undefined) return undefined;
  // deno-lint-ignore no-control-regex
  return text.slice(text.indexOf(found)).match(/^[^\x00-\x1f]{0,80}/)?.[0];
}
