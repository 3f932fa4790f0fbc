import { signInRefused } from './fault.ts';

/** Responses have 5 to 20 kB; those with hundreds of groups a few times that. In characters of base64. */
const encodedCharsMax = 512 * 1024;

/**
 * What the parser needs grows with the square of the elements (2,000: 0.3 s), so they are counted before. A group is one
 * element; beside them there are about 30, ten deep.
 */
const elementsMax = 2_000;
const depthMax = 32;

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
const declaration = /^\uFEFF?\s*<\?xml\s[^<>?]*\?>/;

/**
 * What makes one document mean two things to two readers, or makes a reader do more than read. Answers of identity
 * providers have none of it, so it is refused before anything parses it: comments cut a name in two (`admin<!---->.evil`),
 * a DOCTYPE brings entities, processing instructions and CDATA are kept by some canonicalisations and lost by others.
 */
const refusedMarks: readonly [what: string, mark: RegExp][] = [
  ['a DOCTYPE', /<!\s*DOCTYPE/i],
  ['a comment', /<!--/],
  ['a CDATA section', /<!\[/],
  ['a declaration', /<!/],
  ['a processing instruction', /<\?/],
];

/** SHA-1 can be made to collide; HMACs are made with secrets that nobody has agreed on. */
const weakAlgorithm = /xmldsig#(?:rsa-sha1|dsa-sha1|sha1|hmac-sha1)|xmldsig-more#hmac|#(?:rsa-)?md5/i;

/** In OAEP (RFC 8017 §7.1) nothing hangs on collisions: there SHA-1 is what most providers use. */
const oaepDigest =
  /<(?:\w+:)?EncryptionMethod\b[^<>]*>\s*<(?:\w+:)?DigestMethod\b[^<>]*(?:\/>|>\s*<\/(?:\w+:)?DigestMethod>)\s*<\/(?:\w+:)?EncryptionMethod>/g;

/**
 * The XML of a `SAMLResponse` (SAML bindings §3.5.4).
 * @throws SallyportError `unauthenticated`
 */
export function samlText(encoded: string): string {
  if (encoded.length > encodedCharsMax) throw signInRefused('the answer of the provider is too long');
  const bare = encoded.replaceAll(/[\r\n]/g, '');
  if (!base64.test(bare)) throw signInRefused('the answer of the provider is no base64');
  const text = decoded(Buffer.from(bare, 'base64'));
  const declared = declaration.exec(text)?.[0] ?? '';
  if (/encoding\s*=/i.test(declared) && !/encoding\s*=\s*["']utf-8["']/i.test(declared))
    throw signInRefused('the answer of the provider is not in UTF-8');
  checkText(text.slice(declared.length));
  return text;
}

/**
 * That a text has nothing in it that two readers could take in two ways, nor too much of anything.
 * @throws SallyportError `unauthenticated`
 */
export function checkText(body: string): void {
  const found = refusedMarks.find(([, mark]) => mark.test(body));
  if (found !== undefined) throw signInRefused(`the answer of the provider has ${found[0]}`);
  if (weakAlgorithm.test(body.replaceAll(oaepDigest, '')))
    throw signInRefused('the answer of the provider is signed too weakly');
  mustBeSmall(body);
}

/** XML 1.0 §3.1: a tag, whose attributes may hold `>` but no `<`. */
const tag = /<(\/?)[^\s<>/"'=]+(?:"[^"<]*"|'[^'<]*'|[^"'<>])*>/g;

/** Every `<` must begin a tag that this sees, or the parser could see others. */
function mustBeSmall(xml: string): void {
  let [elements, depth, deepest, seen] = [0, 0, 0, 0];
  for (const [all, closes] of xml.matchAll(tag)) {
    seen++;
    if (closes === '/') depth--;
    else {
      elements++;
      deepest = Math.max(deepest, depth + 1);
      if (!all.endsWith('/>')) depth++;
    }
    if (depth < 0) break;
  }
  if (depth !== 0 || seen !== xml.split('<').length - 1)
    throw signInRefused('the answer of the provider is no XML that can be read');
  if (elements > elementsMax || deepest > depthMax)
    throw signInRefused(
      `the answer of the provider has more than ${elementsMax} elements, or ${depthMax} deep`,
    );
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw signInRefused('the answer of the provider is no UTF-8');
  }
}
