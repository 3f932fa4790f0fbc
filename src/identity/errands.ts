import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import type { Identity } from '../core/identity.ts';
import type { ErrandTerms } from '../core/ports.ts';
import { privateFile } from '../files/kept-file.ts';
import { narrowedTo } from './narrow.ts';
import { tokenRefused } from './token-fault.ts';

const prefix = 'spe_';
/** `spe_`, base64url of what it is for, HMAC-SHA-256 of that and the token, the token. */
const passForm = /^spe_([\w-]+)\.([\w-]{43})\.(.+)$/;
/** Errands and tickets are made with one key, and neither is ever the other. */
const label = 'sallyport errand 1';

/** Whether it claims to be the pass of an errand; whether it is one, `opened` says. */
export function isErrand(token: string): boolean {
  return token.startsWith(prefix);
}

/** A pass, taken apart. */
export interface OpenedErrand {
  /** What whoever the errand is for has proven themselves with. */
  readonly token: string;
  /** The identity of that token, as it goes on the errand. */
  readonly identity: (of: Identity) => Identity;
}

/**
 * Passes for commands that the gateway itself carries to its own ports, in the name of a client who has asked it to: that
 * client's token, for one target, with the address that the client has come from. So it is the same identity in the same
 * words, ends with what it came from, and is worth less than the token in it. Nothing of it is kept.
 */
export class Errands {
  readonly #key: Buffer;

  private constructor(key: Buffer) {
    this.#key = key;
  }

  /** @throws Error where others may read the key of the data folder */
  static async open(dataDir: string): Promise<Errands> {
    const made = () => `${randomBytes(32).toString('base64')}\n`;
    const text = await privateFile(join(dataDir, 'ticket-key'), made);
    return new Errands(createHmac('sha256', Buffer.from(text, 'base64')).update(label).digest());
  }

  /** The same for the same terms, as all requests by one token are one session. */
  pass({ token, target, client }: ErrandTerms): string {
    const terms = Buffer.from(JSON.stringify([target, client])).toString('base64url');
    return `${prefix}${terms}.${this.#proof(terms, token)}.${token}`;
  }

  /** @throws SallyportError `unauthenticated` where this gateway has not made it */
  opened(pass: string): OpenedErrand {
    const [, terms = '', proof = '', token = ''] = passForm.exec(pass) ?? [];
    const expected = Buffer.from(this.#proof(terms, token));
    const given = Buffer.from(proof);
    if (given.length !== expected.length || !timingSafeEqual(given, expected) || isErrand(token)) {
      throw tokenRefused('errand', 'not of the form of a pass, or not made here');
    }
    const [target, client] = JSON.parse(Buffer.from(terms, 'base64url').toString()) as [string, string];
    return {
      token,
      identity: (of) => ({ ...narrowedTo(of, { targets: [target] }), errand: { client } }),
    };
  }

  #proof(terms: string, token: string): string {
    return createHmac('sha256', this.#key).update(`${terms}.${token}`).digest('base64url');
  }
}
