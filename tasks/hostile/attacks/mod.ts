// All attacks.

import type { Attack } from "../attack.ts";
import { BOMBS } from "./bombs.ts";
import { DOCUMENTS } from "./documents.ts";
import { ENDLESS } from "./endless.ts";
import { HEADS } from "./heads.ts";
import { STREAMS } from "./streams.ts";

/** The attacks, in the order in which they run. */
export const ATTACKS: readonly Attack[] = [...BOMBS, ...ENDLESS, ...HEADS, ...DOCUMENTS, ...STREAMS];
