// That the checks of built libraries find what is wrong with one: on small libraries of each format that are damaged in
// one place. Real ones of other platforms are checked where `deno task build:engines` has built them.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, it } from "node:test";
import { builtLibraryPath } from "../../engines/native/library_path.ts";
import { targetOf, targets } from "../../engines/native/manifest.ts";
import { symbols } from "../../engines/native/symbols.ts";
import { currentPlatform } from "../../ffi/platform.ts";
import { ensureLief, readLibraries } from "../../tasks/targets/library_facts.ts";
import { fileName, LIBRARIES } from "../../tasks/targets/library_files.ts";
import { checkLibraries } from "../../tasks/targets/static_checks.ts";
import { DAMAGES, LINUX, MACOS, SIGNED_MACOS, smallLibrary, WINDOWS } from "../support/damaged_libraries.ts";

const FUNCTIONS = Object.keys(symbols);

const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-targets-"));
after(() => rmSync(folder, { recursive: true }));

/** False, or why no library can be read here; CI has what it takes. */
function missingLief(): false | string {
  try {
    ensureLief();
    return false;
  } catch (error) {
    if (process.env["CI"]) throw error;
    console.error(`\n!!! The checks of built libraries are SKIPPED: ${(error as Error).message}\n`);
    return "LIEF is not installed";
  }
}

const skip = missingLief();

/** Writes a file. @returns its path. */
function written(bytes: Uint8Array, name: string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe("a library is found wanting that", { skip }, () => {
  const whole = new Map(
    [LINUX, MACOS, SIGNED_MACOS, WINDOWS].map((target) => [target, written(smallLibrary(target), target)]),
  );
  const damaged = DAMAGES.map(({ target, damage }, index) => {
    const bytes = smallLibrary(target);
    return { target, path: written(damage(bytes) ?? bytes, String(index)) };
  });
  const candidates = [...whole].map(([target, path]) => ({ target, path }));
  const [...results] = skip ? [] : checkLibraries([...candidates, ...damaged]);
  const before = new Map(results.splice(0, whole.size).map(({ target, problems }) => [target, problems]));

  for (const [index, { target, title, problem }] of DAMAGES.entries()) {
    it(`${title}, for ${target}`, () => {
      const known = before.get(target) ?? [];
      // Only one function is in it.
      assert.match(known.join("; "), /^it does not export [^;]*$/);
      const found = results[index]?.problems.filter((each) => !known.includes(each)).join("; ") ?? "";
      if (typeof problem === "string") assert.equal(found, problem);
      else assert.match(found, problem);
    });
  }

  it("is one of another target", () => {
    const others = [...whole].flatMap(([own, path]) =>
      targets.filter((target) => target !== own).map((target) => ({ target, path, own }))
    );
    for (const [index, { problems }] of checkLibraries(others).entries()) {
      const { own = "", target = "" } = others[index] ?? {};
      const [architecture, , system] = own.split("-");
      const found = problems.join("; ");
      if (!target.startsWith(`${architecture}-`)) assert.match(found, RegExp(`it is for ${architecture}`));
      else if (!target.includes(`-${system}-`)) assert.match(found, /it is a (elf|mach-o|pe) file/);
      else {assert.match(
          found,
          /it asks for glibc 2\.2\.5; it needs libc\.so\.6, which a musl system need not/,
        );}
    }
  });

  it("is none at all", () => {
    const texts = ["not a library", "", "MZ", "\x7fELF", "\xcf\xfa\xed\xfe"];
    const files = texts.map((text, index) => written(Buffer.from(text, "latin1"), `text-${index}`));
    const none = [...files, join(folder, "none")].map((path) => ({ target: LINUX, path }));
    for (const { problems } of checkLibraries(none)) {
      assert.match(problems.join("; "), /^(neither an ELF, a Mach-O nor a PE file|not of 64 bits, .*)$/);
    }
  });
});

describe("this machine's own library", () => {
  const path = builtLibraryPath();
  const own = targetOf(currentPlatform());
  const noOwn = skip || (own === undefined || !existsSync(path) ? "it is not built" : false);

  it("exports every function of the ABI", { skip: noOwn }, () => {
    const [facts] = readLibraries([path]);
    assert.ok(facts !== undefined && facts.format !== "damaged", JSON.stringify(facts));
    assert.deepEqual(FUNCTIONS.filter((name) => !facts.exports.includes(name)), []);
    assert.equal(facts.architecture, currentPlatform().architecture);
  });
});

describe("the library that was built", { skip }, () => {
  const candidates = targets.map((target) => ({ target, path: join(LIBRARIES, fileName(target)) }))
    .filter(({ path }) => existsSync(path));
  const facts = skip ? [] : readLibraries(candidates.map(({ path }) => path));
  const results = skip ? [] : checkLibraries(candidates);

  for (const target of targets) {
    const index = candidates.findIndex((candidate) => candidate.target === target);
    const found = facts[index];
    // Built from sources of another day, it says nothing of these.
    const isOld = found !== undefined && found.format !== "damaged" &&
      FUNCTIONS.toSorted().join() !== found.exports.toSorted().join();
    const reason = index < 0 ? "it is not built" : isOld && "it is older than its sources";
    it(`for ${target} has nothing wrong`, { skip: reason }, () => {
      assert.deepEqual(results[index]?.problems, []);
    });
  }
});
