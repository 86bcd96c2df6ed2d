// The hostile server, in a process of its own: good until it is told to attack. Speaks plain HTTP on one port and TLS in
// front of it on another.

import type { Socket } from "node:net";
import process from "node:process";
import { certificates, missingOpenssl, TlsFront } from "../../tests/support/certificates.ts";
import { FaultServer } from "../../tests/support/fault_server.ts";
import { booleanDocument } from "../../tests/support/runtime.ts";
import { listen, tell } from "../soak/lines.ts";
import { ATTACKS } from "./attacks/mod.ts";

/** The flag that victims ask for. */
const PROBE = "probe";

const server = await FaultServer.start(booleanDocument("shop", PROBE, true));
const front = missingOpenssl() === false
  ? await TlsFront.start(server.url, certificates().server)
  : undefined;
let attacked = 0;
let isBrokenOff = false;
const attacking = new Set<Socket>();

listen(process.stdin, ({ attack: name, probe }) => {
  server.requests.length = 0;
  if (typeof name === "string") {
    const attack = ATTACKS.find((each) => each.name === name);
    if (attack === undefined) throw new Error(`no attack ${name}`);
    attacked = 0;
    isBrokenOff = attack.isBrokenOff === true;
    const good = server.text;
    const fault = (exchange: Parameters<typeof attack.run>[0]): void => {
      attacked++;
      const { socket } = exchange;
      if (!attacking.has(socket)) socket.once("close", () => attacking.delete(socket));
      attacking.add(socket);
      attack.run(exchange, good);
    };
    if (attack.on === "stream") server.onStream = fault;
    else server.onSnapshot = fault;
    // Whoever has a stream opens another one, and fetches before.
    server.breakStreams();
    tell({ attacking: name });
    return;
  }
  server.onSnapshot = undefined;
  server.onStream = undefined;
  // Other connections that an attack has left open go on to be hostile.
  if (isBrokenOff) { for (const socket of attacking) socket.destroy(); }
  server.setDocument(booleanDocument("shop", PROBE, probe === true));
  tell({ attacked });
});
process.stdin.on("end", () => process.exit(0));

const authority = front === undefined ? undefined : certificates().authority.certFile;
tell({ url: server.url, secureUrl: front?.url, authority });
