import { SallyportError } from '../core/errors.ts';
import type { MaskName } from '../core/mask.ts';
import { mapArrayLiteral } from './array-literal.ts';
import { mapArray } from './array-values.ts';
import type { MaskKeys } from './keys.ts';
import { detokenise, holdsToken, tokenLabel } from './token.ts';

/** Where a value goes to a column. */
export interface TokenTarget {
  readonly resource: string;
  /** It may be another column, or become another value on its way: no token may be turned back. */
  readonly unsure?: true;
}

/** Turns the tokens that a client sends back into the values that they stand for. */
export class TokensBack {
  /** Whether any column of the target has tokens. Where none has, a text of a token's shape is a text. */
  readonly active: boolean;
  readonly #sensitive: ReadonlyMap<string, MaskName>;
  readonly #keys: MaskKeys;

  /** `sensitive`: resource → mask, as the target is configured, whoever asks. */
  constructor(sensitive: ReadonlyMap<string, MaskName>, keys: MaskKeys) {
    this.#sensitive = sensitive;
    this.#keys = keys;
    this.active = [...sensitive.values()].includes('token');
  }

  /**
   * What is to go upstream as a value of a column: `value` itself where there is no token in it. A token stands
   * alone, as the string that is a JSON document, or as an item of an array.
   * @throws SallyportError `denied` for a token that is not this column's, or that stands within a longer text
   */
  read(value: Buffer, { resource, unsure }: TokenTarget, format: 'text' | 'binary'): Buffer {
    if (!holdsToken(value)) return value;
    if (unsure === true) throw uncertain(resource);
    const read = this.#one(value, resource) ?? this.#elements(value, resource, format);
    if (read === undefined) throw within(resource);
    return read;
  }

  #one(value: Buffer, resource: string): Buffer | undefined {
    const text = value.toString('latin1');
    if (tokenLabel(text) !== undefined) return this.#value(text, resource);
    // Masked JSON columns show the token of the whole document's text, as a string.
    const version = value[0] === jsonbVersion ? 1 : 0;
    const token = jsonString.exec(text.slice(version))?.[1];
    if (token === undefined || tokenLabel(token) === undefined) return undefined;
    const document = this.#value(token, resource);
    return isJson(document) ? Buffer.concat([value.subarray(0, version), document]) : undefined;
  }

  #elements(value: Buffer, resource: string, format: 'text' | 'binary'): Buffer | undefined {
    const element = (bytes: Buffer): Buffer => {
      if (!holdsToken(bytes)) return bytes;
      const one = this.#one(bytes, resource);
      if (one === undefined) throw within(resource);
      return one;
    };
    return format === 'text' ? mapArrayLiteral(value, element) : mapArray(value, 'binary', element);
  }

  #value(token: string, resource: string): Buffer {
    if (this.#sensitive.get(resource) !== 'token') throw unmasked(resource);
    const keys = this.#keys.of(resource);
    if (tokenLabel(token) !== keys.id) throw stranger(resource);
    try {
      return detokenise(token, keys);
    } catch (error) {
      throw error instanceof SallyportError ? stranger(resource) : error;
    }
  }
}

/** `jsonb` in binary has a version byte before the text (jsonb_recv). */
const jsonbVersion = 1;
const jsonString = /^"(tok_[\w-]*)"$/;

function isJson(document: Buffer): boolean {
  try {
    JSON.parse(document.toString());
    return true;
  } catch {
    return false;
  }
}

function within(resource: string): SallyportError {
  return new SallyportError(
    'denied',
    `Sallyport: a token within a longer text, or cut, where a value of ${resource} goes`,
    { hint: `Send tokens of ${resource} exactly as they came, each alone or as an item of an array.` },
  );
}

function stranger(resource: string): SallyportError {
  return new SallyportError('denied', `Sallyport: this token is not one of ${resource}`, {
    hint: `A value of ${resource} goes here. A token stands for a value of the column that it came from, on its own target.`,
  });
}

function uncertain(resource: string): SallyportError {
  return new SallyportError(
    'denied',
    `Sallyport: it is not sure that the value behind this token would go to ${resource} alone`,
    {
      hint: `Name the table of ${resource} with its schema, compare the column as it is, and cast the token to nothing but text.`,
    },
  );
}

function unmasked(resource: string): SallyportError {
  return new SallyportError('denied', `Sallyport: ${resource} has no tokens, as it is masked otherwise`, {
    hint: 'Use tokens only for the column they came from.',
  });
}
