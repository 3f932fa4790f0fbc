import type { Parameter } from '../../core/command.ts';
import { SallyportError } from '../../core/errors.ts';
import { holdsToken } from '../../masking/token.ts';
import type { CopyTokens } from '../../masking/tokens-copy.ts';
import { encodeBind, encodeQuery } from '../../wire/postgres/frontend.ts';
import type { Bind } from '../../wire/postgres/frontend.ts';
import { formatOf } from '../../wire/postgres/message.ts';
import type { FormatCode } from '../../wire/postgres/message.ts';
import type { Statement } from './portals.ts';
import { encodeExecuted, encodeQualified, encodeRewritten } from './token-messages.ts';
import {
  copiesTokens,
  isUnqualified,
  needsSchema,
  qualified,
  schemaInFlux,
  targetsChanged,
} from './tokens-in.ts';
import type { Rewritten, Traced, TokensIn } from './tokens-in.ts';

export interface TokenCommandsParts {
  readonly tokens: TokensIn;
  /** A table may have been made or changed in the transaction under way, which only the session itself sees. */
  schemaInFlux(): boolean;
}

/** What is known of a text when a message of it is to go on. */
export interface Found extends Pick<Traced, 'analysis' | 'lineages'> {
  /** What the names of prepared statements in it may stand for. */
  readonly prepared: readonly Traced[];
}

/** What goes in the place of a message. */
export interface Turned {
  readonly message: Buffer;
  /** It is several messages, whose answers are the gateway's but for those to the one that it stands for. */
  readonly unfolded: boolean;
}

/** Messages of commands with tokens in them, as they are to go upstream; a refusal where they may not. */
export class TokenCommands {
  readonly #parts: TokenCommandsParts;

  constructor(parts: TokenCommandsParts) {
    this.#parts = parts;
  }

  /** Whether a text may have tokens in it that are to be turned back. */
  mayHave(text: string): boolean {
    return this.#parts.tokens.active && text.includes('tok_');
  }

  /** Whether anything of a Bind may have to be turned back. */
  mayBind(statements: readonly Statement[], parameters: readonly Parameter[]): boolean {
    if (!this.#parts.tokens.active) return false;
    if (statements.some(({ mayHaveTokens }) => mayHaveTokens)) return true;
    return parameters.some(({ bytes }) => bytes !== null && holdsToken(asBuffer(bytes)));
  }

  /** In the place of a Query message; undefined: it goes on as it is. */
  query(found: Found): Turned | SallyportError | undefined {
    return this.#refusing([found], () => {
      const rewritten = this.#rewritten(found, 0);
      if (rewritten?.values.length === 0) return asItIs(encodeQuery(rewritten.text));
      if (rewritten !== undefined) return asSeveral(encodeRewritten(rewritten));
      if (!this.mayHave(found.analysis.text)) return undefined;
      const executed = this.#parts.tokens.execute(found, found.prepared);
      return executed && asSeveral(encodeExecuted(executed));
    });
  }

  /** `declared`: how many types the Parse message states. */
  parse(found: Found, declared: number): Rewritten | SallyportError | undefined {
    return this.#refusing([found], () => this.#rewritten(found, declared));
  }

  /** In the place of a Bind message to one of these statements; undefined: it goes on as it is. */
  bind(
    found: readonly Found[],
    statements: readonly Statement[],
    bind: Bind,
    parameters: readonly Parameter[],
  ): Turned | SallyportError | undefined {
    return this.#refusing(found, () => {
      const { tokens } = this.#parts;
      const [only, ...others] = found;
      const executed = only && others.length === 0 ? tokens.execute(only, only.prepared) : undefined;
      if (executed !== undefined) {
        const { name: statement, values } = executed;
        return asItIs(encodeBind({ ...bind, statement, parameterFormats: [], parameters: values }));
      }
      const candidates = found.map((one, at): Traced => ({ ...one, types: statements[at]?.types ?? [] }));
      const added = this.#added(statements, candidates);
      const bound = tokens.bind(candidates, parameters);
      if (added.length > 0) return asItIs(encodeBind(withParameters(bind, bound, added)));
      return bound && withSchemas(withParameters(bind, bound, []), candidates);
    });
  }

  /** `named`: as `query` has given its text. */
  copied(found: readonly Found[], named: boolean): CopyTokens | undefined {
    return this.#parts.tokens.copied(found, named);
  }

  #rewritten(traced: Traced, declared: number): Rewritten | undefined {
    const { tokens, schemaInFlux: inFlux } = this.#parts;
    if (!tokens.active) return undefined;
    if (!copiesTokens(traced)) {
      return this.mayHave(traced.analysis.text) ? tokens.rewrite(traced, declared) : undefined;
    }
    // Its data may have tokens. The client may mean a table that it has just made: then it stays as it is.
    const text = isUnqualified(traced) && !inFlux() ? qualified(traced) : undefined;
    return text === undefined ? undefined : { text, values: [], first: 1, key: text };
  }

  /** Values of the parameters that stand in the places of tokens in the text, looked at anew. */
  #added(statements: readonly Statement[], candidates: readonly Traced[]): readonly Buffer[] {
    const keys = new Set(statements.map(({ rewritten }) => rewritten?.key));
    if (keys.size === 1 && keys.has(undefined)) return [];
    const now = candidates.map((candidate) => this.#rewritten(candidate, candidate.types?.length ?? 0));
    // What its names mean may have changed since it was prepared.
    if (keys.size > 1 || now.some((one) => one === undefined || !keys.has(one.key))) throw targetsChanged();
    return now[0]?.values ?? [];
  }

  #refusing<T extends object>(
    found: readonly Found[],
    work: () => T | undefined,
  ): T | SallyportError | undefined {
    try {
      const done = work();
      // The client may mean a table that it has just made, and that nobody else sees yet.
      if (done !== undefined && found.some(isUnqualified) && this.#parts.schemaInFlux()) throw schemaInFlux();
      return done;
    } catch (error) {
      if (error instanceof SallyportError) return error;
      throw error;
    }
  }
}

function asItIs(message: Buffer): Turned {
  return { message, unfolded: false };
}

function asSeveral(message: Buffer): Turned {
  return { message, unfolded: true };
}

/** Its own parameters, and those that stand in the places of tokens in the text. */
function withParameters(
  bind: Bind,
  bound: readonly (Buffer | null)[] | undefined,
  added: readonly Buffer[],
): Bind {
  const formats = bind.parameters.map((_, at): FormatCode => formatOf(bind.parameterFormats, at));
  return {
    ...bind,
    parameterFormats: [...formats, ...added.map((): FormatCode => 0)],
    parameters: [...(bound ?? bind.parameters), ...added],
  };
}

/** By the time that the server reads a name without a schema it could stand for another table. */
function withSchemas(bind: Bind, candidates: readonly Traced[]): Turned {
  if (!candidates.some(isUnqualified)) return asItIs(encodeBind(bind));
  const [only, ...others] = candidates;
  const text = only && others.length === 0 ? qualified(only) : undefined;
  if (text === undefined) throw needsSchema(bind.statement);
  return asSeveral(encodeQualified(bind, text, only?.types ?? []));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
