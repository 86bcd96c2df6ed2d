// The platforms that libraries are built for, and what `deno task test:all` and `deno task verify:targets` run on each.

import { targets } from "../../engines/native/manifest.ts";
import { RUNTIME_NAMES, titleOf, VERSIONS } from "../runtimes.ts";
import { GLIBC } from "../targets/static_checks.ts";
import { code, table } from "./markdown.ts";

/** What there is to say of a target. */
interface Platform {
  /** The systems that its library is for. */
  readonly title: string;
  /** What the whole test suite was run on. */
  readonly suite?: string;
  /** What opened its library and evaluated 400 requests right. */
  readonly opened?: string;
  /** What is checked besides what the library exports and asks for. */
  readonly checks?: string;
}

const tested = RUNTIME_NAMES.map((name) => titleOf({ name, version: VERSIONS[name] })).join(", ");
const bun = titleOf({ name: "bun", version: VERSIONS.bun });
const node = titleOf({ name: "node", version: VERSIONS.node });

const PLATFORMS: Readonly<Record<string, Platform>> = {
  "x86_64-unknown-linux-gnu": {
    title: `Linux x86_64, glibc ${GLIBC} and later`,
    suite: tested,
    opened: "the same three, Node 24.21.0 with koffi, a C program",
  },
  "x86_64-unknown-linux-musl": { title: "Linux x86_64, musl", opened: `${bun}, a C program` },
  "aarch64-unknown-linux-gnu": {
    title: `Linux aarch64, glibc ${GLIBC} and later`,
    opened: `under qemu: Deno 2.9.5, ${bun}, ${node}, a C program`,
  },
  "aarch64-unknown-linux-musl": { title: "Linux aarch64, musl", opened: `under qemu: ${bun}, a C program` },
  "x86_64-pc-windows-gnu": { title: "Windows x86_64", opened: `under wine: ${bun}, a C program` },
  "x86_64-apple-darwin": { title: "macOS x86_64, 10.12 and later" },
  "aarch64-apple-darwin": { title: "macOS aarch64, 11.0 and later", checks: "its signature" },
};

/**
 * Every target that libraries are built for.
 * @throws {Error} when one is not described, or one is described that there is not.
 */
export function platformTable(): string {
  const unknown = Object.keys(PLATFORMS).find((target) => !targets.includes(target));
  if (unknown !== undefined) throw new Error(`there is no target ${unknown}: see tasks/docs/platforms.ts`);
  const rows = targets.map((target) => {
    const platform = PLATFORMS[target];
    if (platform === undefined) throw new Error(`describe ${target} in tasks/docs/platforms.ts`);
    const { title, suite = "not run", opened = "not run", checks } = platform;
    return [title, code(target), suite, opened, checks === undefined ? "yes" : `yes, and ${checks}`];
  });
  return table(
    ["platform", "library", "whole test suite", "opened, 400 evaluations right", "static checks"],
    rows,
  );
}
