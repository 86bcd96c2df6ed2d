// The npm package in the surroundings that tools give it: a context without `import()` and with errors of another realm,
// as in Jest, and bundlers that follow what looks like a file or a module.

import assert from "node:assert/strict";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { makePackage } from "../../../tasks/npm/build.ts";
import { toolPath } from "../../../tasks/npm/tools.ts";
import { dependencyFile, run } from "../../support/npm_package.ts";
import { here, native, noTool, skip } from "../../support/npm_tests.ts";

let folder: string;
let made: string;

before(async () => {
  if (here !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), "flipt ffi surroundings "));
  made = join(folder, "node_modules/@flipt-ffi/client");
  mkdirSync(join(folder, "node_modules/@flipt-ffi"), { recursive: true });
  await makePackage({ folder: made });
  symlinkSync(dependencyFile("koffi"), join(folder, "node_modules/koffi"));
  copyFileSync(
    fileURLToPath(new URL("../../fixtures/npm/realm.cjs", import.meta.url)),
    join(folder, "realm.cjs"),
  );
});
after(() => folder === undefined || rmSync(folder, { recursive: true, force: true }));

/** The modules for servers, with their paths in the package. */
function modules(): [string, string][] {
  return ["lib", "lib/cjs", "browser"].flatMap((place) =>
    readdirSync(join(made, place)).filter((name) => name.endsWith(".js"))
      .map((name): [string, string] => [`${place}/${name}`, readFileSync(join(made, place, name), "utf8")])
  );
}

/** An address that refuses connections. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port))
  );
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("in a context as Jest has one", () => {
  for (const [name, environment] of [["node20", "node"], ["node26", "node"], ["node26", "jsdom"]] as const) {
    test(
      `${name}, ${environment}: evaluates natively, keeps files, reaches for servers, and knows errors of other copies`,
      name === "node20" ? skip(native, noTool(name)) : skip(native),
      async () => {
        const executable = name === "node20" ? toolPath(name) ?? "" : process.execPath;
        const url = `http://127.0.0.1:${await closedPort()}`;
        const { status, stdout, all } = run(executable, ["realm.cjs", url, environment], folder);
        assert.equal(status, 0, all);
        const { kind, answer, trouble, saved, refused, refusedOverTls, isInstance, isOther } = JSON.parse(
          stdout,
        );
        assert.deepEqual({ kind, answer, trouble, saved }, {
          kind: "native",
          answer: true,
          trouble: undefined,
          saved: true,
        }, all);
        assert.match(refused, /ECONNREFUSED/);
        assert.match(refusedOverTls, /ECONNREFUSED/);
        assert.deepEqual({ isInstance, isOther }, {
          isInstance: [true, true, true, true],
          isOther: [false, false],
        });
      },
    );
  }
});

describe("for bundlers", () => {
  test("no URL of a file or folder looks as if it were to be copied", skip(here), () => {
    const found = modules().flatMap(([path, text]) =>
      [...text.matchAll(/new URL\([^),]+,[^)]*(?:import\.meta\.url|moduleUrl)[^)]*\)/g)].map(([url]) =>
        `${path}: ${url}`
      )
    );
    assert.deepEqual(found, []);
  });

  test("what is imported by a name that is made at run time is marked for all of them", skip(here), () => {
    const marks = ["webpackIgnore: true", "turbopackIgnore: true", "@vite-ignore"];
    const computed = modules().flatMap(([path, text]) =>
      [...text.matchAll(/\bimport\((?!")[^)]*\)/g)].map(([call]) => ({ path, call }))
    );
    assert.ok(computed.length > 0);
    for (const { path, call } of computed) {
      for (const mark of marks) assert.ok(call.includes(mark), `${path}: ${call}`);
    }
  });

  test(
    "each condition leads to both kinds of modules: Jest 29 takes the first that holds",
    skip(here),
    () => {
      const { exports } = JSON.parse(readFileSync(join(made, "package.json"), "utf8"));
      for (const [subpath, conditions] of Object.entries<Record<string, unknown>>(exports)) {
        if (typeof conditions === "string") continue;
        for (const [condition, files] of Object.entries(conditions)) {
          if (["import", "require"].includes(condition)) continue;
          assert.deepEqual(Object.keys(files as object), ["import", "require"], `${subpath} ${condition}`);
        }
      }
    },
  );
});
