// `flipt-ffi engine install`: from a wheel to an engine that the client finds.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { REFERENCE_HASHES } from "../../../cli/reference_wheel.ts";
import {
  REFERENCE_VERSION,
  referenceLibraryPlace,
} from "../../../engines/flipt_engine_ffi/installed_library.ts";
import { ensureReferenceLibrary } from "../../../tasks/reference_library.ts";
import { cli } from "../../support/cli.ts";
import { storedWheel, zip } from "../../support/zip.ts";

const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-install-"));
const shopFile = fileURLToPath(new URL("../../fixtures/shop/v2.json", import.meta.url));

after(() => rmSync(folder, { recursive: true, force: true }));

test("engine install takes a wheel, checks the library, and the client finds it", {
  skip: referenceLibrary() === undefined && "there is no reference library here",
}, async () => {
  const { target, fileName } = referenceLibraryPlace(undefined);
  const library = readFileSync(referenceLibrary() ?? "");
  const environment = { XDG_CACHE_HOME: join(folder, "cache"), FLIPT_ENGINE_PATH: undefined };
  const wrong = join(folder, "wrong.whl");
  writeFileSync(wrong, zip(`ext/${target}/${fileName}`, library.subarray(0, 1000)));
  const refused = await cli(["engine", "install", "--wheel", wrong], { environment });
  assert.equal(refused.code, 1);
  assert.match(
    refused.errors,
    new RegExp(`has the SHA-256 [0-9a-f]{64}, not ${REFERENCE_HASHES[target]}: it must be`),
  );
  assert.equal((await cli(["engine", "install", "--wheel", "/nowhere.whl"], { environment })).code, 3);

  const asked = [
    "evaluate",
    "dark-mode",
    "--entity",
    "u",
    "--snapshot",
    shopFile,
    "--value",
    "--engine",
    "flipt-engine-ffi",
  ];
  const before = await cli(asked, { environment });
  assert.equal(before.code, 1);
  assert.match(
    before.errors,
    /the engine flipt-engine-ffi needs its library: install it with "flipt-ffi engine install"/,
  );

  const wheel = join(folder, "flipt_client.whl");
  writeFileSync(wheel, storedWheel(`ext/${target}/${fileName}`, library));
  const installed = await cli(["engine", "install", "--wheel", wheel, "--json"], { environment });
  assert.equal(installed.code, 0, installed.errors);
  const { path, sha256, wasThere } = JSON.parse(installed.output);
  assert.deepEqual([sha256, wasThere], [REFERENCE_HASHES[target], false]);
  assert.ok(existsSync(path) && path.includes(REFERENCE_VERSION));
  assert.equal(
    JSON.parse((await cli(["engine", "install", "--json"], { environment })).output).wasThere,
    true,
  );

  const found = await cli(asked, { environment });
  assert.deepEqual([found.code, found.output, found.errors], [0, "true\n", ""]);
  const report = JSON.parse((await cli(["doctor", "--offline", "--json"], { environment })).output);
  assert.notEqual(report.chosen.kind, "flipt-engine-ffi");
});

/** The reference library of the tests, where it can be had. */
function referenceLibrary(): string | undefined {
  try {
    return ensureReferenceLibrary();
  } catch {
    return undefined;
  }
}
