// What tests of the calls that cannot throw share: flags, a schema, and quiet about the defaults.

import { test } from "node:test";
import type { StandardSchema } from "../../mod.ts";
import { warnings } from "./warnings.ts";

/** Flags of each kind. */
export const FLAGS = {
  on: true,
  off: false,
  theme: { variant: "dark", attachment: { columns: 3, colors: ["black"] } },
  plain: "wide",
  none: "",
} as const;

/** Runs a test without the lines that defaults write. */
export function quietTest(name: string, run: () => unknown): void {
  test(name, async () => void await warnings(run));
}

/** A schema that notes how often it was asked. */
export function schemaOf<Output>(validate: StandardSchema<Output>["~standard"]["validate"]): {
  schema: StandardSchema<Output>;
  asked: () => number;
} {
  let asked = 0;
  const schema: StandardSchema<Output> = {
    "~standard": { version: 1, vendor: "test", validate: (value) => (asked++, validate(value)) },
  };
  return { schema, asked: () => asked };
}
