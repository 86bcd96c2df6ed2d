// A client that reads from Redis, in a process of its own that can be frozen.

import process from "node:process";
import { tell } from "../../soak/lines.ts";
import { LIBRARIES } from "../../../tests/support/redis_clients.ts";
import { numberOf, Reader } from "../stage.ts";

const [, , url = "", name = ""] = process.argv;
const library = LIBRARIES.find((each) => each.name === name);
if (library === undefined) throw new Error(`there is no library ${name}`);
const reader = await Reader.start(name, await library.open(url), { updateInterval: 3_600 });
setInterval(() => {
  tell({ number: numberOf(reader.client), problems: reader.problems, errors: reader.errors.length });
}, 20);
process.stdin.on("end", () => process.exit()).resume();
