// The list of all commands.

import type { Command } from "./command.ts";
import { compare } from "./commands/compare.ts";
import { doctor } from "./commands/doctor.ts";
import { engineInstall } from "./commands/engine_install.ts";
import { evaluate } from "./commands/evaluate.ts";
import { explain } from "./commands/explain.ts";
import { lint } from "./commands/lint.ts";
import { list } from "./commands/list.ts";
import { types } from "./commands/types.ts";
import { watch } from "./commands/watch.ts";
import { relay } from "./commands/relay.ts";
import { serve } from "./commands/serve.ts";
import { snapshotDiff } from "./commands/snapshot_diff.ts";
import { snapshotPull } from "./commands/snapshot_pull.ts";
import { snapshotShow } from "./commands/snapshot_show.ts";

/** All commands, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  evaluate,
  explain,
  list,
  lint,
  compare,
  watch,
  snapshotPull,
  snapshotShow,
  snapshotDiff,
  types,
  serve,
  relay,
  doctor,
  engineInstall,
];
