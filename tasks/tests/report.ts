// Reads the JUnit reports of the test runners of Deno, Bun and Node.

/** A test that ran or was skipped. */
export interface TestCase {
  /** Its name, behind those of the suites that it is in: `outer > inner > name`. */
  readonly name: string;
  /** What came of it. */
  readonly status: "passed" | "failed" | "skipped";
  /** Why it was skipped, where the runner says so: only Node does. */
  readonly reason?: string;
}

const TAG = /<(\/?)(testsuite|testcase|skipped|failure|error)\b((?:[^>"]|"[^"]*")*?)(\/?)>/g;

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function attribute(attributes: string, name: string): string {
  const [, value = ""] = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes) ?? [];
  return value.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (_, decimal, hex, entity) => {
    if (entity !== undefined) return ENTITIES[entity] ?? "";
    return String.fromCodePoint(decimal === undefined ? parseInt(hex, 16) : Number(decimal));
  });
}

/**
 * The tests of a report.
 * @param hasFileSuite Whether the outermost suites are files, as on Deno and Bun, and not `describe`s.
 */
export function readReport(xml: string, hasFileSuite: boolean): TestCase[] {
  const suites: string[] = [];
  const cases: { name: string; status: TestCase["status"]; reason?: string }[] = [];
  for (const [, slash, tag, attributes = "", selfClosing] of xml.matchAll(TAG)) {
    const last = cases.at(-1);
    if (tag === "testsuite") {
      if (slash) suites.pop();
      else if (!selfClosing) suites.push(attribute(attributes, "name"));
    } else if (slash) continue;
    else if (tag === "testcase") {
      const path = [...suites.slice(hasFileSuite ? 1 : 0), attribute(attributes, "name")];
      cases.push({ name: path.join(" > "), status: "passed" });
    } else if (last !== undefined) {
      last.status = tag === "skipped" ? "skipped" : "failed";
      const message = attribute(attributes, "message");
      if (tag === "skipped" && message !== "") last.reason = message;
    }
  }
  // Deno lists a suite beside the tests in it, with their results added up.
  return cases.filter(({ name }) => !cases.some((other) => other.name.startsWith(`${name} > `)));
}
