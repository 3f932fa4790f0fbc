/**
 * What becomes of a mark, a row that a write leaves in the server: `a` written at once, `t` in a transaction that
 * commits, `r` in one that rolls back, `c` by COPY, `b` by a COPY that breaks off; held: `y` approved, `n` denied,
 * `w` approved after its client was told to come again, `l` left before anybody decided, `x` left while somebody does.
 */
export type MarkKind = 'a' | 't' | 'r' | 'c' | 'b' | 'y' | 'n' | 'w' | 'l' | 'x';

/** `q_pg1_17`: the kind of a mark, or `q` for a question; who asked; a number. */
export const idPattern = /\b[a-z]_[a-z0-9]+_\d+\b/g;

/** What the clients of a run have asked, were told and have found wrong. */
export class Ledger {
  /** Questions whose whole answer has come. */
  readonly answered = new Set<string>();
  /** Marks of which the client was told that they are there to stay. */
  readonly acknowledged = new Set<string>();
  /** Held marks that an approver has let run. */
  readonly approved = new Set<string>();
  readonly wrong: string[] = [];
  readonly counts = new Map<string, number>();
  readonly #last = new Map<string, number>();
  readonly #tokens = new Map<number, string>();

  id(kind: MarkKind | 'q', client: string): string {
    const number = (this.#last.get(client) ?? 0) + 1;
    this.#last.set(client, number);
    return `${kind}_${client}_${number}`;
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  complain(what: string): void {
    this.wrong.push(what);
  }

  /** A customer's number has one token, whoever asks and however often the gateway has started since. */
  token(customer: number, token: string): void {
    const known = this.#tokens.get(customer) ?? token;
    this.#tokens.set(customer, known);
    if (token !== known) this.complain(`customer ${customer} has the token ${known}, and then ${token}`);
  }

  tokenOf(customer: number): string | undefined {
    return this.#tokens.get(customer);
  }
}
