// Which flags differ between two states.

import { differingKeys } from "../../engines/flag_content.ts";
import type { CompiledState } from "../../engines/engine.ts";
import type { Flag } from "../../core/types.ts";

/** The keys of the flags that were added, removed or changed; neither state may have been released. */
export function changedFlags(state: CompiledState, previous: CompiledState): string[] {
  if (state.changedFlags !== undefined) return state.changedFlags(previous);
  return differingKeys(listed(state), listed(previous), (flag, before) => flag === before);
}

function listed(state: CompiledState): Map<string, string> {
  return new Map(state.listFlags().map((flag: Flag) => [flag.key, JSON.stringify(flag)]));
}
