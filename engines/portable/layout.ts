// How compiled flags lie in memory: one after the other in two flat lists, so that an evaluation runs along them and
// touches few objects. What lies far apart takes longer to reach than to compare, above all with thousands of flags.

import type { EvaluationReason } from "../../src/types.ts";
import type { Bound } from "./comparison.ts";
import type { Property } from "./property.ts";

/** What a boolean flag comes to. */
export interface Outcome {
  /** The value. */
  readonly enabled: boolean;
  /** Why it is that. */
  readonly reason: EvaluationReason;
}

/** What a variant flag comes to. */
export interface Variant {
  /** The key of the variant. */
  readonly key: string;
  /** JSON in a string; `undefined` when there is none. */
  readonly attachment: string | undefined;
}

/** What a step works with. */
export type Operand = string | Bound | Property | Outcome | Variant | undefined;

/** With this many numbers a layout is full: a list that grows is copied, and that should not take long. */
const FULL = 1 << 16;

/** How many texts and variants are remembered, and how long an attachment may be for that. */
const REMEMBERED = 10_000;
const LONGEST = 100;

/** What flags that say the same share. */
export class Shared {
  readonly #texts = new Map<string, string>();
  readonly #variants = new Map<string, Variant>();

  /** The text, as it was first seen. */
  text(text: string): string {
    return remembered(this.#texts, text, text);
  }

  /** The variant, as it was first seen. */
  variant(variant: Variant): Variant {
    const { key, attachment = "" } = variant;
    if (attachment.length > LONGEST) return variant;
    return remembered(this.#variants, JSON.stringify([key, variant.attachment]), variant);
  }
}

function remembered<T>(known: Map<string, T>, name: string, value: T): T {
  if (!known.has(name) && known.size < REMEMBERED) known.set(name, value);
  return known.get(name) ?? value;
}

/** The flat lists of several flags. A step is two numbers and one operand; it is known by the place of its first number. */
export class Layout {
  /** The numbers: those of the step `at` are `steps[at]` and `steps[at + 1]`. */
  steps: Int32Array = new Int32Array(64);
  /** The operands: that of the step `at` is `operands[at >> 1]`. */
  readonly operands: Operand[] = [];

  /** Where the next step will be. */
  end = 0;
  /** What the flags share with those of other layouts. */
  readonly shared: Shared;

  /** An empty one. */
  constructor(shared: Shared) {
    this.shared = shared;
  }

  /** Whether the next flag should get another one. */
  get isFull(): boolean {
    return this.end >= FULL;
  }

  /** Adds a step; where it is. */
  add(first: number, second: number, operand?: Operand): number {
    const at = this.end;
    if (at === this.steps.length) {
      const longer = new Int32Array(at * 2);
      longer.set(this.steps);
      this.steps = longer;
    }
    this.steps[at] = first;
    this.steps[at + 1] = second;
    this.operands.push(typeof operand === "string" ? this.shared.text(operand) : operand);
    this.end = at + 2;
    return at;
  }
}
