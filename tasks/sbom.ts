// The bill of materials of a release, and the checksums of its files: `deno task sbom` writes dist/sbom.cdx.json
// (CycloneDX) and dist/SHA256SUMS, as `deno task release:check` does.

import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { cargoMetadata, linkedCrates } from "./third_party_licenses.ts";
import { taskArguments } from "./usage.ts";
import { versions } from "./version.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DIST = join(ROOT, "dist");
/** The packages whose files have checksums, where they are built. */
const PACKAGES = ["npm", "jsr"];

/** The names of the files, in dist/. */
export const SBOM_FILE = "sbom.cdx.json";
export const CHECKSUM_FILE = "SHA256SUMS";

type Crates = ReturnType<typeof linkedCrates>;

/**
 * Returns the bill of materials as JSON text: the package, and the crates that are linked into its libraries. The
 * TypeScript has no dependencies.
 * @param lock The text of Cargo.lock, for the checksums.
 */
export function sbomText(version: string, crates: Crates, lock: string): string {
  const checksums = lockedChecksums(lock);
  const main = new Models.Component(Enums.ComponentType.Library, "client", {
    group: "@flipt-ffi",
    version,
    bomRef: `pkg:npm/%40flipt-ffi/client@${version}`,
    purl: `pkg:npm/%40flipt-ffi/client@${version}`,
    licenses: new Models.LicenseRepository([new Models.SpdxLicense("MIT")]),
  });
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: main }) });
  for (const { name, version, license, repository } of crates) {
    const checksum = checksums.get(`${name} ${version}`);
    const purl = `pkg:cargo/${name}@${version}`;
    const component = new Models.Component(Enums.ComponentType.Library, name, {
      version,
      purl,
      bomRef: purl,
      scope: Enums.ComponentScope.Required,
      hashes: new Models.HashDictionary(
        checksum === undefined ? [] : [[Enums.HashAlgorithm["SHA-256"], checksum]],
      ),
      licenses: new Models.LicenseRepository(
        license === null ? [] : [new Models.LicenseExpression(license.replaceAll("/", " OR "))],
      ),
      externalReferences: new Models.ExternalReferenceRepository(
        repository === null
          ? []
          : [new Models.ExternalReference(repository, Enums.ExternalReferenceType.VCS)],
      ),
    });
    bom.components.add(component);
    main.dependencies.add(component.bomRef);
  }
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  const text = new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 2 });
  return `${text}\n`;
}

/** Returns the checksum of each crate in Cargo.lock, by its name and version. */
function lockedChecksums(lock: string): ReadonlyMap<string, string> {
  const packages = lock.split("[[package]]").slice(1);
  const value = (text: string, name: string): string | undefined =>
    new RegExp(`^${name} = "([^"]*)"`, "m").exec(text)?.[1];
  return new Map(packages.flatMap((text) => {
    const checksum = value(text, "checksum");
    return checksum === undefined
      ? []
      : [[`${value(text, "name")} ${value(text, "version")}`, checksum] as const];
  }));
}

/** Returns a line for each file, as `sha256sum` writes and checks them. */
export function checksumLines(folder: string, files: readonly string[]): string {
  return files.map((file) => {
    const digest = createHash("sha256").update(readFileSync(file)).digest("hex");
    return `${digest}  ${relative(folder, file).split(sep).join("/")}\n`;
  }).join("");
}

/**
 * Writes both files.
 * @returns what was written, in words; `undefined` when cargo or the crates' sources are missing.
 * @throws {Error} when a crate has no checksum.
 */
export function writeSbom(): string | undefined {
  const metadata = cargoMetadata();
  if (metadata === undefined) return undefined;
  const [version = ""] = versions().values();
  const crates = linkedCrates(metadata);
  const text = sbomText(version, crates, readFileSync(join(ROOT, "engines/native/Cargo.lock"), "utf8"));
  const missing = (JSON.parse(text) as { components: { name: string; hashes?: unknown }[] }).components
    .filter(({ hashes }) => hashes === undefined);
  if (missing.length > 0) {
    throw new Error(`no checksum in Cargo.lock: ${missing.map(({ name }) => name).join(", ")}`);
  }
  mkdirSync(DIST, { recursive: true });
  writeFileSync(join(DIST, SBOM_FILE), text);
  const files = [join(DIST, SBOM_FILE), ...PACKAGES.flatMap((name) => filesIn(join(DIST, name)))];
  writeFileSync(join(DIST, CHECKSUM_FILE), checksumLines(DIST, files));
  return `${crates.length} crates in dist/${SBOM_FILE}, ${files.length} files in dist/${CHECKSUM_FILE}`;
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const USAGE = `usage: deno task sbom

Writes the bill of materials and the checksums of what is built: dist/${SBOM_FILE}, dist/${CHECKSUM_FILE}.

  --help   show this help`;

if (import.meta.main) {
  taskArguments(USAGE);
  const written = writeSbom();
  if (written === undefined) {
    console.error("cargo or the sources of the crates are missing: run deno task build:engine first");
    process.exitCode = 1;
  } else console.log(written);
}
