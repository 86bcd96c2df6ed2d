// How messages name a value that is of the wrong type. Never shows the value itself: it may be a secret.

/** What kind of thing a value is, with its article: `a number`, `an array`, `null`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return "an array";
  const tag = tagOf(value);
  if (["Map", "Set", "Promise"].includes(tag)) return `a ${tag}`;
  return isRecord(value) ? "an object" : "a collection";
}

/** What built-in thing a value is, whichever realm it comes from: `Map`, `Date`, `Uint8Array`. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** What is wrong with a value that is not `what`, worded to follow its name. */
export function mustBe(what: string, value: unknown): string {
  return `must be ${what}, but is ${describe(value)}`;
}

/** What is wrong with a value that is not the number `what`, worded to follow its name. Another number is shown. */
export function mustBeNumber(what: string, value: unknown): string {
  return typeof value === "number" ? `must be ${what}, but is ${value}` : mustBe(what, value);
}

/** What is wrong with a value that is none of these names, worded to follow its name; `undefined` when it is one. */
export function nameProblem(value: unknown, names: readonly string[]): string | undefined {
  if (names.includes(value as string)) return undefined;
  return `must be one of ${quotedList(names)}, but is ${shown(value)}`;
}

/** What is wrong with a value that is no string, or a blank one, worded to follow its name. */
export function textProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return mustBe("a string", value);
  return value.trim() === "" ? "cannot be empty" : undefined;
}

/** What is wrong with the members of `owner` that may be absent, worded to follow its owner's name. */
export function membersProblem(
  owner: object,
  type: "function" | "string",
  ...names: readonly string[]
): string | undefined {
  for (const name of names) {
    const member = (owner as Record<string, unknown>)[name];
    if (member !== undefined && typeof member !== type) {
      return `must have a ${type} as its ${name}, but has ${describe(member)}`;
    }
  }
}

/** What is wrong with a value that is not `what`, an object with these methods, worded to follow its name. */
export function methodsProblem(
  value: unknown,
  what: string,
  ...methods: readonly string[]
): string | undefined {
  if (!isObject(value)) return mustBe(what, value);
  const missing = methods.find((name) => typeof value[name] !== "function");
  return missing && `must be ${what}, but has no ${missing}()`;
}

/** Whether a value is an object, and no array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is an object and no collection: the entries of a collection are no properties. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !(Symbol.iterator in value);
}

/** A string in quotes, and anything else as what it is. */
export function shown(value: unknown): string {
  return typeof value === "string" ? quote(value) : describe(value);
}

/** Names in quotes, one after the other. */
export function quotedList(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

/** A string of the caller in quotes, cut where it is too long to be read, without control characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
