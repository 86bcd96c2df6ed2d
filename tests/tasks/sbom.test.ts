// The bill of materials and the checksums of a release.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checksumLines, sbomText } from "../../tasks/sbom.ts";
import { cargoMetadata, linkedCrates } from "../../tasks/third_party_licenses.ts";

const crates: Parameters<typeof sbomText>[1] = [{
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
  const bom = JSON.parse(sbomText("9.8.7", crates, LOCK));
  assert.equal(bom.bomFormat, "CycloneDX");
  assert.equal(bom.metadata.component.purl, "pkg:npm/%40flipt-ffi/client@9.8.7");
  assert.equal(bom.components.length, 1);
  const [crate] = bom.components;
  assert.equal(crate.purl, "pkg:cargo/some-crate@1.2.3");
  assert.deepEqual(crate.hashes, [{ alg: "SHA-256", content: "ab".repeat(32) }]);
  assert.deepEqual(crate.licenses, [{ expression: "MIT OR Apache-2.0" }]);
  const [main] = bom.dependencies.filter(({ ref }: { ref: string }) =>
    ref === bom.metadata.component["bom-ref"]
  );
  assert.deepEqual(main.dependsOn, ["pkg:cargo/some-crate@1.2.3"]);
});

test("the same sources give the same bill", () => {
  assert.equal(sbomText("1.0.0", crates, LOCK), sbomText("1.0.0", crates, LOCK));
});

test("every crate that is linked has a checksum in Cargo.lock", {
  skip: cargoMetadata() === undefined && "cargo or the crates' sources are missing",
}, () => {
  const metadata = cargoMetadata();
  assert.ok(metadata !== undefined);
  const lock = readFileSync(new URL("../../engines/native/Cargo.lock", import.meta.url), "utf8");
  const bom = JSON.parse(sbomText("1.0.0", linkedCrates(metadata), lock));
  assert.ok(bom.components.length > 5);
  for (const { name, hashes } of bom.components) {
    assert.match(hashes?.[0]?.content ?? "", /^[0-9a-f]{64}$/, name);
  }
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
