// The rules for the files of a release. Each rule returns the problem, or `undefined` when there is none.

import { versions } from "./version.ts";

/** A problem, as a sentence. */
export type Problem = string | undefined;

/** Every file with the version must have the same one, and the tag must be of that version. */
export function versionProblem(found: ReadonlyMap<string, string> = versions(), tag?: string): Problem {
  const [[first, version] = ["", ""], ...others] = found;
  const other = others.find(([, each]) => each !== version);
  if (other !== undefined) {
    return `${first} has ${version}, ${other[0]} has ${other[1]}: run deno task version ${version}`;
  }
  if (tag !== undefined && tag !== `v${version}`) return `the tag is ${tag}, the version ${version}`;
}

/** CHANGELOG.md must have a non-empty section for the version, with the date if it is released. */
export function changelogProblem(changelog: string, version: string, isReleased: boolean): Problem {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((each) => each.startsWith(`[${version}] - `));
  if (section === undefined) return `CHANGELOG.md has no heading "## [${version}] - "`;
  const [heading = "", ...lines] = section.split("\n");
  if (!lines.some((line) => line.startsWith("- "))) return `CHANGELOG.md lists no changes of ${version}`;
  const day = heading.slice(heading.indexOf("] - ") + 4);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day));
  if (isDay || day === "Unreleased" && !isReleased) return undefined;
  return isReleased
    ? `CHANGELOG.md has "${day}" in place of the date of the release, such as 2030-01-31`
    : `CHANGELOG.md has "${day}" in place of Unreleased or a date`;
}

/** Lock files must not name a registry, which others may not be able to reach. */
export function lockProblem(file: string, text: string): Problem {
  const addresses = (text.match(/\bhttps?:\/\/[^\s"']+/g) ?? [])
    .filter((address) => address !== "https://github.com/rust-lang/crates.io-index");
  return addresses.length === 0
    ? undefined
    : `${file} names ${[...new Set(addresses)].slice(0, 3).join(", ")}`;
}

/** Returns the tasks that a script or workflow runs with `deno task`. */
export function namedTasks(text: string): readonly string[] {
  return [
    ...new Set([...text.matchAll(/\bdeno task (?:-\S+ )*([a-z][\w:-]*)/g)].map(([, name = ""]) => name)),
  ];
}

/** Every task that a script or workflow runs must exist. */
export function taskProblem(
  files: ReadonlyMap<string, string>,
  tasks: Readonly<Record<string, unknown>>,
): Problem {
  const missing = [...files].flatMap(([file, text]) =>
    namedTasks(text).filter((name) => !Object.hasOwn(tasks, name)).map((name) =>
      `deno task ${name} (${file})`
    )
  );
  return missing.length === 0 ? undefined : `there is no ${missing.join(", no ")}`;
}
