// Certificates for tests, made anew by openssl, and TLS in front of a server that speaks plain HTTP.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Server, TlsOptions, TLSSocket } from "node:tls";
import { createServer } from "node:tls";

/** A certificate and its key, as PEM text and as files. */
export interface Identity {
  /** The certificate. */
  readonly cert: string;
  /** The private key. */
  readonly key: string;
  /** The file of the certificate. */
  readonly certFile: string;
  /** The file of the private key. */
  readonly keyFile: string;
}

/** What tests of TLS need. */
export interface Certificates {
  /** The folder of all the files. */
  readonly folder: string;
  /** The authority that signed everything but `stranger`. */
  readonly authority: Identity;
  /** A server's, for localhost and 127.0.0.1. */
  readonly server: Identity;
  /** A server's, for flipt.example.com only. */
  readonly elsewhere: Identity;
  /** A server's for localhost that has expired. */
  readonly expired: Identity;
  /** A client's. */
  readonly client: Identity;
  /** One that nobody vouches for. */
  readonly stranger: Identity;
  /** The client's key, encrypted. */
  readonly encryptedKey: string;
}

/** False, or why there can be no certificates here: for the `skip` of a test. */
export function missingOpenssl(): false | string {
  const { status } = spawnSync("openssl", ["version"]);
  if (status === 0) return false;
  console.error("\n!!! openssl is missing: tests of TLS are SKIPPED\n");
  return "openssl is not installed";
}

let made: Certificates | undefined;

/** The certificates; made when they are first asked for, in a new folder that goes when the process does. */
export function certificates(): Certificates {
  return made ??= makeCertificates();
}

function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "flipt-certificates-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.on("exit", remove);
  // The tests of Deno end with this event alone.
  if (typeof globalThis.addEventListener === "function") globalThis.addEventListener("unload", remove);
  const run = (...parameters: string[]): void => {
    const { status, stderr } = spawnSync("openssl", parameters, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`openssl ${parameters.join(" ")}: ${stderr}`);
  };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const identity = (name: string): Identity => {
    const certFile = join(folder, `${name}.pem`);
    const keyFile = join(folder, `${name}.key`);
    return {
      cert: readFileSync(certFile, "utf8"),
      key: readFileSync(keyFile, "utf8"),
      certFile,
      keyFile,
    };
  };
  const selfSigned = (name: string): Identity => {
    run("req", "-x509", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.pem`, "-subj", `/CN=${name}`);
    return identity(name);
  };
  const signed = (name: string, extensions: string, days = "2"): Identity => {
    run("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    writeFileSync(join(folder, `${name}.ext`), extensions);
    const authority = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"];
    const files = ["-in", `${name}.csr`, "-out", `${name}.pem`, "-extfile", `${name}.ext`];
    run("x509", "-req", ...authority, ...files, "-days", days);
    return identity(name);
  };
  const authority = selfSigned("authority");
  const server = signed("server", "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n");
  const elsewhere = signed("elsewhere", "subjectAltName=DNS:flipt.example.com\n");
  const expired = signed("expired", "subjectAltName=DNS:localhost,IP:127.0.0.1\n", "-1");
  const client = signed("client", "extendedKeyUsage=clientAuth\n");
  const stranger = selfSigned("stranger");
  run("pkey", "-in", "client.key", "-aes-128-cbc", "-passout", "pass:secret", "-out", "encrypted.key");
  return {
    folder,
    authority,
    server,
    elsewhere,
    expired,
    client,
    stranger,
    encryptedKey: readFileSync(join(folder, "encrypted.key"), "utf8"),
  };
}

/** Ends TLS on a port of its own, and passes what is inside on to a server. */
export class TlsFront {
  /** What clients give as their `url`. */
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(server: Server, sockets: ReadonlySet<Socket>) {
    this.url = `https://localhost:${(server.address() as AddressInfo).port}`;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Starts one in front of the server at `url`. */
  static async start(url: string, options: TlsOptions): Promise<TlsFront> {
    const sockets = new Set<Socket>();
    const server = createServer(options, (outer: TLSSocket) => {
      const inner = connect(Number(new URL(url).port), "127.0.0.1");
      for (const [socket, other] of [[outer, inner], [inner, outer]] as const) {
        sockets.add(socket);
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    // A client that does not like the certificate is part of the tests.
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new TlsFront(server, sockets);
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** Lets the process end while it listens. */
  unref(): void {
    this.#server.unref();
  }

  /** Stops listening and breaks every connection. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Closes it at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
