// The bill of materials and the checksums of a release.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checksumLines, crateParts, packageParts, sbomText } from "../../tasks/sbom.ts";
import { cargoMetadata, linkedCrates } from "../../tasks/third_party_licenses.ts";

const crates: Parameters<typeof crateParts>[0] = [{
  id: "some-crate",
  name: "some-crate",
  version: "1.2.3",
  license: "MIT/Apache-2.0",
  repository: "https://example.com/some-crate",
  manifest_path: "",
  targets: [],
}];

const LOCK = `version = 4

[[package]]
name = "some-crate"
version = "1.2.3"
checksum = "${"ab".repeat(32)}"
`;

test("the bill names the package, and each crate with its checksum and licence", () => {
  const bom = JSON.parse(sbomText("9.8.7", crateParts(crates, LOCK)));
  assert.equal(bom.bomFormat, "CycloneDX");
  assert.equal(bom.metadata.component.purl, "pkg:npm/%40flipt-ffi/client@9.8.7");
  assert.equal(bom.components.length, 1);
  const [crate] = bom.components;
  assert.equal(crate.purl, "pkg:cargo/some-crate@1.2.3");
  assert.deepEqual(crate.hashes, [{ alg: "SHA-256", content: "ab".repeat(32) }]);
  assert.deepEqual(crate.licenses, [{ expression: "MIT OR Apache-2.0" }]);
  const ref = bom.metadata.component["bom-ref"];
  const [main] = bom.dependencies.filter((each: { ref: string }) => each.ref === ref);
  assert.deepEqual(main.dependsOn, ["pkg:cargo/some-crate@1.2.3"]);
});

test("the same sources give the same bill", () => {
  const parts = crateParts(crates, LOCK);
  assert.equal(sbomText("1.0.0", parts), sbomText("1.0.0", parts));
});

test("what has no checksum in its lock file is an error", () => {
  assert.throws(
    () => crateParts(crates, "version = 4\n"),
    /Cargo.lock has no checksum of some-crate 1\.2\.3/,
  );
  assert.throws(() => packageParts(["yaml"], '{ "npm": {} }'), /deno.lock has no checksum of yaml /);
});

test("the package from npm that the npm package includes has the checksum of deno.lock", () => {
  const [yaml] = packageParts(["yaml"], readFileSync(new URL("../../deno.lock", import.meta.url), "utf8"));
  assert.match(yaml?.checksum ?? "", /^[0-9a-f]{128}$/);
  assert.equal(yaml?.license, "ISC");
  const { components } = JSON.parse(sbomText("1.0.0", yaml === undefined ? [] : [yaml]));
  assert.equal(components[0].hashes[0].alg, "SHA-512");
});

test("every crate that is linked has a checksum in Cargo.lock", {
  skip: cargoMetadata() === undefined && "cargo or the crates' sources are missing",
}, () => {
  const metadata = cargoMetadata();
  assert.ok(metadata !== undefined);
  const lock = readFileSync(new URL("../../engines/native/Cargo.lock", import.meta.url), "utf8");
  assert.ok(crateParts(linkedCrates(metadata), lock).length > 5);
});

test("checksums are those that sha256sum checks", () => {
  const folder = mkdtempSync(join(tmpdir(), "flipt-sums-"));
  try {
    mkdirSync(join(folder, "a"));
    writeFileSync(join(folder, "a", "b.txt"), "hello\n");
    assert.equal(
      checksumLines(folder, [join(folder, "a", "b.txt")]),
      "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  a/b.txt\n",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
