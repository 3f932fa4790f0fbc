import { SallyportError } from '../../core/errors.ts';
import type { RowSink } from '../../masking/long-row.ts';
import type { Spool, Spools } from '../../transport/spool.ts';
import { headerBytes } from '../../wire/postgres/frames.ts';
import { largeBytesMax } from '../../wire/postgres/limits.ts';

/** Where a message goes, in this order. */
export interface LongMessageOut {
  /** Valid during the call only. */
  write(bytes: Buffer): void;
  spool(spool: Spool): void;
}

/**
 * A message to the client that is made as it goes. Its length stands first, and with values replaced it is known late:
 * until then its bytes wait.
 *
 *     Byte1 type | Int32 length | body
 */
export class LongMessage implements RowSink {
  readonly #type: number;
  readonly #out: LongMessageOut;
  #waiting: Spool | undefined;
  /** Of the body, so far. */
  #bytes = 0;

  constructor(type: number, spools: Spools, out: LongMessageOut) {
    this.#type = type;
    this.#out = out;
    this.#waiting = spools.open();
  }

  /** Of the whole message, so far. */
  get bytes(): number {
    return headerBytes + this.#bytes;
  }

  /** @throws SallyportError `too_large` where nothing has room for more */
  add(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#waiting === undefined) this.#out.write(bytes);
    else this.#waiting.write(bytes);
  }

  /** Nothing is reserved once the length is known. */
  reserve(): (length: number) => void {
    if (this.#waiting === undefined) throw new Error('a message that has begun to go out');
    this.#bytes += 4;
    return this.#waiting.reserveInt32();
  }

  /** So many bytes come behind those that are here, and as they are: what waits goes out, and they need not wait. */
  knownToCome(bytes: number): void {
    if (this.#waiting === undefined) return;
    const length = 4 + this.#bytes + bytes;
    if (length > largeBytesMax) throw tooLarge();
    const header = Buffer.allocUnsafe(headerBytes);
    header.writeUInt8(this.#type, 0);
    header.writeInt32BE(length, 1);
    this.#out.write(header);
    this.#out.spool(this.#waiting);
    this.#waiting = undefined;
  }

  /** It is not sent; nothing of it was, as long as its length was not known. */
  drop(): void {
    this.#waiting?.close();
    this.#waiting = undefined;
  }
}

function tooLarge(): SallyportError {
  return new SallyportError('too_large', 'Sallyport: a row that its masks make too large for a message', {
    hint: 'Select its large columns in parts (substring).',
  });
}
