// A context that notes what an evaluation reads of it.

import type { EvaluationContext } from "../../mod.ts";

/** A context of these values, and the names of what is read of it, in order. */
export function noted<Values extends EvaluationContext>(values: Values): { context: Values; read: string[] } {
  const read: string[] = [];
  const context = new Proxy(values, {
    get(target, name): unknown {
      if (typeof name === "string") read.push(name);
      return Reflect.get(target, name);
    },
  });
  return { context, read };
}
