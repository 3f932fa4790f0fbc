import { z } from 'zod';

export type Method = 'GET' | 'POST' | 'DELETE';

/** One thing to do with the gateway itself, as rules on the target `sallyport` allow it: `write.kill sessions`. */
export interface Right {
  readonly kind: 'read' | 'write';
  readonly action: string;
  readonly resource: string;
}

/** One line of the contract. `query`, `params` and `body` are strict: an unknown member is refused. */
export interface Route<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  readonly method: Method;
  /** Under `apiBase`; `:id` stands for one segment. */
  readonly path: string;
  readonly summary: string;
  /** `right`: for nobody without `right`. `anybody`: what is one's own, and with `right` everything. */
  readonly needs: 'anybody' | 'right';
  readonly right?: Right;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Of a stream: of each line of it. */
  readonly response: R;
  /** Answered as NDJSON, a line at a time. */
  readonly stream?: true;
}

/** No members at all. */
export const none = z.strictObject({});

export function describeRight({ kind, action }: Right): string {
  return `${kind}.${action}`;
}
