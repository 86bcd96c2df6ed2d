// The bill of materials of a release, and the checksums of its files: `deno task sbom` writes dist/sbom.cdx.json
// (CycloneDX) and dist/SHA256SUMS, as `deno task release:check` does.

import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { INCLUDED } from "./npm/bundles.ts";
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

/** What a release contains of others. */
export interface Part {
  readonly ecosystem: "cargo" | "npm";
  readonly name: string;
  readonly version: string;
  /** The licence as an SPDX expression. */
  readonly license: string;
  /** Where its sources are. */
  readonly repository: string | undefined;
  /** The checksum of what was fetched, in hexadecimal digits. */
  readonly checksum: string;
}

/** Returns the bill of materials as JSON text: the package, and what it contains of others. */
export function sbomText(version: string, parts: readonly Part[]): string {
  const purl = `pkg:npm/%40flipt-ffi/client@${version}`;
  const main = new Models.Component(Enums.ComponentType.Library, "client", {
    group: "@flipt-ffi",
    version,
    purl,
    bomRef: purl,
    licenses: new Models.LicenseRepository([new Models.SpdxLicense("MIT")]),
  });
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: main }) });
  for (const part of parts) {
    const component = componentOf(part);
    bom.components.add(component);
    main.dependencies.add(component.bomRef);
  }
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  const text = new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 2 });
  return `${text}\n`;
}

function componentOf(part: Part): Models.Component {
  const { ecosystem, name, version, license, repository, checksum } = part;
  const purl = `pkg:${ecosystem}/${name}@${version}`;
  const algorithm = Enums.HashAlgorithm[checksum.length === 64 ? "SHA-256" : "SHA-512"];
  return new Models.Component(Enums.ComponentType.Library, name, {
    version,
    purl,
    bomRef: purl,
    scope: Enums.ComponentScope.Required,
    hashes: new Models.HashDictionary([[algorithm, checksum]]),
    licenses: new Models.LicenseRepository([new Models.LicenseExpression(license)]),
    externalReferences: new Models.ExternalReferenceRepository(
      repository === undefined
        ? []
        : [new Models.ExternalReference(repository, Enums.ExternalReferenceType.VCS)],
    ),
  });
}

/**
 * Returns the crates as parts, with their checksums from the text of Cargo.lock.
 * @throws {Error} when one has none.
 */
export function crateParts(crates: ReturnType<typeof linkedCrates>, lock: string): readonly Part[] {
  const packages = lock.split("[[package]]").slice(1);
  return crates.map(({ name, version, license, repository }) => {
    const locked = packages.find((text) => text.includes(`\nname = "${name}"\nversion = "${version}"\n`));
    const checksum = /^checksum = "([0-9a-f]{64})"/m.exec(locked ?? "")?.[1];
    if (checksum === undefined) throw new Error(`Cargo.lock has no checksum of ${name} ${version}`);
    // Older crates write a slash.
    const expression = (license ?? "NOASSERTION").replaceAll("/", " OR ");
    return {
      ecosystem: "cargo",
      name,
      version,
      license: expression,
      repository: repository ?? undefined,
      checksum,
    };
  });
}

/**
 * Returns installed packages from npm as parts, with their checksums from the text of deno.lock.
 * @throws {Error} when one has none.
 */
export function packageParts(names: readonly string[], lock: string): readonly Part[] {
  const { npm } = JSON.parse(lock) as { npm: Readonly<Record<string, { integrity?: string } | undefined>> };
  return names.map((name) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8"));
    const { version, license, homepage } = manifest as Readonly<Record<string, string>>;
    const integrity = npm[`${name}@${version}`]?.integrity ?? "";
    if (!integrity.startsWith("sha512-")) throw new Error(`deno.lock has no checksum of ${name} ${version}`);
    return {
      ecosystem: "npm",
      name,
      version: version ?? "",
      license: license ?? "NOASSERTION",
      repository: homepage,
      checksum: Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex"),
    };
  });
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
 * @throws {Error} when something has no checksum.
 */
export function writeSbom(): string | undefined {
  const metadata = cargoMetadata();
  if (metadata === undefined) return undefined;
  const [version = ""] = versions().values();
  const text = (file: string): string => readFileSync(join(ROOT, file), "utf8");
  const parts = [
    ...crateParts(linkedCrates(metadata), text("engines/native/Cargo.lock")),
    ...packageParts(Object.keys(INCLUDED), text("deno.lock")),
  ];
  mkdirSync(DIST, { recursive: true });
  writeFileSync(join(DIST, SBOM_FILE), sbomText(version, parts));
  const files = [join(DIST, SBOM_FILE), ...PACKAGES.flatMap((name) => filesIn(join(DIST, name)))];
  writeFileSync(join(DIST, CHECKSUM_FILE), checksumLines(DIST, files));
  return `${parts.length} parts in dist/${SBOM_FILE}, ${files.length} files in dist/${CHECKSUM_FILE}`;
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
