import { SallyportError } from '../core/errors.ts';
import type { PlaceMask } from './column-mask.ts';
import { Places, type NodeMask } from './json-pointer.ts';
import { quote, stringBytesAt } from './json-syntax.ts';
import type { LabelKeys, MaskKeys } from './keys.ts';
import { spliced } from './splice.ts';
import { detokenise, tokenLabel } from './token.ts';

/** By the id in tokens: all that a target gives out for places. */
export type GivenTokens = ReadonlyMap<string, LabelKeys>;

/**
 * A JSON document with values in place of the tokens that stand in these places; `values` gets them.
 * @throws SallyportError `denied` for a token of this target that stands elsewhere
 */
export function tokensTurnedBack(
  body: Buffer,
  places: readonly PlaceMask[],
  { keys: all, given, values }: { keys: MaskKeys; given: GivenTokens; values: string[] },
): Buffer {
  if (!body.includes('tok_')) return body;
  const change = (bytes: Buffer, start: number, end: number, { mask, keys }: NodeMask) => {
    if (mask !== 'token' || bytes[start] !== quote) return undefined;
    const value = valueBehind(stringBytesAt(bytes, start, end).toString('latin1'), keys);
    if (value === undefined) return undefined;
    values.push(value);
    return Buffer.from(JSON.stringify(value));
  };
  const splices =
    places.length === 0 ? [] : (new Places(places, all).splices(body, 0, body.length, change) ?? []);
  let from = 0;
  for (const { start, end } of [...splices, { start: body.length, end: body.length }]) {
    mustHaveNoToken(body.toString('latin1', from, start), given);
    from = end;
  }
  return splices.length === 0 ? body : spliced(body, 0, body.length, splices);
}

/** Undefined: it is no token of these keys. */
export function valueBehind(text: string, keys: LabelKeys): string | undefined {
  return tokenLabel(text) === keys.id ? detokenise(text, keys).toString() : undefined;
}

/**
 * A text without tokens of this target; those of others are texts.
 * @throws SallyportError `denied`
 */
export function mustHaveNoToken(text: string, given: GivenTokens): string {
  for (const [token, id = ''] of text.matchAll(/tok_([0-9a-f]{8})_[A-Za-z0-9_-]*/g)) {
    if (given.has(id)) throw notHere(token);
  }
  return text;
}

function notHere(token: string): SallyportError {
  return new SallyportError('denied', `Sallyport: ${token.slice(0, 24)}… may not be sent here`, {
    hint: 'A token goes, whole and alone, into parameters and JSON places of the same label; sallyport.yaml says under sensitive which.',
  });
}
