// How compiled flags lie in memory: one after the other in two flat lists, so that an evaluation runs along them and
// touches few objects. What lies far apart takes longer to reach than to compare, above all with thousands of flags; so
// what several flags say alike lies there once.

import type { EvaluationReason } from "../../core/types.ts";
import type { Variant } from "../rules/buckets.ts";
import type { Bound } from "./comparison.ts";

/** A property of the context. */
export interface Property {
  /** Its name. */
  readonly name: string;
  /** Which place in the code of `valueOf` reads it. */
  readonly place: number;
  /** At which index of the texts that are read its own is; 0 is the entity's id. */
  readonly slot: number;
}

/** What a boolean flag comes to. */
export interface Outcome {
  /** The value. */
  readonly enabled: boolean;
  /** Why it is that. */
  readonly reason: EvaluationReason;
}

/** What a variant flag comes to when no rule decides. */
export interface Fallback extends Variant {
  /** Why it is that. */
  readonly reason: EvaluationReason;
}

/** What a step works with. */
export type Operand = string | Bound | Property | Outcome | Variant | Fallback | Int32Array | undefined;

/** A step, as it is laid out: two numbers and one operand. */
export type Step = readonly [first: number, second: number, operand?: Operand];

/** With this many numbers a layout is full: a list that grows is copied, and that should not take long. */
const FULL = 1 << 16;

/** With a longer name, a part is not looked for again. */
const LONGEST_NAME = 1000;

/** The flat lists of several flags. A step is known by the place of its first number. */
export class Layout {
  /** The numbers: those of the step `at` are `steps[at]` and `steps[at + 1]`. */
  steps: Int32Array = new Int32Array(64);
  /** The operands: that of the step `at` is `operands[at >> 1]`. */
  readonly operands: Operand[] = [];
  /** Where the next step will be. */
  end = 0;

  /** What its flags read of contexts, by slot. */
  readonly properties: readonly (Property | undefined)[];

  readonly #parts = new Map<string, number>();

  /** A layout for flags that read these properties. */
  constructor(properties: readonly (Property | undefined)[]) {
    this.properties = properties;
  }

  /** Whether the next flag should get another one. */
  get isFull(): boolean {
    return this.end >= FULL;
  }

  /** Adds steps; where they are. */
  add(added: readonly Step[]): number {
    const start = this.end;
    for (const [first, second, operand] of added) {
      const at = this.end;
      if (at === this.steps.length) {
        const longer = new Int32Array(at * 2);
        longer.set(this.steps);
        this.steps = longer;
      }
      this.steps[at] = first;
      this.steps[at + 1] = second;
      this.operands.push(operand);
      this.end = at + 2;
    }
    return start;
  }

  /**
   * Adds steps that are the same for every flag that names them so; where they are.
   * @param name What tells them from any others.
   * @param stepsAt The steps, given where they will be.
   */
  part(name: string, stepsAt: (start: number) => readonly Step[]): number {
    const at = this.#parts.get(name) ?? this.add(stepsAt(this.end));
    if (name.length <= LONGEST_NAME) this.#parts.set(name, at);
    return at;
  }
}
