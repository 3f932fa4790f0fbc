import type { CopyMasker } from '../../masking/copy.ts';
import type { RowMasker } from '../../masking/row.ts';
import { free } from '../../transport/free.ts';
import { headerBytes } from '../../wire/postgres/frames.ts';
import type { LongMessage } from './long-message.ts';

/** A row that is masked as it comes. */
export interface LongAnswer {
  readonly message: LongMessage;
  /** The first piece has the message's header. */
  push(piece: Buffer, first: boolean): void;
  /** Returns how many values were changed. */
  end(): number;
}

export function longRow(masker: RowMasker, header: Buffer, message: LongMessage): LongAnswer {
  const row = masker.long(header.readInt32BE(1) - 4, message);
  return {
    message,
    push(piece, first) {
      row.push(first ? piece.subarray(headerBytes) : piece);
      if (row.bytesToCome !== undefined) message.knownToCome(row.bytesToCome);
    },
    end() {
      row.end();
      return row.masked;
    },
  };
}

/** Of the data of a COPY: one message of the server's stays one, for clients that take it for a row. */
export function longCopyData(masker: CopyMasker, message: LongMessage): LongAnswer {
  const before = masker.masked;
  return {
    message,
    push(piece, first) {
      const bytes = masker.push(first ? piece.subarray(headerBytes) : piece);
      message.add(bytes);
      free(bytes);
    },
    end() {
      // A part of a value that is not whole yet stays with the masker.
      if (message.bytes > headerBytes) message.knownToCome(0);
      else message.drop();
      return masker.masked - before;
    },
  };
}
