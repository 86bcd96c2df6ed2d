// What a release rests on: one version, a changelog, licences, lock files, and workflows that run what there is.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import {
  changelogProblem,
  lockProblem,
  namedTasks,
  taskProblem,
  versionProblem,
} from "../../tasks/release_rules.ts";
import { VERSIONS } from "../../tasks/runtimes.ts";
import {
  cargoMetadata,
  isCurrent,
  linkedCrates,
  thirdPartyLicenses,
} from "../../tasks/third_party_licenses.ts";
import { setVersion, versions } from "../../tasks/version.ts";

const root = new URL("../../", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-"));
const metadata = cargoMetadata();
const noCargo = { skip: metadata === undefined && "cargo or the sources of the crates are missing" };

after(() => rmSync(folder, { recursive: true }));

/** A step of a job, as far as it is looked at. */
interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** A workflow, as far as it is looked at. */
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>;
        readonly needs?: unknown;
        readonly steps: readonly Step[];
      }
    >
  >;
}

function text(file: string): string {
  return readFileSync(new URL(file, root), "utf8");
}

const workflows = new Map(
  readdirSync(new URL(".github/workflows/", root)).map((name) => [name, text(`.github/workflows/${name}`)]),
);

function workflow(name: string): Workflow {
  return parse(workflows.get(name) ?? "");
}

test("every file that has the version has the same one", () => {
  assert.equal(versionProblem(), undefined);
  const differing = new Map([["deno.json", "1.0.0"], ["core/version.ts", "1.0.1"]]);
  assert.match(versionProblem(differing) ?? "", /deno\.json has 1\.0\.0, core\/version\.ts has 1\.0\.1/);
});

test("a tag must name the version", () => {
  const one = new Map([["deno.json", "1.0.0"]]);
  assert.equal(versionProblem(one, "v1.0.0"), undefined);
  for (const tag of ["v1.0.1", "1.0.0", "v1.0.0-beta"]) {
    assert.match(versionProblem(one, tag) ?? "", /the tag is/);
  }
});

test("setting the version changes it everywhere and nothing else, and refuses what is none", () => {
  const files = [...versions().keys()];
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(new URL(file, root), join(folder, file));
  }
  const copy = pathToFileURL(`${folder}/`);
  setVersion("98.7.6-beta.5", copy);
  assert.deepEqual([...new Set(versions(copy).values())], ["98.7.6-beta.5"]);
  for (const file of files) {
    const lines = readFileSync(join(folder, file), "utf8").split("\n");
    assert.equal(lines.filter((line, index) => line !== text(file).split("\n")[index]).length, 1, file);
  }
  for (const wrong of ["1.2", "v1.2.3", "1.02.3", "1.2.3-", "1.2.3 ", ""]) {
    assert.throws(() => setVersion(wrong, copy), /is not a valid version/, wrong);
  }
  assert.deepEqual([...new Set(versions(copy).values())], ["98.7.6-beta.5"]);
});

test("the changelog has an entry of this version", () => {
  const [version = ""] = versions().values();
  assert.equal(changelogProblem(text("CHANGELOG.md"), version, false), undefined);
});

test("an entry of the changelog needs content, and a day once it is released", () => {
  const changelog = (day: string, line = "- something"): string =>
    `# Changelog\n\n## [1.0.0] - ${day}\n\n${line}\n`;
  assert.equal(changelogProblem(changelog("2030-01-31"), "1.0.0", true), undefined);
  assert.equal(changelogProblem(changelog("Unreleased"), "1.0.0", false), undefined);
  assert.match(changelogProblem(changelog("Unreleased"), "1.0.0", true) ?? "", /the date of the release/);
  assert.match(changelogProblem(changelog("2030-13-31"), "1.0.0", true) ?? "", /the date of the release/);
  assert.match(changelogProblem(changelog("soon"), "1.0.0", false) ?? "", /Unreleased or a date/);
  assert.match(changelogProblem(changelog("2030-01-31"), "1.0.1", false) ?? "", /no heading/);
  assert.match(
    changelogProblem(changelog("2030-01-31", "nothing"), "1.0.0", false) ?? "",
    /lists no changes/,
  );
});

test("THIRD_PARTY_LICENSES is current", noCargo, () => {
  assert.equal(isCurrent(), true, "run deno task licenses");
});

test("the licences are those of what is linked, not of what compiles or tests it", noCargo, () => {
  assert.ok(metadata);
  const names = linkedCrates(metadata).map(({ name }) => name);
  for (const linked of ["serde_json", "itoa", "memchr", "crc32fast", "cfg-if"]) {
    assert.ok(names.includes(linked), linked);
  }
  for (const other of ["serde_derive", "syn", "autocfg", "flipt-ffi-engine"]) {
    assert.ok(!names.includes(other), other);
  }
  for (const { name, version } of linkedCrates(metadata)) {
    assert.ok(text("THIRD_PARTY_LICENSES").includes(`\n${name} ${version}, `), name);
  }
});

test("a crate under another licence stops the making of the licences' file", noCargo, () => {
  assert.ok(metadata);
  const packages = metadata.packages.map((each) =>
    each.name === "itoa" ? { ...each, license: "GPL-3.0" } : each
  );
  assert.throws(
    () => thirdPartyLicenses({ ...metadata, packages }),
    /the crate itoa has the licence GPL-3\.0/,
  );
});

test("the lock files name no registry that only some can reach", () => {
  for (const file of ["deno.lock", "engines/native/Cargo.lock"]) {
    assert.equal(lockProblem(file, text(file)), undefined);
  }
  assert.match(
    lockProblem("x.lock", `"resolved": "https://npm.example.com/a.tgz"`) ?? "",
    /names https:\/\/npm/,
  );
});

test("every task that a workflow or the CI's script names exists", () => {
  const { tasks } = JSON.parse(text("deno.json"));
  assert.equal(taskProblem(new Map([...workflows, [".ci/run", text(".ci/run")]]), tasks), undefined);
  assert.deepEqual(namedTasks("run: deno task --quiet a:b -- c && deno task d"), ["a:b", "d"]);
  assert.equal(taskProblem(new Map([["w.yml", "deno task a"]]), {}), "there is no deno task a (w.yml)");
});

test("workflows are given no more permissions than they need, and only publishing can speak for the project", () => {
  for (const name of workflows.keys()) {
    const { permissions, concurrency, jobs } = workflow(name);
    assert.ok(concurrency, name);
    assert.ok(permissions && Object.values(permissions).every((value) => value === "read"), name);
    for (const [job, { permissions: own = {}, needs }] of Object.entries(jobs)) {
      assert.ok(!Object.values(own).includes("write") || job.startsWith("publish-"), `${name}: ${job}`);
      if (job === "publish-on-github") assert.deepEqual(needs, ["publish-on-npm", "publish-on-jsr"]);
      else if (job.startsWith("publish-")) assert.deepEqual(needs, ["load", "load-on-musl"]);
    }
  }
});

test("workflows pin each action and run the versions of the runtimes that are tested", () => {
  for (const name of workflows.keys()) {
    const steps = Object.values(workflow(name).jobs).flatMap((job) => job.steps);
    for (const { uses = "", with: given = {} } of steps.filter((step) => step.uses !== undefined)) {
      assert.match(uses, /^[\w-]+\/[\w-]+@(?:v\d+|[\da-f]{40})$/, name);
      if (given["bun-version"] !== undefined) assert.equal(given["bun-version"], VERSIONS.bun);
      if (/^\d+\.\d+\.\d+$/.test(String(given["node-version"]))) {
        assert.equal(given["node-version"], VERSIONS.node);
      }
    }
  }
  const denos = [...workflows.values(), text(".ci/run")]
    .flatMap((all) => [...all.matchAll(/deno(?:-version: |@)(\d\S+)/g)].map(([, version]) => version));
  assert.equal(new Set(denos).size, 1, denos.join(", "));
});
