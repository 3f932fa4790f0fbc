import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { WireError } from '../bytes.ts';
import { saslPrep } from './saslprep.ts';

// SCRAM-SHA-256, the client's side, without channel binding: RFC 5802 as changed by RFC 7677.

const scramMechanism = 'SCRAM-SHA-256';
/** What a server may ask of us: each costs one HMAC on the event loop. PostgreSQL's default is 4,096. */
const iterationsMax = 600_000;
/** PG_MAX_AUTH_TOKEN_LENGTH (libpq/auth.h). */
const messageBytesMax = 65_535;
const keyBytes = 32;
/** "n,,": no channel binding, no other identity to act as (RFC 5802 §7, gs2-header). */
const gs2Header = 'n,,';

export interface ScramOptions {
  readonly password: string;
  /** Fresh for every login: 18 random bytes or more, in base64. */
  readonly nonce: string;
  /** PostgreSQL takes the name from the StartupMessage and wants none here. */
  readonly user?: string;
}

/**
 * One login: `first`, `continue`, `finish`, in this order. Unless `verified` is true at AuthenticationOk, the
 * server has not shown that it knows the password, and the login must fail closed.
 */
export class ScramClient {
  readonly #password: string;
  readonly #nonce: string;
  readonly #firstBare: string;
  #serverSignature: Buffer | undefined;
  #step: 'new' | 'first' | 'continued' | 'verified' = 'new';

  constructor({ password, nonce, user = '' }: ScramOptions) {
    // RFC 5802 §7: printable ASCII but the comma.
    if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(nonce))
      throw new TypeError('a SCRAM nonce is printable, without commas');
    this.#password = password;
    this.#nonce = nonce;
    this.#firstBare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  }

  get verified(): boolean {
    return this.#step === 'verified';
  }

  /** client-first-message, for SASLInitialResponse. */
  first(): Buffer {
    this.#advance('new', 'first');
    return Buffer.from(gs2Header + this.#firstBare);
  }

  /**
   * client-final-message, for SASLResponse, to the data of SASLContinue.
   * @throws WireError where the server's message breaks RFC 5802, or asks for more iterations than `iterationsMax`
   */
  continue(serverFirst: Uint8Array): Buffer {
    this.#advance('first', 'continued');
    const text = attributesText(serverFirst);
    const { nonce, salt, iterations } = parseServerFirst(text);
    // RFC 5802 §5.1: the client MUST verify that the nonce begins with its own; the server must add to it.
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      broken('a SCRAM nonce that does not go on from ours');
    }
    const finalBare = `c=${Buffer.from(gs2Header).toString('base64')},r=${nonce}`;
    const authMessage = `${this.#firstBare},${text},${finalBare}`;
    const keys = deriveKeys(this.#password, salt, iterations);
    this.#serverSignature = hmac(keys.serverKey, authMessage);
    const proof = xor(keys.clientKey, hmac(keys.storedKey, authMessage));
    return Buffer.from(`${finalBare},p=${proof.toString('base64')}`);
  }

  /**
   * Checks the data of SASLFinal, in constant time.
   * @throws WireError where the server does not know the password
   */
  finish(serverFinal: Uint8Array): void {
    const expected = this.#serverSignature;
    if (this.#step !== 'continued' || expected === undefined) return broken('SCRAM out of order');
    const [first = ''] = attributesText(serverFinal).split(',');
    if (!first.startsWith('v=')) broken('the server ended SCRAM with an error');
    const given = fromBase64(first.slice(2));
    if (given.length !== keyBytes || !timingSafeEqual(given, expected)) {
      broken('the server could not prove that it knows the password');
    }
    this.#step = 'verified';
  }

  #advance(from: 'new' | 'first', to: 'first' | 'continued'): void {
    if (this.#step !== from) broken('SCRAM out of order');
    this.#step = to;
  }
}

/**
 * What PostgreSQL stores of a password (`pg_authid.rolpassword`, scram_build_secret), for `CREATE ROLE …
 * PASSWORD`: with it the password itself is neither on the wire nor in the server's log.
 * `salt` is random, 16 bytes as PostgreSQL's own; `iterations` may be small where the password is random.
 */
export function scramVerifier(password: string, salt: Uint8Array, iterations: number): string {
  const { storedKey, serverKey } = deriveKeys(password, salt, iterations);
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return `${scramMechanism}$${iterations}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`;
}

interface ScramKeys {
  readonly clientKey: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** RFC 5802 §3. */
function deriveKeys(password: string, salt: Uint8Array, iterations: number): ScramKeys {
  const salted = pbkdf2Sync(saslPrep(password), salt, iterations, keyBytes, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  const storedKey = createHash('sha256').update(clientKey).digest();
  return { clientKey, storedKey, serverKey: hmac(salted, 'Server Key') };
}

/** `r=nonce,s=salt,i=iterations` and extensions, which may be ignored (RFC 5802 §7, server-first-message). */
function parseServerFirst(text: string): { nonce: string; salt: Buffer; iterations: number } {
  const [r = '', s = '', i = ''] = text.split(',');
  // A mandatory extension, `m=`, comes first and lands here too: it must be refused (RFC 5802 §5.1).
  if (!r.startsWith('r=') || !s.startsWith('s=') || !i.startsWith('i='))
    broken('SCRAM attributes out of order');
  const salt = fromBase64(s.slice(2));
  if (salt.length === 0) broken('SCRAM without a salt');
  return { nonce: r.slice(2), salt, iterations: parseIterations(i.slice(2)) };
}

function parseIterations(digits: string): number {
  if (!/^[1-9][0-9]{0,9}$/.test(digits)) broken('SCRAM with an iteration count that is no number');
  const iterations = Number(digits);
  if (iterations > iterationsMax) {
    throw new WireError('upstream', `SCRAM with more than ${iterationsMax} iterations`, 'too_large');
  }
  return iterations;
}

function attributesText(bytes: Uint8Array): string {
  if (bytes.byteLength > messageBytesMax || !isUtf8(bytes)) broken('a SCRAM message that is no text');
  return Buffer.from(bytes).toString('utf8');
}

/** RFC 4648 base64 with its padding, and nothing else: Buffer alone would skip what it does not know. */
function fromBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) broken('SCRAM with broken base64');
  return bytes;
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)));
}

function broken(message: string): never {
  throw new WireError('upstream', message);
}
