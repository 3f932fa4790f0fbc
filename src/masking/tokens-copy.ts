import type { TokensBack } from './tokens-back.ts';

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
  readonly resources: ReadonlyMap<number, string>;
  readonly tokens: TokensBack;
}

/** A longer field is no token that anybody would send; it passes as it is. */
export const fieldBytesMax = 1024 * 1024;
