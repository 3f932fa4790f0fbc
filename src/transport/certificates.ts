import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { keptFile, privateFile } from '../files/kept-file.ts';
import { replaceFile } from '../files/whole-file.ts';
import { authorityName, makeAuthority, makeLeaf, newKeyPem } from './authority.ts';

/** PEM texts, as `tls.createServer` takes them. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** What clients need to trust; absent where the certificate was configured. */
  readonly caFile?: string;
}

export interface ServerTlsOptions {
  readonly dataDir: string;
  /** The address listened on; a name or address that clients may use. */
  readonly host: string;
  /** Files of the operator's own; absent: an authority is made in the data folder. */
  readonly configured?: { readonly cert: string; readonly key: string };
  /** Milliseconds since the epoch. */
  readonly nowMs?: number;
}

const dayMs = 24 * 3_600_000;
/** A leaf with less left is made anew at the next start. */
const renewBeforeMs = 30 * dayMs;

/**
 * The certificate that clients see. Without a configured one: `ca.pem`, `ca-key.pem`, `cert.pem` and `key.pem` in the
 * data folder, made on first use, each once however many processes start together; the leaf is renewed when it is near
 * its end or lacks a name, with the same key.
 * @throws Error where files do not fit together, or a key can be read by others
 */
export async function serverTls({
  dataDir,
  host,
  configured,
  nowMs = Date.now(),
}: ServerTlsOptions): Promise<ServerTls> {
  if (configured !== undefined) return readConfigured(configured);
  const certFile = join(dataDir, 'cert.pem');
  const { ca, caKey, caFile, notAfterMsMax } = await ownAuthority(dataDir, nowMs);
  const key = await privateFile(join(dataDir, 'key.pem'), newKeyPem);
  const names = namesOf(host);
  const make = () => makeLeaf({ caKey, key, names, nowMs, notAfterMsMax });
  const found = await keptFile(certFile, 0o644, make);
  if (isGood(found, { ca, key, names, nowMs })) return { cert: found, key, caFile };
  const cert = make();
  await replaceFile(certFile, 0o644, cert);
  return { cert, key, caFile };
}

/** The gateway's own authority, PEM texts. */
export interface OwnAuthority {
  readonly ca: string;
  readonly caKey: string;
  readonly caFile: string;
  /** When it ends, in milliseconds since the epoch; no leaf should last longer. */
  readonly notAfterMsMax: number;
}

/**
 * `ca.pem` and `ca-key.pem` of the data folder, made on first use.
 * @throws Error where they do not fit together, are about to end, or the key can be read by others
 */
export async function ownAuthority(dataDir: string, nowMs: number): Promise<OwnAuthority> {
  const caFile = join(dataDir, 'ca.pem');
  const caKey = await privateFile(join(dataDir, 'ca-key.pem'), newKeyPem);
  const ca = await keptFile(caFile, 0o644, () => makeAuthority(caKey, nowMs));
  return { ca, caKey, caFile, notAfterMsMax: checkedEnd(ca, caKey, caFile, nowMs) };
}

async function readConfigured(files: { cert: string; key: string }): Promise<ServerTls> {
  const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')]);
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new Error(`${files.cert} and ${files.key} are no certificate and its key`, { cause });
  }
  return { cert, key };
}

/** Names and addresses, as browsers and drivers on this machine and its network write them. */
function namesOf(host: string): readonly string[] {
  const anyAddress = ['', '0.0.0.0', '::'].includes(host);
  return [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...(anyAddress ? [] : [host])])];
}

/**
 * When the authority ends. Clients trust this file by hand, so it is never replaced behind their back: where it is
 * about to end, a person has to act.
 */
function checkedEnd(ca: string, caKey: string, file: string, nowMs: number): number {
  const authority = new X509Certificate(ca);
  const key = createPrivateKey(caKey);
  if (!authority.checkPrivateKey(key) || authority.subject !== `CN=${authorityName(key)}`)
    throw new Error(`${file} and ca-key.pem do not fit together`);
  const endMs = authority.validToDate.getTime();
  if (endMs <= nowMs + renewBeforeMs)
    throw new Error(
      `${file} ends on ${authority.validTo}: remove it and ca-key.pem to make a new one, and give clients that`,
    );
  return endMs;
}

function isGood(
  cert: string,
  { ca, key, names, nowMs }: { ca: string; key: string; names: readonly string[]; nowMs: number },
): boolean {
  const leaf = new X509Certificate(cert);
  const covers = (name: string) =>
    (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined;
  return (
    leaf.validToDate.getTime() > nowMs + renewBeforeMs &&
    leaf.validFromDate.getTime() <= nowMs &&
    leaf.checkPrivateKey(createPrivateKey(key)) &&
    leaf.verify(new X509Certificate(ca).publicKey) &&
    names.every(covers)
  );
}
