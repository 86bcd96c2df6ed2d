// Patterns of file names: what they match, what is no pattern, and that no pattern takes long.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Glob, GlobError } from "../../file/glob.ts";

test("a pattern matches what it matches in Flipt, where a star has no stop at slashes", () => {
  const cases: readonly [glob: string, matched: readonly string[], others: readonly string[]][] = [
    ["*.yml", ["a.yml", ".yml", "a/b.yml"], ["a.yaml", "aymls"]],
    ["**features.yml", ["features.yml", "a/b/my-features.yml"], ["features.yaml", "features.yml.bak"]],
    ["**/features.yml", ["a/features.yml", "a/b/features.yml"], ["features.yml", "a/my-features.yml"]],
    ["/flags/*.yml", ["/flags/a.yml"], ["flags/a.yml"]],
    ["flags/**", ["flags/", "flags/a", "flags/a/b.yml"], ["flagsx"]],
    ["a?.y{,a}ml", ["ab.yml", "ab.yaml", "a/.yml", "aé.yml", "a😀.yml"], ["a.yml", "abc.yml"]],
    ["[a-c]x[!1].yml", ["ax2.yml", "cx/.yml"], ["dx2.yml", "ax1.yml", "ax.yml"]],
    ["[abx-z]", ["a", "b", "x", "-", "z"], ["y", "c"]],
    ["[-a]", ["-", "a"], ["b"]],
    ["[!-]", ["a"], ["-"]],
    ["[\\]]", ["]"], ["\\", "[]]"]],
    ["(a)+.$^|", ["(a)+.$^|"], ["aa"]],
    ["\\*\\{a,b\\}", ["*{a,b}"], ["xa", "xb"]],
    ["a,b}]", ["a,b}]"], ["a"]],
    ["{a,{b,c}d}e", ["ae", "bde", "cde"], ["be", "ade", "e"]],
    ["{a,b", ["a", "b"], ["{a,b"]],
    ["a\\", ["a"], ["a\\"]],
    ["", [""], ["a"]],
  ];
  for (const [pattern, matched, others] of cases) {
    const glob = new Glob(pattern);
    for (const name of matched) assert.ok(glob.matches(name), `${pattern} matches ${name}`);
    for (const name of others) assert.ok(!glob.matches(name), `${pattern} does not match ${name}`);
  }
});

test("what is no pattern is told with what to write", () => {
  const cases: readonly [glob: string, message: string][] = [
    ["[z-a]", "has the range [z-a], which is reversed: use [a-z]"],
    ["a[b", "has an unclosed [: add ], or use \\[ for the character"],
    ["[a-", "has an unclosed [: add ], or use \\[ for the character"],
    ["[a-]", "has an unclosed [: add ], or use \\[ for the character"],
    ["[a\\", "has an unclosed [: add ], or use \\[ for the character"],
    ["[a-cx]", "has more than one range in brackets: use [a-c] alone, or list the characters"],
    ["[]", "has empty brackets: list the characters"],
    ["[]a]", "has empty brackets: list the characters"],
    ["[!]", "has empty brackets: list the characters"],
  ];
  for (const [pattern, message] of cases) {
    assert.throws(
      () => new Glob(pattern),
      (error) => error instanceof GlobError && error.message === message,
      pattern,
    );
  }
});

// A matcher that tries one way after the other does not come back from these; the time limit ends such a test.
test("no pattern takes long, however many ways it has to match", { timeout: 60_000 }, () => {
  const classics: readonly [pattern: string, text: string][] = [
    ["**/**/**/**/**/**/*a*b*c", `${"a/".repeat(60)}ab`],
    ["*a*b*c", "ab".repeat(50_000)],
    [`${"*a".repeat(30)}b`, "a".repeat(10_000)],
    [`${"{a,aa}".repeat(60)}b`, "a".repeat(90)],
    [`${"{*,?}".repeat(30)}b`, "a".repeat(5_000)],
    [`${"?*".repeat(100)}b`, "a".repeat(5_000)],
    [`${"*".repeat(5_000)}b`, "a".repeat(100)],
  ];
  for (const [pattern, text] of classics) {
    assert.equal(new Glob(pattern).matches(text), false, pattern.slice(0, 40));
    assert.equal(new Glob(pattern).matches(`${text}${pattern.at(-1)}`), true, pattern.slice(0, 40));
  }
  assert.ok(new Glob("{".repeat(50_000)).matches(""));
});
