// Documents and requests from a seed, for comparing engines. What can be said in a document is said here sooner or later,
// in words from vocabulary.ts, and requests are made of what their document compares.

import { OPERATORS as TABLE } from "../../engines/rules/operators.ts";
import { Random } from "./random.ts";
import * as words from "./vocabulary.ts";

/** A request, and what it is about. */
export interface GeneratedRequest {
  /** Which of the two evaluations. */
  readonly kind: "variant" | "boolean";
  /** The key of the flag, as a caller gives it. */
  readonly flagKey: string;
  /** The entity. */
  readonly entityId: string;
  /** The context; values that are not strings, too. */
  readonly context: Readonly<Record<string, unknown>>;
  /** The type and operator that alone decide, in a flag with one constraint. */
  readonly operator?: string;
}

/** A document and requests to it. */
export interface GeneratedCase {
  /** What makes this case again. */
  readonly seed: number;
  /** The namespace of the document. */
  readonly namespace: string;
  /** The document's JSON text. */
  readonly document: string;
  /** The requests. */
  readonly requests: readonly GeneratedRequest[];
}

/** The operators of each type of constraint that mean something there. */
export const OPERATORS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(TABLE).map((
    [type, operators],
  ) => [type.replace("_CONSTRAINT_COMPARISON_TYPE", ""), operators]),
);

const TYPES = Object.keys(OPERATORS);
const ALL_OPERATORS = [...new Set(Object.values(OPERATORS).flat()), "", "EQ", "matches", "__proto__"];

interface Constraint {
  readonly type: string;
  readonly property: string;
  readonly operator: string;
  readonly value: string;
}

/** Makes the case of a seed. */
export function generateCase(seed: number, requests: number): GeneratedCase {
  return new Generator(seed).case(requests);
}

class Generator {
  readonly #random: Random;
  readonly #seed: number;
  readonly #constraints: Constraint[] = [];

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new Random(seed);
  }

  case(requestCount: number): GeneratedCase {
    const random = this.#random;
    const namespace = random.chance(0.8) ? "default" : random.pick(["größe", "a/b", "__proto__", "x y"]);
    const focused = random.chance(0.4);
    const flags = focused
      ? random.list(30, (i) => this.#focusedFlag(i))
      : random.list(1 + random.below(10), () => this.#flag());
    const document = this.#noise({
      namespace: this.#noise({ key: namespace, ...this.#maybe("name", "Name") }),
      flags,
      ...this.#maybe("digest", "0123456789abcdef"),
    });
    return {
      seed: this.#seed,
      namespace,
      document: JSON.stringify(document),
      requests: random.list(requestCount, () => this.#request(flags)),
    };
  }

  #flag(): Flag {
    const random = this.#random;
    const boolean = random.chance(0.4);
    return this.#noise({
      key: random.pick(words.KEYS),
      name: "a flag",
      ...this.#either("type", boolean ? "BOOLEAN_FLAG_TYPE" : "VARIANT_FLAG_TYPE", boolean ? 1 : 0.8),
      ...this.#maybe("description", random.pick(words.STRINGS)),
      enabled: random.chance(0.85),
      ...(random.chance(boolean ? 0.1 : 0.95)
        ? { rules: random.list(random.below(5), () => this.#rule()) }
        : this.#maybe("rules", [])),
      ...(random.chance(boolean ? 0.9 : 0.1)
        ? { rollouts: random.list(random.below(5), () => this.#rollout()) }
        : this.#maybe("rollouts", [])),
      ...(random.chance(0.4) ? { defaultVariant: this.#defaultVariant() } : {}),
    });
  }

  /** A flag whose answer tells whether its one constraint holds. */
  #focusedFlag(index: number): Flag {
    const constraint = this.#constraint(true);
    return {
      key: `focused-${index}`,
      name: "one constraint",
      type: "VARIANT_FLAG_TYPE",
      enabled: true,
      rules: [{
        segments: [{ key: "s", matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [constraint] }],
        segmentOperator: "OR_SEGMENT_OPERATOR",
        distributions: [{ variantKey: "v", rollout: 100 }],
      }],
      constraint,
    };
  }

  #defaultVariant(): object {
    const random = this.#random;
    return this.#noise({
      id: "id",
      key: random.chance(0.1) ? "" : random.pick(words.KEYS),
      ...this.#maybe("attachment", this.#attachment()),
    });
  }

  #attachment(): string {
    return this.#random.pick(["{}", "null", "", '{"a":[1,2,{"b":"ü"}]}', "not json", "😀"]);
  }

  #rule(): object {
    const random = this.#random;
    const many = random.chance(0.1);
    return this.#noise({
      ...(random.chance(0.95) ? { segments: this.#segments() } : this.#maybe("segments", null)),
      segmentOperator: this.#segmentOperator(),
      distributions: random.list(many ? random.below(40) : random.below(5), () => this.#distribution(many)),
    });
  }

  #distribution(many: boolean): object {
    const random = this.#random;
    return this.#noise({
      variantKey: random.chance(0.8) ? `variant-${random.below(20)}` : random.pick(words.KEYS),
      rollout: random.chance(0.5) ? random.pick(words.SHARES) : random.next() * (many ? 1 : 100),
      ...this.#maybe("variantAttachment", this.#attachment()),
    });
  }

  #rollout(): object {
    const random = this.#random;
    const kind = random.next();
    return this.#noise({
      ...this.#maybe("description", "a rollout"),
      ...(kind < 0.5 || kind > 0.95 ? { threshold: this.#threshold() } : this.#maybe("threshold", null)),
      ...(kind > 0.45 && kind < 0.9 ? { segment: this.#rolloutSegment() } : this.#maybe("segment", null)),
    });
  }

  #threshold(): object {
    const random = this.#random;
    return this.#noise({
      percentage: random.chance(0.4) ? random.pick(words.SHARES) : random.next() * 100,
      value: random.chance(0.5),
    });
  }

  #rolloutSegment(): object {
    return this.#noise({
      ...(this.#random.chance(0.8)
        ? { segmentOperator: this.#segmentOperator() }
        : this.#maybe("segmentOperator", null)),
      value: this.#random.chance(0.5),
      segments: this.#segments(),
    });
  }

  #segmentOperator(): string {
    return this.#either("x", this.#random.pick(["AND_SEGMENT_OPERATOR", "OR_SEGMENT_OPERATOR"]), 0.95).x ??
      "";
  }

  #segments(): object[] {
    const random = this.#random;
    return random.list(random.pick([0, 1, 1, 1, 1, 2, 2, 3, 4]), () =>
      this.#noise({
        key: random.pick(words.KEYS.slice(0, 14)),
        matchType:
          this.#either("x", random.pick(["ALL_SEGMENT_MATCH_TYPE", "ANY_SEGMENT_MATCH_TYPE"]), 0.95).x ?? "",
        constraints: random.list(random.pick([0, 1, 1, 1, 2, 2, 3, 4]), () => this.#constraint(false)),
      }));
  }

  #constraint(focused: boolean): Constraint {
    const random = this.#random;
    const known = focused || random.chance(0.93);
    const type = known ? random.pick(TYPES) : random.pick(["UNKNOWN", "", "string"]);
    const meant = known && random.chance(focused ? 1 : 0.96);
    const operator = meant ? random.pick(OPERATORS[type] ?? []) : random.pick(ALL_OPERATORS);
    const constraint = {
      type: `${type}_CONSTRAINT_COMPARISON_TYPE`,
      property: random.pick(words.PROPERTIES),
      operator,
      value: operator.endsWith("oneof") ? this.#listText(type) : this.#text(type),
    };
    this.#constraints.push(constraint);
    return this.#noise(constraint);
  }

  #text(type: string): string {
    const random = this.#random;
    switch (random.chance(0.9) ? type : "STRING") {
      case "NUMBER":
        return random.chance(0.3) ? String(random.below(20) - 10) : random.pick(words.NUMBERS);
      case "BOOLEAN":
        return random.pick(words.BOOLEANS);
      case "DATETIME":
        return random.chance(0.7) ? this.#time() : random.pick(words.TIMES);
      case "ENTITY_ID":
        return random.pick(words.ENTITIES).toWellFormed();
      default:
        return random.pick(words.STRINGS);
    }
  }

  /** A time near one another, in one of the ways to write it, with now and then a character changed. */
  #time(): string {
    const random = this.#random;
    // Mostly valid: now and then a field is beyond its range.
    const two = (from: number, to: number): string =>
      String(from + random.below(to - from + (random.chance(0.04) ? 3 : 1))).padStart(2, "0");
    const year = random.chance(0.8) ? "2024" : String(random.below(10000)).padStart(4, "0");
    const date = `${year}-${two(1, 12)}-${random.chance(0.3) ? two(27, 31) : two(1, 28)}`;
    const fraction = random.chance(0.3) ? `.${random.below(1e6)}` : "";
    const offset = random.chance(0.5) ? "Z" : `${random.pick(["+", "-"])}${two(0, 23)}:${two(0, 59)}`;
    const separator = random.pick(["T", "T", "t", " "]);
    const time = `${date}${separator}${two(0, 23)}:${two(0, 59)}:${two(0, 60)}${fraction}${offset}`;
    if (random.chance(0.9)) return time;
    const at = random.below(time.length);
    return time.slice(0, at) + random.pick(["", " ", "0", "-", ":", "z", "T", "+", "\u2212", "."]) +
      time.slice(at + random.below(2));
  }

  #listText(type: string): string {
    const random = this.#random;
    if (random.chance(0.25)) return random.pick(words.ODD_LISTS);
    const length = random.pick([0, 1, 2, 3, 5, 40]);
    return type === "NUMBER"
      ? JSON.stringify(random.list(length, () => random.below(30) - 10))
      : JSON.stringify(random.list(length, () => this.#text(type)));
  }

  #request(flags: readonly Flag[]): GeneratedRequest {
    const random = this.#random;
    const flag = random.pick(flags);
    const known = random.chance(0.97);
    const boolean = flag.type === "BOOLEAN_FLAG_TYPE";
    const constraint = flag.constraint;
    return {
      kind: boolean === random.chance(0.98) ? "boolean" : "variant",
      flagKey: known
        ? withLoneSurrogate(flag.key, random)
        : random.pick(["unknown", "\ud800", "toString", "isPrototypeOf", "😀 unknown"]),
      entityId: this.#entity(constraint),
      context: this.#context(constraint),
      ...(known && constraint ? { operator: `${constraint.type} ${constraint.operator}` } : {}),
    };
  }

  #entity(constraint: Constraint | undefined): string {
    const random = this.#random;
    let entity = "";
    if (constraint && random.chance(0.5)) entity = this.#near(constraint);
    else entity = random.chance(0.5) ? `entity-${random.below(10000)}` : random.pick(words.ENTITIES);
    // Blank ids never reach an engine.
    return entity.trim() === "" ? "blank" : entity;
  }

  #context(constraint: Constraint | undefined): Record<string, unknown> {
    const random = this.#random;
    const context: Record<string, unknown> = {};
    const set = (key: string, value: unknown): void => {
      // Assignment would change the prototype for the key __proto__.
      Object.defineProperty(context, key, { value, enumerable: true, configurable: true, writable: true });
    };
    if (constraint && random.chance(0.9)) set(constraint.property, this.#near(constraint));
    for (let i = random.below(6); i > 0 && this.#constraints.length > 0; i--) {
      const other = random.pick(this.#constraints);
      if (other.property !== constraint?.property) set(other.property, this.#value(other));
    }
    return context;
  }

  #value(constraint: Constraint): unknown {
    const random = this.#random;
    if (random.chance(0.95)) return this.#near(constraint);
    return random.pick<unknown>([5, 0, -0, 1.5, 1e21, NaN, Infinity, true, false, null, undefined, 7n, {}, [
      "pro",
    ]]);
  }

  /** A text that a constraint holds for, or fails by a little. */
  #near({ type, operator, value }: Constraint): string {
    const random = this.#random;
    if (random.chance(0.3)) return this.#text(type.slice(0, type.indexOf("_CONSTRAINT")));
    if (random.chance(0.03)) return random.pick(words.LONE_SURROGATES);
    if (operator.endsWith("oneof")) {
      const elements = listOf(value);
      if (elements.length > 0) return String(random.pick(elements));
    }
    if (type.startsWith("BOOLEAN")) return random.pick(words.BOOLEANS);
    if (type.startsWith("NUMBER") && /^[+-]?\d{1,9}$/.test(value)) {
      return String(Number(value) + random.below(3) - 1);
    }
    switch (random.below(8)) {
      case 0:
        return `${value}${random.pick(words.STRINGS)}`;
      case 1:
        return `${random.pick(words.STRINGS)}${value}`;
      case 2:
        return value.slice(1);
      case 3:
        return withLoneSurrogate(value, random);
      default:
        return value;
    }
  }

  /** The member with the value, or with a word that no one knows. */
  #either(name: string, value: string, share: number): Record<string, string> {
    if (this.#random.chance(share)) return { [name]: value };
    return this.#random.chance(0.5)
      ? { [name]: this.#random.pick(["", "UNKNOWN", value.toLowerCase(), "__proto__"]) }
      : {};
  }

  /** The member with the value, null, or not at all. */
  #maybe(name: string, value: unknown): Record<string, unknown> {
    const kind = this.#random.below(3);
    return kind === 0 ? {} : { [name]: kind === 1 ? null : value };
  }

  /** Now and then a member that means nothing. */
  #noise<T extends object>(value: T): T {
    if (!this.#random.chance(0.05)) return value;
    const noise = this.#random.pick<unknown>([null, 5, [[[[]]]], { key: "x" }, "x", true]);
    return {
      ...value,
      [this.#random.pick(["createdAt", "snake_case", "toString", "rank", "__proto__"])]: noise,
    };
  }
}

interface Flag {
  readonly key: string;
  readonly type?: string;
  readonly enabled: boolean;
  readonly [member: string]: unknown;
  readonly constraint?: Constraint;
}

/** The text with U+FFFD written, now and then, as the lone surrogate that becomes it. */
function withLoneSurrogate(text: string, random: Random): string {
  return random.chance(0.3) ? text.replaceAll("\ufffd", random.chance(0.5) ? "\ud800" : "\udc00") : text;
}

function listOf(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((element) => typeof element !== "object") : [];
  } catch {
    return [];
  }
}
