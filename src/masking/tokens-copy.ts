import { SallyportError } from '../core/errors.ts';
import { holdsToken } from './token.ts';
import type { TokensBack, TokenTarget } from './tokens-back.ts';

// The data of COPY … FROM STDIN on its way to the server. Formats: PostgreSQL, "COPY: File Formats" (sql-copy).

/** Rewrites a stream whose chunks need not end where rows do; what is given back is to be sent in order. */
export interface CopyTokens {
  /** @throws SallyportError `denied` where a token is not its column's */
  push(chunk: Buffer): Buffer;
  /** What was kept back until the end was known. */
  end(): Buffer;
}

/** Which of the columns that are sent take tokens, and how their values go upstream. */
export interface CopiedColumns {
  /** By index from 0. */
  readonly targets: ReadonlyMap<number, TokenTarget>;
  readonly tokens: TokensBack;
}

/** A longer field is no token that anybody would send; it passes as it is. */
export const fieldBytesMax = 1024 * 1024;

/** For data whose fields cannot be told apart: nothing in it is turned back, and a token refused. */
export class WatchedCopy implements CopyTokens {
  #last: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer {
    const seen = Buffer.concat([this.#last, chunk.subarray(0, tokenHeadBytes)]);
    if (holdsToken(seen) || holdsToken(chunk)) throw unread();
    const all = chunk.length < tokenHeadBytes ? seen : chunk;
    this.#last = Buffer.from(all.subarray(-tokenHeadBytes + 1));
    return chunk;
  }

  end(): Buffer {
    return Buffer.alloc(0);
  }
}

/** `tok_`, 8 hex digits, `_` */
const tokenHeadBytes = 13;

function unread(): SallyportError {
  return new SallyportError('denied', 'Sallyport: tokens in the data of this COPY cannot be turned back', {
    hint: 'Send one COPY at a time, as text, CSV or binary, in UTF-8 and with plain options.',
  });
}
