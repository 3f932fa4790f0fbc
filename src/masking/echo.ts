/** Shorter ones stand in any text by chance. */
const charsMin = 4;
const star = 0x2a;

/**
 * Takes texts that a client must never see out of what goes to it, length for length, in whatever chunks it comes.
 * Their usual spellings count too: in URLs, in JSON, in Base64.
 */
export class EchoFilter {
  readonly #needles: readonly Buffer[];

  constructor(secrets: readonly string[]) {
    const spellings = new Set(secrets.filter(({ length }) => length >= charsMin).flatMap(spellingsOf));
    this.#needles = [...spellings].map((text) => Buffer.from(text));
  }

  get isIdle(): boolean {
    return this.#needles.length === 0;
  }

  /** A text without them, and whether there were any. */
  text(text: string): { readonly text: string; readonly found: boolean } {
    if (this.isIdle) return { text, found: false };
    const bytes = Buffer.from(text);
    return this.#cover(bytes) > 0 ? { text: bytes.toString(), found: true } : { text, found: false };
  }

  /** Of a whole body; changed in place. Whether there were any. */
  body(bytes: Buffer): boolean {
    return this.#cover(bytes) > 0;
  }

  /** For a body that streams: give it each chunk, and at its end nothing. It keeps back what may be the beginning of one. */
  stream(): (chunk: Buffer | undefined) => Buffer {
    // As it came, for what is covered of one may be the beginning of another; and so much of it is covered.
    let kept: Buffer = Buffer.alloc(0);
    let covered = 0;
    return (chunk) => {
      const bytes = Buffer.concat([kept, chunk ?? Buffer.alloc(0)]);
      const end = chunk === undefined ? bytes.length : bytes.length - this.#begun(bytes);
      kept = Buffer.from(bytes.subarray(end));
      const until = Math.max(covered, this.#cover(bytes, end));
      bytes.fill(star, 0, Math.min(covered, end));
      covered = Math.max(0, until - end);
      return bytes.subarray(0, end);
    };
  }

  /** Covers what begins before `end`; where the last of it ends. */
  #cover(bytes: Buffer, end = bytes.length): number {
    const found = this.#needles.flatMap((needle) => {
      const starts: [number, number][] = [];
      for (let at = bytes.indexOf(needle); at >= 0 && at < end; at = bytes.indexOf(needle, at + 1)) {
        starts.push([at, at + needle.length]);
      }
      return starts;
    });
    for (const [from, to] of found) bytes.fill(star, from, to);
    return found.reduce((last, [, to]) => Math.max(last, to), 0);
  }

  /** How many bytes at the end are the beginning of one. */
  #begun(bytes: Buffer): number {
    let most = 0;
    for (const needle of this.#needles) {
      for (let length = Math.min(needle.length - 1, bytes.length); length > most; length--) {
        if (bytes.subarray(bytes.length - length).equals(needle.subarray(0, length))) most = length;
      }
    }
    return most;
  }
}

function spellingsOf(secret: string): string[] {
  const url = encodeURIComponent(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  // As libraries of JavaScript, of others, and of Python and Go escape in URLs.
  const urls = [
    url,
    url.replaceAll(/[!'()*]/g, hexOf),
    url.replaceAll(/[!'()*]/g, hexOf).replaceAll('%2F', '/'),
  ];
  return [
    secret,
    ...urls,
    ...urls.map((text) => text.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())),
    json,
    json.replaceAll('/', '\\/'),
    // Go, and PHP where it is told to, escape these for HTML; .NET in capitals, and + and quotes as well.
    json.replaceAll(/[<>&]/g, (character) => `\\u${codeOf(character).padStart(4, '0')}`),
    json.replaceAll(/[<>&'+`]/g, (character) => `\\u${codeOf(character).toUpperCase().padStart(4, '0')}`),
    ...['&#39;', '&#x27;', '&#039;', "'"].flatMap((quote) => htmlOf(secret, quote)),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
  ];
}

function htmlOf(secret: string, quote: string): string[] {
  const text = secret
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll("'", quote);
  return ['&quot;', '&#34;', '"'].map((double) => text.replaceAll('"', double));
}

function hexOf(character: string): string {
  return `%${codeOf(character).toUpperCase()}`;
}

function codeOf(character: string): string {
  return character.charCodeAt(0).toString(16);
}
