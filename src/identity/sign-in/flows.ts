import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { SallyportError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { privateFile } from '../../files/kept-file.ts';

/** People read e-mails for a second factor meanwhile; longer ones begin anew. */
export const flowMsMax = 10 * 60_000;

/**
 * A sign-in under way. It is kept by the browser that began it, so that no other can end it, and the gateway keeps
 * nothing of people who never come back.
 */
const flow = z.strictObject({
  /** What the answer is known by: OAuth's `state`, SAML's `RelayState`. */
  state: z.string(),
  /** Which provider this is about; an answer after a change of configuration is for nobody. */
  issuer: z.string(),
  returnTo: z.string(),
  beganAtMs: z.number(),
  /** Of OIDC alone. */
  nonce: z.string().optional(),
  verifier: z.string().optional(),
  /** Of SAML alone: the id of the request. */
  request: z.string().optional(),
});
export type Flow = z.output<typeof flow>;

const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/** Seals flows for the browser: AES-256-GCM with a key of the data folder, made on first use. */
export class Flows {
  readonly #key: Buffer;
  readonly #clock: Clock;

  private constructor(key: Buffer, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  /** @throws Error where others may read the key, or it is none */
  static async open({ dataDir, clock }: { dataDir: string; clock: Clock }): Promise<Flows> {
    const file = join(dataDir, 'login-key');
    const text = await privateFile(file, () => `${randomBytes(keyBytes).toString('base64')}\n`);
    const key = Buffer.from(text, 'base64');
    if (key.length !== keyBytes) throw new Error(`${file} holds no key; remove it to make a new one`);
    return new Flows(key, clock);
  }

  /** A new one, with a state that nobody can guess. */
  begin(it: Omit<Flow, 'state' | 'beganAtMs'>): Flow {
    return { ...it, state: randomBytes(16).toString('base64url'), beganAtMs: this.#clock.now() };
  }

  /** iv ‖ tag ‖ ciphertext, in base64url. */
  seal(it: Flow): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    const body = Buffer.concat([cipher.update(JSON.stringify(it), 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
  }

  /**
   * The flow that this browser began with this provider, if the answer belongs to it.
   * @throws SallyportError `unauthenticated`
   */
  unseal(sealed: string, expected: Pick<Flow, 'state' | 'issuer'>): Flow {
    const found = this.#opened(sealed);
    if (found === undefined || found.state !== expected.state || found.issuer !== expected.issuer) {
      throw flowRefused('this sign-in was not begun in this browser');
    }
    const ageMs = this.#clock.now() - found.beganAtMs;
    if (ageMs < 0 || ageMs >= flowMsMax) throw flowRefused('this sign-in took too long');
    return found;
  }

  #opened(sealed: string): Flow | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length <= ivBytes + tagBytes) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, ivBytes));
      decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
      const body = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
      return flow.parse(JSON.parse(body.toString('utf8')));
    } catch {
      return undefined;
    }
  }
}

function flowRefused(why: string): SallyportError {
  return new SallyportError('unauthenticated', `Sallyport: ${why}`, { hint: 'Sign in again.' });
}
