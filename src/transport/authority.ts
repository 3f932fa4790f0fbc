import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SocketAddress, isIP, isIPv6 } from 'node:net';
import { der } from './der.ts';

const dayMs = 24 * 3_600_000;
const authorityDays = 3650;
/** Apple's clients take no leaf that lives longer than 825 days, and browsers are on their way to less. */
const leafDays = 397;
/** For clients whose clock is behind. */
const backdateMs = dayMs / 24;

/** A private P-256 key in PKCS #8. */
export function newKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A self-signed authority for this key, that signs leaves and no further authorities (RFC 5280 §4.2.1.9). */
export function makeAuthority(caKey: string, nowMs: number): string {
  const key = createPrivateKey(caKey);
  return certificate({
    subject: authorityName(key),
    issuer: key,
    publicKey: createPublicKey(key),
    notAfterMs: nowMs + authorityDays * dayMs,
    nowMs,
    extensions: [
      critical('2.5.29.19', der.sequence(der.true(), der.integer(Uint8Array.of(0)))), // basicConstraints: CA, path length 0
      critical('2.5.29.15', der.bitString(Uint8Array.of(0b0000_0110), 1)), // keyUsage: keyCertSign, cRLSign
    ],
  });
}

/** A server's certificate for these names and addresses; it should not outlive its authority. */
export function makeLeaf(it: {
  caKey: string;
  key: string;
  names: readonly string[];
  nowMs: number;
  notAfterMsMax: number;
}): string {
  return certificate({
    subject: 'Sallyport',
    issuer: createPrivateKey(it.caKey),
    publicKey: createPublicKey(it.key),
    notAfterMs: Math.min(it.nowMs + leafDays * dayMs, it.notAfterMsMax),
    nowMs: it.nowMs,
    extensions: [
      critical('2.5.29.19', der.sequence()), // basicConstraints: no CA
      critical('2.5.29.15', der.bitString(Uint8Array.of(0b1000_0000), 7)), // keyUsage: digitalSignature
      plain('2.5.29.37', der.sequence(der.objectId('1.3.6.1.5.5.7.3.1'))), // extKeyUsage: serverAuth
      plain('2.5.29.17', der.sequence(...it.names.map(generalName))), // subjectAltName
    ],
  });
}

/** Two gateways' authorities differ in name, or a client that trusts both would pick the wrong one. */
export function authorityName(caKey: KeyObject): string {
  return `Sallyport CA ${keyId(createPublicKey(caKey)).toString('hex').slice(0, 8)}`;
}

interface CertificateParts {
  readonly subject: string;
  readonly issuer: KeyObject;
  readonly publicKey: KeyObject;
  readonly nowMs: number;
  readonly notAfterMs: number;
  readonly extensions: readonly Uint8Array[];
}

/**
 * RFC 5280 §4.1:
 *
 *     Certificate    ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature BIT STRING }
 *     TBSCertificate ::= SEQUENCE { [0] version, serialNumber, signature, issuer, validity, subject,
 *                                   subjectPublicKeyInfo, [3] extensions }
 */
function certificate(parts: CertificateParts): string {
  const algorithm = der.sequence(der.objectId('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256, RFC 5758 §3.2
  const extensions = [...parts.extensions, subjectKeyId(parts.publicKey), authorityKeyId(parts.issuer)];
  const toBeSigned = der.sequence(
    der.explicit(0, der.integer(Uint8Array.of(2))), // v3
    serialNumber(),
    algorithm,
    distinguishedName(authorityName(parts.issuer)),
    der.sequence(der.time(parts.nowMs - backdateMs), der.time(parts.notAfterMs)),
    distinguishedName(parts.subject),
    parts.publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(3, der.sequence(...extensions)),
  );
  const signature = sign('sha256', toBeSigned, parts.issuer);
  return pem(der.sequence(toBeSigned, algorithm, der.bitString(signature)));
}

/** Positive, at most 20 octets, not to be guessed (§4.1.2.2); the first bits keep it from being negative or short. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return der.integer(bytes);
}

/** One common name (2.5.4.3). */
function distinguishedName(commonName: string): Uint8Array {
  return der.sequence(der.set(der.sequence(der.objectId('2.5.4.3'), der.utf8String(commonName))));
}

/** §4.2.1.6: dNSName is `[2] IA5String`, iPAddress `[7]` of 4 or 16 octets. */
function generalName(name: string): Uint8Array {
  return isIP(name) === 0
    ? der.implicit(2, Buffer.from(name, 'latin1'))
    : der.implicit(7, addressBytes(name));
}

function addressBytes(address: string): Uint8Array {
  if (!isIPv6(address)) return Uint8Array.from(address.split('.').map(Number));
  // Normalised, so that an IPv4 tail is already hexadecimal or comes as the mapped form.
  const normal = new SocketAddress({ address, family: 'ipv6' }).address.replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_all, ...octets) => {
      const [a = 0, b = 0, c = 0, d = 0] = octets.slice(0, 4).map(Number);
      return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
    },
  );
  const [head = '', tail] = normal.split('::');
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const zeros = Array<number>(8 - left.length - right.length).fill(0);
  return Uint8Array.from([...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 0xff]));
}

function subjectKeyId(key: KeyObject): Uint8Array {
  return plain('2.5.29.14', der.octetString(keyId(key)));
}

function authorityKeyId(issuer: KeyObject): Uint8Array {
  return plain('2.5.29.35', der.sequence(der.implicit(0, keyId(createPublicKey(issuer)))));
}

/** RFC 7093 §2, method 4: a hash of the public key's whole SubjectPublicKeyInfo; 160 bits of it. */
function keyId(key: KeyObject): Buffer {
  const spki = key.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest().subarray(0, 20);
}

function critical(id: string, value: Uint8Array): Uint8Array {
  return der.sequence(der.objectId(id), der.true(), der.octetString(value));
}

function plain(id: string, value: Uint8Array): Uint8Array {
  return der.sequence(der.objectId(id), der.octetString(value));
}

function pem(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
