// Certificates and keys: reads their files, and makes sure that they are what they should be before they are used.
// What is in them never comes into a message.

import { builtin } from "../../ffi/builtin_node.ts";
import { ValidationError } from "../../core/errors.ts";
import { ensureFilePermission } from "../../ffi/permissions_deno.ts";
import type { TlsOptions } from "../options/tls.ts";

/** PEM text that is known to be good. */
export interface Credentials {
  /** The certificates to trust. */
  readonly ca: string | undefined;
  /** The client's certificate. */
  readonly cert: string | undefined;
  /** The client's private key, which belongs to the certificate. */
  readonly key: string | undefined;
}

/** The text of an option, and how messages name it. */
interface Pem {
  readonly text: string;
  readonly subject: string;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN ((?:EC |RSA )?PRIVATE KEY)-----[^]*?(?:-----END \1-----|$)/;
const ENCRYPTED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/**
 * Reads what the options name.
 * @throws {ValidationError} (rejects) when a file cannot be read, or holds nothing usable.
 */
export async function readCredentials(options: TlsOptions): Promise<Credentials> {
  const ca = await read(options, "caCertData", "caCertFile");
  const cert = await read(options, "clientCertData", "clientCertFile");
  const key = await read(options, "clientKeyData", "clientKeyFile");
  const crypto = await builtin("node:crypto");
  if (ca !== undefined) checkCertificates(crypto, ca);
  const privateKey = cert !== undefined && key !== undefined ? checkedKey(crypto, cert, key) : undefined;
  return { ca: ca?.text, cert: cert?.text, key: privateKey };
}

async function read(
  options: TlsOptions,
  dataName: "caCertData" | "clientCertData" | "clientKeyData",
  fileName: "caCertFile" | "clientCertFile" | "clientKeyFile",
): Promise<Pem | undefined> {
  const data = options[dataName];
  if (data !== undefined) return { text: data, subject: `tls.${dataName}` };
  const path = options[fileName];
  if (path === undefined) return undefined;
  const subject = `tls.${fileName} (${path})`;
  try {
    await ensureFilePermission("read", path);
    const { readFile } = await builtin("node:fs/promises");
    return { text: (await readFile(path, "utf8")).replace(/^\uFEFF/, ""), subject };
  } catch (cause) {
    throw new ValidationError(`${subject} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

type Crypto = typeof import("node:crypto");
type Certificate = InstanceType<Crypto["X509Certificate"]>;

/** Gives the first of the certificates. */
function checkCertificates(crypto: Crypto, { text, subject }: Pem): Certificate {
  const certificates = (text.match(CERTIFICATE) ?? []).map((block, index) => {
    try {
      return new crypto.X509Certificate(block);
    } catch (cause) {
      throw new ValidationError(`certificate ${index + 1} in ${subject} is damaged`, { cause });
    }
  });
  const [first] = certificates;
  if (first !== undefined) return first;
  throw new ValidationError(
    `${subject} has no certificate in it: it must be PEM text, with -----BEGIN CERTIFICATE----- in front`,
  );
}

/** Gives the private key by itself: other things may be in the same file, which Deno would stumble over. */
function checkedKey(crypto: Crypto, certificate: Pem, key: Pem): string {
  const leaf = checkCertificates(crypto, certificate);
  if (ENCRYPTED_KEY.test(key.text)) {
    throw new ValidationError(
      `the private key in ${key.subject} is encrypted: decrypt it (openssl pkey -in … -out …)`,
    );
  }
  const [block] = PRIVATE_KEY.exec(key.text) ?? [];
  if (block === undefined) {
    throw new ValidationError(
      `${key.subject} has no private key in it: it must be PEM text, with -----BEGIN PRIVATE KEY----- in front`,
    );
  }
  let privateKey: ReturnType<Crypto["createPrivateKey"]>;
  try {
    privateKey = crypto.createPrivateKey(block);
  } catch {
    // Without the cause: nothing says that a runtime keeps the key out of it.
    throw new ValidationError(`the private key in ${key.subject} is damaged`);
  }
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new ValidationError(
      `the private key in ${key.subject} does not belong to the first certificate in ${certificate.subject}`,
    );
  }
  return block;
}
