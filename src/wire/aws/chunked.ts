import { hmac, isSameSignature, scopeText, sha256, type Scope } from './sigv4.ts';

// aws-chunked: a body in chunks of its own, whatever HTTP does beneath.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html, sigv4-streaming-trailers.html
//
//   hex-size [;chunk-signature=HEX] CRLF data CRLF  …  0 [;chunk-signature=HEX] CRLF [name:value CRLF]… CRLF

/** Of a signed chunk, which is kept until its signature is verified. SDKs send 64 KiB to 1 MiB. */
export const signedChunkBytesMax = 4 * 1024 * 1024;
const lineBytesMax = 1024;
const trailersMax = 10;

/** The body is not what its chunks, lengths or signatures say. */
export class ChunkedError extends Error {
  override readonly name = 'ChunkedError';
}

/** How each chunk is signed: with the signature of the one before in it, the request's first. */
export interface ChunkSigning {
  readonly key: Uint8Array;
  readonly scope: Scope;
  readonly date: string;
  /** Hexadecimal. */
  readonly seed: string;
}

/** Reads a body that came in aws-chunked; what it gives out has been verified. */
export class ChunkedBody {
  readonly #signing: ChunkSigning | undefined;
  readonly #hasTrailer: boolean;
  #before: string;
  #rest: Buffer = Buffer.alloc(0);
  /** Of the chunk under way: what is still to come, its end of line included. */
  #chunk: { readonly bytes: number; readonly signature: string | undefined } | undefined;
  #left = 0;
  #state: 'size' | 'data' | 'trailer' | 'end' = 'size';
  readonly #trailers = new Map<string, string>();
  #bytes = 0;

  /** `signing`: undefined where chunks are not signed. */
  constructor(signing: ChunkSigning | undefined, hasTrailer: boolean) {
    this.#signing = signing;
    this.#hasTrailer = hasTrailer;
    this.#before = signing?.seed ?? '';
  }

  /** Of the body, so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What came behind the body, by name in lower case; whole at the end. */
  get trailers(): ReadonlyMap<string, string> {
    return this.#trailers;
  }

  /** What of the body may go on now. @throws ChunkedError */
  push(bytes: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const out: Buffer[] = [];
    while (this.#step(out));
    if (this.#state !== 'data' && this.#rest.length > lineBytesMax)
      throw new ChunkedError('a line is too long');
    return out;
  }

  /** @throws ChunkedError where it is not whole */
  end(): void {
    if (this.#state !== 'end' || this.#rest.length > 0) throw new ChunkedError('the body is cut off');
  }

  /** Whether there is more to do with what has come. */
  #step(out: Buffer[]): boolean {
    switch (this.#state) {
      case 'size':
        return this.#size();
      case 'data':
        return this.#data(out);
      case 'trailer':
        return this.#trailer();
      case 'end':
        if (this.#rest.length > 0) throw new ChunkedError('there is more behind its end');
        return false;
    }
  }

  #size(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    const [, hex = '', signature] =
      /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line) ?? [];
    if (hex === '' || (signature === undefined) !== (this.#signing === undefined)) {
      throw new ChunkedError('a chunk begins otherwise than it should');
    }
    const bytes = Number.parseInt(hex, 16);
    if (this.#signing !== undefined && bytes > signedChunkBytesMax) {
      throw new ChunkedError(`a signed chunk has more than ${signedChunkBytesMax} bytes`);
    }
    this.#chunk = { bytes, signature };
    this.#left = bytes;
    if (bytes > 0) this.#state = 'data';
    else {
      this.#verify(Buffer.alloc(0));
      this.#state = 'trailer';
    }
    return true;
  }

  #data(out: Buffer[]): boolean {
    const { bytes, signature } = this.#chunk ?? { bytes: 0, signature: undefined };
    if (signature !== undefined && this.#rest.length < bytes) return false;
    const data = this.#rest.subarray(0, this.#left);
    if (data.length > 0) {
      if (signature !== undefined) this.#verify(data);
      out.push(data);
      this.#bytes += data.length;
      this.#left -= data.length;
      this.#rest = this.#rest.subarray(data.length);
      this.#chunk = { bytes, signature: undefined };
    }
    if (this.#left > 0 || this.#rest.length < 2) return false;
    if (this.#rest.readUInt16BE(0) !== 0x0d0a) throw new ChunkedError('a chunk does not end where it should');
    this.#rest = this.#rest.subarray(2);
    this.#state = 'size';
    return true;
  }

  #trailer(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    if (line === '') {
      this.#mustBeSigned();
      this.#state = 'end';
      return true;
    }
    const [, name = '', value = ''] = /^([a-z0-9-]+): *([\x20-\x7e]*?) *$/i.exec(line) ?? [];
    const lower = name.toLowerCase();
    if (
      !this.#hasTrailer ||
      lower === '' ||
      this.#trailers.has(lower) ||
      this.#trailers.size >= trailersMax
    ) {
      throw new ChunkedError('there is a trailer that should not be');
    }
    this.#trailers.set(lower, value);
    return true;
  }

  #verify(data: Buffer): void {
    const { signature } = this.#chunk ?? {};
    if (this.#signing === undefined || signature === undefined) return;
    const { scope, date, key } = this.#signing;
    const text = ['AWS4-HMAC-SHA256-PAYLOAD', date, scopeText(scope), this.#before, sha256(''), sha256(data)];
    const own = hmac(key, text.join('\n')).toString('hex');
    if (!isSameSignature(own, signature)) throw new ChunkedError('the signature of a chunk does not hold');
    this.#before = signature;
  }

  /** The trailer has a signature of its own, as its last line. */
  #mustBeSigned(): void {
    const signature = this.#trailers.get('x-amz-trailer-signature');
    if (this.#signing === undefined || !this.#hasTrailer) {
      if (signature !== undefined) throw new ChunkedError('there is a trailer that should not be');
      return;
    }
    this.#trailers.delete('x-amz-trailer-signature');
    const { scope, date, key } = this.#signing;
    const lines = [...this.#trailers].map(([name, value]) => `${name}:${value}\n`).join('');
    const text = ['AWS4-HMAC-SHA256-TRAILER', date, scopeText(scope), this.#before, sha256(lines)].join('\n');
    const own = hmac(key, text).toString('hex');
    if (signature === undefined || !isSameSignature(own, signature)) {
      throw new ChunkedError('the signature of the trailer does not hold');
    }
  }

  /** Without its end; undefined: not here yet. */
  #line(): string | undefined {
    const at = this.#rest.indexOf('\r\n');
    if (at < 0) return undefined;
    if (at > lineBytesMax) throw new ChunkedError('a line is too long');
    const line = this.#rest.toString('latin1', 0, at);
    this.#rest = this.#rest.subarray(at + 2);
    return line;
  }
}
